"""Fixtures of the interop tests: the calve program, a warehouse, a taxi CSV, and the foreign readers."""

import json
import os
import subprocess
from pathlib import Path

import pytest
import spark_read
from duckdb_read import DuckDb
from pyiceberg_read import PyIceberg

ROOT = Path(__file__).resolve().parents[2]
CALVE = os.environ.get("CALVE_BIN", str(ROOT / "build" / "release" / "calve"))
TAXI_GEN = os.environ.get("CALVE_TAXI_GEN", str(ROOT / "build" / "release" / "taxi_gen"))


class Calve:
    """Runs the program on one warehouse."""

    def __init__(self, warehouse):
        self.warehouse = warehouse

    def run(self, source, table, *more, code=0):
        """`calve run`; its JSON summary. Fails unless the exit code is the expected one."""
        command = [CALVE, "run", source, "--table", table, "--warehouse", self.warehouse, "--format", "json", *more]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode == code, f"exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
        return json.loads(done.stdout)

    def load(self, source, table, *more):
        """A run of one source that must be committed; its load."""
        (load,) = self.run(source, table, *more)["loads"]
        assert load["status"] == "committed", load
        return load


@pytest.fixture
def warehouse(tmp_path):
    folder = tmp_path / "warehouse"
    folder.mkdir()
    return folder


@pytest.fixture
def calve(warehouse):
    return Calve(warehouse)


@pytest.fixture(scope="session")
def calve_in():
    """A Calve for a given warehouse, for fixtures that live longer than a test."""
    return Calve


@pytest.fixture(scope="session")
def taxi_csv(tmp_path_factory):
    """20,000 taxi records, 18 of them broken (each of the nine ways twice)."""
    path = tmp_path_factory.mktemp("taxi") / "trips.csv"
    subprocess.run(
        [TAXI_GEN, "--rows", "20000", "--bad", "18", "--seed", "11", path], check=True, capture_output=True, timeout=60
    )
    return path


@pytest.fixture(scope="session")
def spark_process(tmp_path_factory):
    """Spark, started once; None where it cannot be had."""
    if spark_read.why_missing():
        yield None
        return
    with open(tmp_path_factory.mktemp("spark") / "log", "w") as log:
        spark = spark_read.Spark(log)
        yield spark
        spark.close()


@pytest.fixture
def spark(spark_process, warehouse):
    """Spark on the test's warehouse; the test is skipped, with the reason, where Spark cannot be had."""
    if spark_process is None:
        pytest.skip(spark_read.why_missing())
    return spark_process.open(warehouse)


@pytest.fixture
def pyiceberg(warehouse):
    return PyIceberg(warehouse)


@pytest.fixture
def open_reader(spark_process):
    """open_reader(name, warehouse): a foreign reader by its name."""

    def opened(name, warehouse):
        if name == "pyiceberg":
            return PyIceberg(warehouse)
        if name == "duckdb":
            return DuckDb(warehouse)
        if spark_process is None:
            pytest.skip(spark_read.why_missing())
        return spark_process.open(warehouse)

    return opened
