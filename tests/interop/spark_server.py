"""Spark behind a pipe: one JSON request a line on stdin, one JSON answer a line on stdout.

Runs under the Python that has PySpark, apart from the tests' own (see spark_read.py, the other end).

  {"open": WAREHOUSE}   -> {}       further statements see this warehouse's catalog.db as the catalog `default`
  {"sql": TEXT}         -> {"columns": [...], "rows": [[...], ...]}; values that JSON lacks are text
  anything that fails   -> {"error": TEXT}
"""

import json
import os
import sys

from pyspark.sql import SparkSession


def start(jars):
    return (
        SparkSession.builder.master("local[2]")
        .appName("interop")
        .config("spark.jars", jars)
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.memory", "1g")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.extensions", "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions")
        .getOrCreate()
    )


def open_warehouse(spark, warehouse):
    """A session of its own: the catalog's name is fixed by the rows in catalog.db, its place is not."""
    session = spark.newSession()
    catalog = "spark.sql.catalog.default"
    session.conf.set("spark.sql.session.timeZone", "UTC")
    session.conf.set(catalog, "org.apache.iceberg.spark.SparkCatalog")
    session.conf.set(f"{catalog}.type", "jdbc")
    session.conf.set(f"{catalog}.uri", f"jdbc:sqlite:file:{warehouse}/catalog.db")
    session.conf.set(f"{catalog}.warehouse", f"file://{warehouse}")
    session.conf.set(f"{catalog}.cache-enabled", "false")
    return session


def answer(session, request):
    frame = session.sql(request["sql"])
    return {"columns": frame.columns, "rows": [list(row) for row in frame.collect()]}


def main():
    # Whatever Spark's JVM and libraries print must not get between the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    spark = start(sys.argv[1])
    spark.sparkContext.setLogLevel("ERROR")
    session = spark
    print("{}", file=answers, flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if "open" in request:
                session = open_warehouse(spark, request["open"])
                reply = {}
            else:
                reply = answer(session, request)
        except Exception as error:
            reply = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(reply, default=str), file=answers, flush=True)
    spark.stop()


if __name__ == "__main__":
    main()
