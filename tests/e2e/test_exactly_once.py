"""Kills, repetitions and races of the real program: every row once, one snapshot, or a clear stop."""

import json
import os
import random
import signal
import subprocess
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CALVE = os.environ.get("CALVE_BIN", str(ROOT / "build" / "release" / "calve"))
ROWS = 120_000


def make_csv(path: Path, rows: int, start: int = 0) -> None:
    """Quoted fields with newlines and delimiters in them, so that boundaries are not where they seem."""
    rng = random.Random(start)
    with path.open("w", newline="") as out:
        out.write("id,at,price,note\n")
        for i in range(start, start + rows):
            note = rng.choice(["plain", '"two\nlines"', '"a ""quoted"" word, and a comma"', '"', "x" * 40])
            if note == '"':
                note = '"\n\n,,"'
            out.write(f"{i},2015-01-{i % 28 + 1:02d} 10:00:00,{i % 1000}.{i % 100:02d},{note}\n")


def arguments(source: Path, warehouse: Path, *more: str) -> list[str]:
    return [CALVE, "run", str(source), "--table", "db.t", "--warehouse", str(warehouse), "--format", "json", *more]


def run(source: Path, warehouse: Path, *more: str, code: int = 0) -> dict:
    done = subprocess.run(arguments(source, warehouse, *more), capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == code, f"exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
    return json.loads(done.stdout)


def ids(warehouse: Path) -> list[int]:
    """What is in the table, by the program's own query."""
    done = subprocess.run(
        [
            CALVE,
            "query",
            "SELECT count(*) n, count(DISTINCT id) d, min(id) lo, max(id) hi, sum(id) s FROM db.t",
            "--warehouse",
            str(warehouse),
            "--format",
            "json",
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    row = json.loads(done.stdout)[0]
    return [int(row[key]) for key in ("n", "d", "lo", "hi", "s")]


def snapshots(warehouse: Path) -> int:
    pyiceberg = pytest.importorskip("pyiceberg.catalog.sql", reason="PyIceberg is not installed")
    catalog = pyiceberg.SqlCatalog("default", uri=f"sqlite:///{warehouse}/catalog.db")
    return len(catalog.load_table("db.t").metadata.snapshots)


def expect_rows(warehouse: Path, rows: int, start: int = 0) -> None:
    total = sum(range(start, start + rows))
    assert ids(warehouse) == [rows, rows, start, start + rows - 1, total]


@pytest.fixture(name="source", scope="module")
def make_source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("source") / "in.csv"
    make_csv(path, ROWS)
    return path


def kill_when(process: subprocess.Popen, warehouse: Path, files: int) -> bool:
    """Kills the process once the warehouse holds that many files; False when it came to its end before."""
    while process.poll() is None:
        # os.walk passes over folders that vanish meanwhile.
        if sum(len(names) for _, _, names in os.walk(warehouse)) >= files:
            process.send_signal(signal.SIGKILL)
            return process.wait() == -signal.SIGKILL
        time.sleep(0.001)
    return False


@pytest.mark.parametrize("seed", range(6))
def test_kill_minus_nine_at_any_moment(seed: int, source: Path, tmp_path: Path) -> None:
    # By what has been written, not by the clock: a slow machine is killed at the same places as a fast one.
    rng = random.Random(seed)
    warehouse = tmp_path / "wh"
    killed = 0
    for attempt in range(12):
        process = subprocess.Popen(
            arguments(source, warehouse, "--chunk-size", "512KiB"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        if not kill_when(process, warehouse, rng.randint(1, 3 + 4 * attempt)):
            break
        killed += 1
    summary = run(source, warehouse, "--chunk-size", "512KiB")
    assert summary["loads"][0]["status"] in ("committed", "already-loaded")
    assert summary["loads"][0]["rows"] == ROWS
    expect_rows(warehouse, ROWS)
    assert snapshots(warehouse) == 1
    assert killed > 0


def test_twice_is_already_loaded(source: Path, tmp_path: Path) -> None:
    first = run(source, tmp_path / "wh")
    again = run(source, tmp_path / "wh")
    assert first["loads"][0]["status"] == "committed"
    assert again["loads"][0]["status"] == "already-loaded"
    assert again["loads"][0]["snapshot_id"] == first["loads"][0]["snapshot_id"]
    expect_rows(tmp_path / "wh", ROWS)


def test_three_processes_on_one_source(source: Path, tmp_path: Path) -> None:
    warehouse = tmp_path / "wh"
    processes = [
        subprocess.Popen(
            arguments(source, warehouse, "--chunk-size", "512KiB"),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    for process in processes:
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
        assert json.loads(out)["loads"][0]["rows"] == ROWS
    expect_rows(warehouse, ROWS)
    assert snapshots(warehouse) == 1


def test_one_of_three_processes_is_killed(source: Path, tmp_path: Path) -> None:
    warehouse = tmp_path / "wh"
    processes = [
        subprocess.Popen(
            arguments(source, warehouse, "--chunk-size", "256KiB"),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    time.sleep(0.4)
    processes[0].kill()
    processes[0].communicate()
    for process in processes[1:]:
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
        assert json.loads(out)["loads"][0]["rows"] == ROWS
    expect_rows(warehouse, ROWS)
    assert snapshots(warehouse) == 1


def test_sixteen_processes_a_snapshot_a_chunk(tmp_path: Path) -> None:
    warehouse = tmp_path / "wh"
    rows = 4_000
    sources = []
    for i in range(16):
        sources.append(tmp_path / f"in{i}.csv")
        make_csv(sources[-1], rows, i * rows)
    processes = [
        subprocess.Popen(
            arguments(path, warehouse, "--commit", "chunk", "--chunk-size", "64KiB", "--threads", "1"),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for path in sources
    ]
    chunks = 0
    for process in processes:
        out, err = process.communicate(timeout=300)
        assert process.returncode == 0, err
        load = json.loads(out)["loads"][0]
        assert load["status"] == "committed"
        chunks += load["chunks"]
    assert chunks >= 32
    expect_rows(warehouse, 16 * rows)
    assert snapshots(warehouse) == chunks


@pytest.mark.parametrize("split", ["speculate", "scan"])
@pytest.mark.parametrize("chunk_size", ["7KiB", "64KiB", "1MiB"])
def test_every_cut_gives_the_same_rows(split: str, chunk_size: str, tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    make_csv(source, 8_000)
    summary = run(source, tmp_path / "wh", "--split", split, "--chunk-size", chunk_size)
    assert summary["loads"][0]["quarantined"] == 0
    expect_rows(tmp_path / "wh", 8_000)


def test_failure_and_a_better_second_try(tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    make_csv(source, 2_000)
    with source.open("a", newline="") as out:
        out.write("not a number,2015-01-01 00:00:00,1.00,x\n")
    failed = run(source, tmp_path / "wh", "--on-bad-record", "fail", "--chunk-size", "16KiB", code=1)
    assert failed["loads"][0]["status"] == "failed"
    assert "not a number" in failed["loads"][0]["error"]["message"]
    data = tmp_path / "wh" / "db" / "t" / "data"
    assert not data.exists() or not any(data.rglob("*.parquet")), "a failed load leaves no data files"
    loaded = run(source, tmp_path / "wh")
    assert loaded["loads"][0]["status"] == "committed"
    assert loaded["loads"][0]["quarantined"] == 1
    expect_rows(tmp_path / "wh", 2_000)


def test_bad_record_limits(tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    make_csv(source, 1_000)
    with source.open("a", newline="") as out:
        out.write("x,2015-01-01 00:00:00,1.00,x\n" * 5)
    assert run(source, tmp_path / "wh", "--max-bad-records", "4", code=1)["loads"][0]["status"] == "failed"
    assert run(source, tmp_path / "wh", "--max-bad-records", "0.1%", code=1)["loads"][0]["status"] == "failed"
    assert run(source, tmp_path / "wh", "--max-bad-records", "5")["loads"][0]["quarantined"] == 5


def test_the_scan_has_the_loads_record_limit(tmp_path: Path) -> None:
    """Where an over-long record ends depends on the limit: the pass that finds the chunks has to know it."""
    source = tmp_path / "in.csv"
    with source.open("w") as out:
        out.write("id,name\n")
        for i in range(1_000):
            long = f'"{"x" * 150}\n{"y" * 100}\n2,zz"'
            out.write(f"{i},{long if i % 50 == 7 else 'n'}\n")
    limit = ("--max-record-size", "100", "--commit", "chunk")
    whole = run(source, tmp_path / "one", *limit, "--chunk-size", "1MiB")["loads"][0]
    cut = run(source, tmp_path / "many", *limit, "--chunk-size", "512")["loads"][0]
    assert cut["chunks"] > 10
    assert (whole["rows"], whole["quarantined"]) == (cut["rows"], cut["quarantined"])
    assert cut["quarantined"] >= 20
