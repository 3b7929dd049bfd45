"""`calve worker`, `backfill` and `redrive` on embedded queues: the cloud's flow on one machine."""

import json
import random
import signal
import subprocess
import time
import urllib.request
from pathlib import Path

import pytest
from cli_support import CALVE, calve, environment, expect_error

ROWS = 30_000


def make_csv(path: Path, rows: int = ROWS, start: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as out:
        out.write("id,at,note\n")
        for i in range(start, start + rows):
            out.write(f'{i},2015-01-{i % 28 + 1:02d} 10:00:00,"note {i}, with a comma"\n')
    return path


def start_worker(cwd: Path, *more: str, table: str = "db.t", **variables: str) -> subprocess.Popen:
    return subprocess.Popen(
        [CALVE, "worker", "--table", table, "--chunk-size", "128KiB", *more],
        cwd=cwd,
        env=environment(**variables),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def log_of(process: subprocess.Popen, timeout: float = 120) -> list[dict]:
    """The log, each line of which must be an object."""
    out, err = process.communicate(timeout=timeout)
    assert out == ""
    return [json.loads(line) for line in err.splitlines()]


def counted(cwd: Path) -> dict:
    done = calve("query", "SELECT count(*) n, count(DISTINCT id) d FROM db.t", "--format", "json", cwd=cwd)
    assert done.code == 0, done
    return {key: int(value) for key, value in done.json()[0].items()}


def statuses(cwd: Path) -> list[str]:
    return [load["status"] for load in calve("status", "--format", "json", cwd=cwd).json()["loads"]]


def test_backfill_then_worker_loads_each_source_once(tmp_path):
    for i in range(3):
        make_csv(tmp_path / "in" / f"part {i}.csv", 5_000, i * 5_000)
    (tmp_path / "in" / "empty.csv").touch()
    dry = calve("backfill", "in", "--table", "db.t", "--dry-run", "--format", "json", cwd=tmp_path)
    assert sorted(entry["status"] for entry in dry.json()["sources"]) == ["empty", "sent", "sent", "sent"]
    for _ in range(2):  # Twice: what is sent twice is loaded once.
        sent = calve("backfill", "in", "--table", "db.t", cwd=tmp_path)
        assert sent.code == 0 and "3 of 4 sources sent" in sent.out, sent
    worker = start_worker(tmp_path, "--until-empty", "--threads", "2")
    log = log_of(worker)
    assert worker.returncode == 0
    assert counted(tmp_path) == {"n": 15_000, "d": 15_000}
    assert statuses(tmp_path) == ["committed"] * 3
    committed = [line for line in log if "is committed to db.t" in line["msg"]]
    assert len(committed) == 3
    assert all(len(line["load"]) == 32 for line in committed)
    again = calve("backfill", "in", "--table", "db.t", "--format", "json", cwd=tmp_path)
    assert sorted(entry["status"] for entry in again.json()["sources"]) == ["empty", "loaded", "loaded", "loaded"]


@pytest.mark.parametrize("seed", range(3))
def test_workers_are_killed_and_nothing_is_lost(seed, tmp_path):
    rng = random.Random(seed)
    make_csv(tmp_path / "in.csv")
    assert calve("backfill", "in.csv", "--table", "db.t", cwd=tmp_path).code == 0
    for _ in range(4):
        workers = [start_worker(tmp_path, "--threads", "1") for _ in range(2)]
        time.sleep(rng.uniform(0.05, 0.6))
        for worker in workers:
            worker.send_signal(signal.SIGKILL)
            worker.communicate()
    workers = [start_worker(tmp_path, "--until-empty") for _ in range(2)]
    for worker in workers:
        log_of(worker)
        assert worker.returncode == 0
    assert counted(tmp_path) == {"n": ROWS, "d": ROWS}
    assert statuses(tmp_path) == ["committed"]


def test_sigterm_drains(tmp_path):
    make_csv(tmp_path / "in.csv")
    assert calve("backfill", "in.csv", "--table", "db.t", cwd=tmp_path).code == 0
    worker = start_worker(tmp_path, "--threads", "1")
    first = json.loads(worker.stderr.readline())
    assert "worker begins" in first["msg"]
    worker.send_signal(signal.SIGTERM)
    began = time.monotonic()
    log = log_of(worker)
    assert worker.returncode == 0
    assert time.monotonic() - began < 20
    assert "nothing is left in hand" in log[-1]["msg"]
    status = calve("status", "--format", "json", cwd=tmp_path).json()["loads"]
    assert all(load["queue"]["in_flight"] == 0 for load in status)
    log_of(start_worker(tmp_path, "--until-empty"))
    assert counted(tmp_path) == {"n": ROWS, "d": ROWS}


def test_health_and_metrics(tmp_path):
    make_csv(tmp_path / "in.csv", 1_000)
    assert calve("backfill", "in.csv", "--table", "db.t", cwd=tmp_path).code == 0
    worker = start_worker(tmp_path, "--listen", "127.0.0.1:0")
    try:
        port = int(json.loads(worker.stderr.readline())["msg"].split()[-1])

        def page(name: str) -> str:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/{name}", timeout=10) as answer:
                return answer.read().decode()

        assert page("healthz") == "ok\n"
        deadline = time.monotonic() + 30
        while "calve_commits_total 1\n" not in page("metrics") and time.monotonic() < deadline:
            time.sleep(0.1)
        metrics = page("metrics")
        assert "calve_commits_total 1\n" in metrics, metrics
        assert "calve_rows_total 1000\n" in metrics
        assert page("readyz") == "ready\n"
    finally:
        worker.send_signal(signal.SIGTERM)
        log_of(worker)


def test_a_source_that_cannot_be_loaded_is_a_dead_letter_with_its_reason(tmp_path):
    good = make_csv(tmp_path / "in" / "good.csv", 100)
    bad = tmp_path / "in" / "bad.csv"
    bad.write_bytes(bytes(range(256)) * 40)
    assert calve("backfill", "in", "--table", "db.t", cwd=tmp_path).code == 0
    worker = start_worker(tmp_path, "--until-empty")
    log = log_of(worker)
    errors = [line for line in log if line["level"] == "error"]
    assert len(errors) == 1 and "to the dead letters" in errors[0]["msg"] and "bad.csv" in errors[0]["msg"]
    assert counted(tmp_path) == {"n": 100, "d": 100}
    # The reason is gone: the dead letter goes back, and is loaded.
    bad.write_text(good.read_text().replace("note ", "other "))
    assert "1 dead letter back" in calve("redrive", "events", cwd=tmp_path).out
    log_of(start_worker(tmp_path, "--until-empty"))
    assert counted(tmp_path) == {"n": 200, "d": 100}


def test_a_worker_whose_scratch_cannot_be_used_takes_nothing(tmp_path):
    make_csv(tmp_path / "in.csv", 100)
    assert calve("backfill", "in.csv", "--table", "db.t", cwd=tmp_path).code == 0
    (tmp_path / "file").write_text("no folder")
    worker = start_worker(tmp_path, "--until-empty", "--scratch", str(tmp_path / "file" / "scratch"))
    _, said = worker.communicate(timeout=60)
    assert worker.returncode == 1
    assert "the scratch folder" in said and "is a file where a directory is needed" in said
    # Nothing was taken, let alone buried.
    log_of(start_worker(tmp_path, "--until-empty"))
    assert counted(tmp_path) == {"n": 100, "d": 100}
    assert statuses(tmp_path) == ["committed"]


def test_status_looks_at_the_workers_queue_and_changes_nothing(tmp_path):
    make_csv(tmp_path / "in.csv")
    assert calve("backfill", "in.csv", "--table", "db.t", cwd=tmp_path).code == 0
    log_of(start_worker(tmp_path, "--role", "plan", "--until-empty"))
    (load,) = calve("status", "--format", "json", cwd=tmp_path).json()["loads"]
    assert (load["status"], load["chunks_done"]) == ("unfinished", 0)
    assert load["workers_queue"] == {"visible": load["chunks"], "in_flight": 0, "dead": 0}
    assert load["queue"] == {"visible": 0, "in_flight": 0, "dead": 0}
    queue = tmp_path / "warehouse" / "_calve" / "queue.db"
    before = queue.read_bytes()
    details = calve("status", load["load_id"], cwd=tmp_path)
    assert f"{load['chunks']} waiting" in details.out
    assert "calve worker" in details.out
    assert queue.read_bytes() == before
    log_of(start_worker(tmp_path, "--until-empty"))
    assert statuses(tmp_path) == ["committed"]
    # A queue that is not there is not made.
    for left in queue.parent.glob("queue.db*"):
        left.unlink()
    assert calve("status", cwd=tmp_path).code == 0
    assert not queue.exists()


def test_what_is_missing_is_said(tmp_path):
    expect_error(calve("worker", cwd=tmp_path), 2, "which table?")
    expect_error(calve("backfill", "in", "--table", "db.t", cwd=tmp_path), 1, "nothing has landed")
    expect_error(calve("redrive", "letters", cwd=tmp_path), 2, "chunks, events")
    expect_error(calve("worker", "--role", "boss", "--table", "db.t", cwd=tmp_path), 2, "plan, consume or both")
    expect_error(calve("worker", "--listen", "here", "--table", "db.t", cwd=tmp_path), 2, "HOST:PORT")
    expect_error(calve("lambda", "--table", "db.t", cwd=tmp_path), 2, "AWS_LAMBDA_RUNTIME_API")
