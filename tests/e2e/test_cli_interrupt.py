"""Ctrl-C: stops within a second, says how to go on, and the same command goes on."""

import json
import os
import signal
import subprocess
import time

import pytest
from cli_support import CALVE, calve, environment

ROWS = 600_000


@pytest.fixture(scope="module")
def big(tmp_path_factory):
    path = tmp_path_factory.mktemp("interrupt") / "big.csv"
    block = "".join(
        f"{i},2015-01-{i % 28 + 1:02d} 10:00:00,{i % 1000}.{i % 100:02d},{'note ' * 8}\n" for i in range(1000, 11000)
    )
    with path.open("w") as out:
        out.write("id,at,price,note\n")
        for _ in range(ROWS // 10_000):
            out.write(block)
    return path


def start(big, warehouse):
    return subprocess.Popen(
        [CALVE, "run", str(big), "--table", "db.t", "--warehouse", str(warehouse), "--chunk-size", "1MiB", "--threads", "1",
         "--format", "json"],
        env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def wait_for_chunks(warehouse, count):
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        # Not rglob, which raises where a folder goes while it looks.
        if sum(name.endswith(".parquet") for _, _, names in os.walk(warehouse) for name in names) >= count:
            return
        time.sleep(0.01)
    raise AssertionError("no chunk was done in 30 seconds")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_and_gone_on_with(big, tmp_path, number):
    warehouse = tmp_path / "warehouse"
    process = start(big, warehouse)
    wait_for_chunks(warehouse, 3)
    began = time.monotonic()
    process.send_signal(number)
    out, err = process.communicate(timeout=20)
    # A second is the promise on an idle machine; the tests' may be busy.
    assert time.monotonic() - began < 5, err
    assert process.returncode == 130, err
    assert "interrupted" in err
    assert "the same command goes on" in err
    load = json.loads(out)["loads"][0]
    assert load["status"] == "interrupted"

    listed = calve("status", "--warehouse", warehouse, "--format", "json", cwd=tmp_path).json()["loads"]
    assert [entry["status"] for entry in listed] == ["unfinished"]
    assert 0 < listed[0]["chunks_done"] < listed[0]["chunks"]
    assert (
        calve("status", listed[0]["load_id"], "--warehouse", warehouse, cwd=tmp_path).out.count(
            "same calve run command"
        )
        == 1
    )

    again = start(big, warehouse)
    out, err = again.communicate(timeout=120)
    assert again.returncode == 0, err
    load = json.loads(out)["loads"][0]
    assert (load["status"], load["rows"], load["quarantined"]) == ("committed", ROWS, 0)
    assert "going on" in err
    counted = calve(
        "query", "SELECT count(*) AS n FROM db.t", "--warehouse", warehouse, "--format", "json", cwd=tmp_path
    )
    assert counted.json() == [{"n": ROWS}]


def test_two_at_once_lose_nothing(big, tmp_path):
    warehouse = tmp_path / "warehouse"
    process = start(big, warehouse)
    wait_for_chunks(warehouse, 1)
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    assert process.returncode == 130
    again = start(big, warehouse)
    out, err = again.communicate(timeout=120)
    assert again.returncode == 0, err
    assert json.loads(out)["loads"][0]["rows"] == ROWS
