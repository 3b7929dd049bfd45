"""The Lambda pipeline that calve replaces, on one machine: a producer and two consumers, files instead of S3, a queue of
the operating system instead of SQS, an SQLite catalog instead of Glue. What each part does is what it does there:

producer   the whole CSV into one Arrow table with DuckDB, column names lower-cased, slices of about 100 MB written as
           Parquet chunks, a message for each
consumer   reads a chunk with DuckDB into Arrow, appends it with PyIceberg; a rejected commit is tried again after
           5 s x 2^n, five times in all; an exception is printed, and the message is gone

Prints how many rows the table has in the end, and how many were lost on the way.
"""

import multiprocessing
import os
import sys
import time

import duckdb
import pyarrow.parquet as pq
from common import THREADS, begin, finish
from pyiceberg.catalog.sql import SqlCatalog

CONSUMERS = 2
CHUNK_BYTES = 100 * 1024 * 1024
TABLE = "nyc.trips"


def open_catalog(output):
    return SqlCatalog("default", uri=f"sqlite:///{output}/catalog.db", warehouse=f"file://{output}/warehouse")


def produce(source, output, queue):
    connection = duckdb.connect(config={"threads": THREADS})
    table = connection.execute("SELECT * FROM read_csv_auto(?)", [source]).to_arrow_table()
    table = table.rename_columns([name.lower() for name in table.column_names])
    catalog = open_catalog(output)
    catalog.create_namespace("nyc")
    catalog.create_table(TABLE, schema=table.schema)
    chunk_rows = max(1, table.num_rows * CHUNK_BYTES // table.nbytes)
    (output / "chunks").mkdir()
    chunks = 0
    for start in range(0, table.num_rows, chunk_rows):
        path = output / "chunks" / f"part{chunks}.parquet"
        pq.write_table(table.slice(start, chunk_rows), path)
        queue.put(str(path))
        chunks += 1
    return table.num_rows, chunks


def append(catalog, rows, attempts=5):
    delay = 5
    for attempt in range(attempts):
        try:
            table = catalog.load_table(TABLE)
            table.refresh()
            table.append(rows)
            return
        except Exception as error:
            print(f"attempt {attempt + 1} failed: {error}", file=sys.stderr)
            if "Cannot commit" in str(error) or "branch main has changed" in str(error):
                if attempt == attempts - 1:
                    raise
                delay *= 2
                time.sleep(delay)


def consume(output, queue):
    while (path := queue.get()) is not None:
        try:
            connection = duckdb.connect(config={"threads": 1})
            rows = connection.execute("SELECT * FROM read_parquet(?)", [path]).to_arrow_table()
            append(open_catalog(output), rows)
        except Exception as error:
            print(f"chunk {path} failed: {error}", file=sys.stderr)


def main():
    source, output, startup = begin()
    # A fresh process each, as two Lambdas would be: nothing of the producer's memory is shared.
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    consumers = [context.Process(target=consume, args=(output, queue)) for _ in range(CONSUMERS)]
    for consumer in consumers:
        consumer.start()
    total, chunks = produce(source, output, queue)
    for _ in consumers:
        queue.put(None)
    for consumer in consumers:
        consumer.join()
    rows = open_catalog(output).load_table(TABLE).scan().count()
    finish(startup, rows, lost=total - rows, chunks=chunks)


if __name__ == "__main__":
    # PyArrow's own pool as wide as the others'.
    os.environ.setdefault("OMP_NUM_THREADS", str(THREADS))
    main()
