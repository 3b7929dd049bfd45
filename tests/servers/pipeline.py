"""The program as a part of the cloud's flow: files that land, workers and functions that load them, what is then there."""

import json
import os
import random
import subprocess
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
from aws_flow import CHUNKS, EVENTS, LAKE
from servers import ROOT

CALVE = os.environ.get("CALVE_BIN", str(ROOT / "build" / "release" / "calve"))
TABLE = "nyc.trips"


def make_csv(path: Path, rows: int, start: int = 0) -> Path:
    """Quoted fields with newlines and delimiters in them, so that boundaries are not where they seem."""
    rng = random.Random(start)
    with path.open("w", newline="") as out:
        out.write("id,at,price,note\n")
        for i in range(start, start + rows):
            note = rng.choice(["plain", '"two\nlines"', '"a ""quoted"" word, and a comma"', "x" * 40])
            out.write(f"{i},2015-01-{i % 28 + 1:02d} 10:00:00,{i % 1000}.{i % 100:02d},{note}\n")
    return path


def make_parquet(rows: int) -> pa.Table:
    """What a naive pipeline's planner has in hand: the columns of a CSV, typed by pyarrow."""
    return pa.table(
        {
            "id": pa.array(range(rows), pa.int64()),
            "at": pa.array([1_420_100_000 + 61 * i for i in range(rows)], pa.timestamp("s")),
            "price": pa.array([Decimal(i % 100_000) / 100 for i in range(rows)], pa.decimal128(9, 2)),
            "note": pa.array([None if i % 11 == 0 else f"note, {i % 70}" for i in range(rows)]),
            "list": pa.array([[i, None] if i % 3 else None for i in range(rows)], pa.list_(pa.int64())),
        }
    )


class Pipeline:
    """How calve is told where everything is, for a flow of servers and a catalog."""

    def __init__(self, flow, cwd: Path, catalog: str, table: str = TABLE, **more: str):
        self.flow = flow
        self.table = table
        self.cwd = cwd
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("CALVE_", "AWS_"))}
        self.env = (
            clean
            | flow.environment()
            | {
                "CALVE_WAREHOUSE": f"s3://{LAKE}/tables",
                "CALVE_CATALOG": catalog,
                "CALVE_TABLE": table,
                "CALVE_QUEUE": flow.queues[CHUNKS],
                "CALVE_EVENTS": flow.queues[EVENTS],
                "CALVE_SCRATCH": str(cwd / "scratch"),
                "CALVE_CHUNK_SIZE": "128KiB",
                "CALVE_VISIBILITY_TIMEOUT": "10s",
                "AWS_EC2_METADATA_DISABLED": "true",
            }
            | more
        )

    def command(self, *arguments: str, timeout: float = 180) -> subprocess.CompletedProcess:
        return subprocess.run(
            [CALVE, *arguments],
            cwd=self.cwd,
            env=self.env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    def json(self, *arguments: str):
        done = self.command(*arguments, "--format", "json")
        assert done.returncode == 0, f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return json.loads(done.stdout)

    def function_environment(self, scratch: Path) -> dict[str, str]:
        """What a Lambda function has of it."""
        kept = {k: v for k, v in self.env.items() if k not in ("HOME", "CALVE_SCRATCH")}
        return kept | {
            "AWS_LAMBDA_FUNCTION_NAME": "calve",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1769",
            "TMPDIR": "/nowhere",
            "CALVE_SCRATCH": str(scratch),
        }

    def worker(self, *arguments: str, stderr=subprocess.PIPE) -> subprocess.Popen:
        return subprocess.Popen(
            [CALVE, "worker", *arguments],
            cwd=self.cwd,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            text=True,
        )

    def rows(self) -> tuple[int, int, int]:
        """Rows, distinct ids, their sum."""
        row = self.json("query", f"SELECT count(*) n, count(DISTINCT id) d, sum(id)::BIGINT s FROM {self.table}")[0]
        return int(row["n"]), int(row["d"]), int(row["s"] or 0)

    def loads(self) -> list[dict]:
        return self.json("status")["loads"]

    def committed(self) -> int:
        return sum(load["status"] == "committed" for load in self.loads())


def expected(rows: int) -> tuple[int, int, int]:
    return rows, rows, rows * (rows - 1) // 2
