"""Spark as a reader and writer of a warehouse's tables (Iceberg's JdbcCatalog on catalog.db)."""

import json
import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HOME = ROOT / ".cache" / "spark"
PYTHON = Path(os.environ.get("CALVE_SPARK_PYTHON", HOME / "venv" / "bin" / "python"))
JARS = Path(os.environ.get("CALVE_SPARK_JARS", HOME / "jars"))


def why_missing():
    """Why Spark cannot be used here, or None."""
    if not shutil.which("java"):
        return "Spark needs Java 17 or newer, and there is no java"
    if not PYTHON.exists() or not list(JARS.glob("iceberg-spark-runtime-*.jar")):
        return "Spark is not installed: tools/spark_deps.sh brings it, and says why when it cannot"
    return None


class Spark:
    """One Spark process for the whole test run; `open` points it at a warehouse."""

    name = "spark"

    def __init__(self, log):
        jars = ",".join(str(jar) for jar in sorted(JARS.glob("*.jar")))
        self._process = subprocess.Popen(
            [PYTHON, Path(__file__).with_name("spark_server.py"), jars],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        self._answer()

    def _answer(self):
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"Spark ended with {self._process.wait()}")
        answer = json.loads(line)
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer

    def _ask(self, request):
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def open(self, warehouse):
        self._ask({"open": str(warehouse)})
        return self

    def sql(self, text):
        """The rows of a statement. Tables are named `default`.NAMESPACE.TABLE."""
        return self._ask({"sql": text}).get("rows", [])

    def close(self):
        self._process.stdin.close()
        self._process.wait(timeout=60)

    # What every reader can do (see pyiceberg_read.py and duckdb_read.py).

    def scalar(self, table, expression, where="true"):
        return self.sql(f"SELECT {expression} FROM `default`.{table} WHERE {where}")[0][0]

    def count(self, table, where="true"):
        return int(self.scalar(table, "count(*)", where))

    def counts(self, table, filters):
        """One count for each filter, in one statement: Spark takes long over a statement, not over a scan."""
        counts = [f"SELECT {i} AS i, count(*) AS n FROM `default`.{table} WHERE {f}" for i, f in enumerate(filters)]
        return [row[1] for row in sorted(self.sql(" UNION ALL ".join(counts)))]

    def sum_of_cents(self, table, column, where="true"):
        return int(self.scalar(table, f"sum(cast(round({column} * 100) AS bigint))", where) or 0)

    def summaries(self, table):
        """The snapshots' summaries, oldest first."""
        rows = self.sql(f"SELECT to_json(summary) FROM `default`.{table}.snapshots ORDER BY committed_at")
        return [json.loads(row[0]) for row in rows]
