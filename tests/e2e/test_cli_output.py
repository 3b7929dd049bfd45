"""What stands on stdout and stderr: results, JSON, progress."""

import csv
import fcntl
import io
import json
import os
import pty
import struct
import subprocess
import termios

import pytest
from cli_support import CALVE, calve, environment

ROWS = 1000


@pytest.fixture
def here(tmp_path):
    lines = [f"{i},name {i},{i}.25" for i in range(ROWS)]
    lines[500] = "five hundred,x,1.0"
    (tmp_path / "data.csv").write_text("id,name,price\n" + "\n".join(lines) + "\n")
    return tmp_path


def load(here, *arguments):
    return calve("run", "data.csv", "--table", "db.t", *arguments, cwd=here)


def test_run_as_json(here):
    done = load(here, "--format", "json", "--verbose")
    assert done.code == 0, done
    summary = done.json()
    assert list(summary) == ["loads", "seconds"]
    one = summary["loads"][0]
    assert set(one) >= {
        "source", "load_id", "table", "status", "rows", "records", "quarantined", "chunks", "files", "bytes_in", "bytes_out",
        "snapshot_id", "seconds", "quarantine_files",
    }  # fmt: skip
    assert (one["status"], one["rows"], one["quarantined"], one["records"]) == ("committed", ROWS - 1, 1, ROWS)
    assert isinstance(one["snapshot_id"], int)
    assert one["bytes_in"] == (here / "data.csv").stat().st_size
    assert len(one["quarantine_files"]) == 1
    again = load(here, "--format", "json").json()["loads"][0]
    assert again["status"] == "already-loaded"
    assert (again["load_id"], again["snapshot_id"], again["rows"]) == (one["load_id"], one["snapshot_id"], one["rows"])


def test_run_as_text(here):
    done = load(here)
    assert done.code == 0, done
    assert "data.csv -> db.t: committed" in done.out
    assert "999 rows in 1 file" in done.out
    assert "1 record in quarantine; the first: byte " in done.out
    assert "\x1b" not in done.out + done.err, "no terminal, no escape sequences"
    assert "already-loaded" in load(here).out


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "data.csv", "--table", "db.t"],
        ["run", "data.csv", "missing.csv", "--table", "db.t"],
        ["plan", "data.csv"],
        ["query", "SELECT count(*) AS n FROM db.t"],
        ["status"],
        ["validate", "db.t"],
        ["version"],
        ["run", "data.csv", "--table", "db.t", "--warehouse", "data.csv/x"],
        ["query", "SELEC"],
        ["run", "data.csv"],
    ],
)
def test_json_is_all_there_is_on_stdout(here, arguments):
    load(here)
    done = calve(*arguments, "--format", "json", cwd=here)
    value, end = json.JSONDecoder().raw_decode(done.out)
    assert done.out[end:] == "\n", done
    if done.code not in (0, 1) or "data.csv/x" in arguments:
        assert set(value["error"]) == {"kind", "message"}, done


def test_plan_reads_and_writes_nothing(here):
    done = calve("plan", "data.csv", cwd=here)
    assert done.code == 0, done
    assert sorted(path.name for path in here.iterdir()) == ["data.csv"]
    for part in ("id", "BIGINT", "delimiter ','", "about 1,000", "Estimated cost on AWS", "total"):
        assert part in done.out, done
    plan = calve("plan", "data.csv", "--format", "json", cwd=here).json()["plans"][0]
    assert plan["status"] == "new"
    assert [column["name"] for column in plan["columns"]] == ["id", "name", "price"]
    assert 900 <= plan["estimated_rows"] <= 1100
    assert plan["cost"]["total_dollars"] == pytest.approx(sum(item["dollars"] for item in plan["cost"]["items"]))


def test_plan_of_what_is_loaded(here):
    load(here)
    assert "already loaded: 999 rows" in calve("plan", "data.csv", "--table", "db.t", cwd=here).out


def test_plan_tells_what_the_sql_yields(here):
    done = calve(
        "plan", "data.csv", "--table", "db.new", "--sql", "SELECT id AS key FROM chunk", "--format", "json", cwd=here
    )
    assert done.code == 0, done
    assert done.json()["plans"][0]["result"] == [{"name": "key", "type": "long"}]


def test_query_formats(here):
    load(here)
    sql = "SELECT id, name, price, NULL AS nothing FROM db.t WHERE id < 2 ORDER BY id"
    text = calve("query", sql, cwd=here).out.splitlines()
    assert text[0].split() == ["id", "name", "price", "nothing"]
    assert text[-1] == "(2 rows)"
    rows = calve("query", sql, "--format", "json", cwd=here).json()
    assert rows == [
        {"id": 0, "name": "name 0", "price": 0.25, "nothing": None},
        {"id": 1, "name": "name 1", "price": 1.25, "nothing": None},
    ]
    table = list(csv.reader(io.StringIO(calve("query", sql, "--format", "csv", cwd=here).out)))
    assert table == [["id", "name", "price", "nothing"], ["0", "name 0", "0.25", ""], ["1", "name 1", "1.25", ""]]


def test_query_says_that_there_is_more(here):
    load(here)
    done = calve("query", "SELECT id FROM db.t", "--max-rows", "10", cwd=here)
    assert "(10 rows)" in done.out
    assert "--max-rows 0" in done.err
    assert "(999 rows)" in calve("query", "SELECT id FROM db.t", "--max-rows", "0", cwd=here).out


def test_status_leads_to_the_quarantine(here):
    one = load(here, "--format", "json").json()["loads"][0]
    listed = calve("status", cwd=here)
    assert listed.code == 0, listed
    line = [line for line in listed.out.splitlines() if line.startswith(one["load_id"][:8])]
    assert len(line) == 1
    assert "committed" in line[0]
    assert str(one["snapshot_id"]) in line[0]
    details = calve("status", one["load_id"][:6], cwd=here)
    assert one["quarantine_files"][0] in details.out
    assert "five hundred" in details.out
    path = one["quarantine_files"][0].removeprefix("file://")
    with open(path) as quarantine:
        assert "five hundred" in quarantine.read()
    entry = calve("status", "--format", "json", cwd=here).json()["loads"][0]
    assert entry["snapshot_ids"] == [one["snapshot_id"]]
    assert entry["first_bad_record"]["column"] == "id"


def test_validate(here):
    load(here)
    report = calve("validate", "db.t", "--format", "json", cwd=here)
    assert report.code == 0, report
    assert report.json()["ok"] is True
    assert report.json()["records"] == ROWS - 1
    data_files = list((here / "warehouse").rglob("*.parquet"))
    assert len(data_files) == 1
    data_files[0].unlink()
    broken = calve("validate", "db.t", cwd=here)
    assert broken.code == 1, broken
    assert "NOT whole" in broken.out
    assert data_files[0].name in broken.out


def rewrite_metadata(here, change):
    """What the newest metadata file says, changed by somebody else's hand."""
    newest = max((here / "warehouse").rglob("*.metadata.json"), key=lambda path: path.name)
    metadata = json.loads(newest.read_text())
    change(metadata)
    newest.write_text(json.dumps(metadata))


def test_validate_on_a_history_that_was_cut(here):
    load(here)
    (here / "more.csv").write_text("id,name,price\n7,x,1.5\n")
    assert calve("run", "more.csv", "--table", "db.t", cwd=here).code == 0

    def show_the_newest_alone(metadata):
        del metadata["snapshots"][:-1]
        del metadata["snapshots"][0]["parent-snapshot-id"]
        del metadata["snapshot-log"][:-1]

    rewrite_metadata(here, show_the_newest_alone)
    report = calve("validate", "db.t", "--format", "json", cwd=here).json()
    assert report["ok"] is True
    assert report["findings"] == [], "the first load's file is in the table: there is nothing to say"
    again = calve("run", "data.csv", "--table", "db.t", "--format", "json", cwd=here)
    assert again.code == 0, again
    assert calve("query", "SELECT count(*) n FROM db.t", "--format", "csv", cwd=here).out == f"n\n{ROWS}\n"


def test_validate_names_a_load_that_was_rolled_back(here):
    load(here)
    (here / "more.csv").write_text("id,name,price\n7,x,1.5\n")
    assert calve("run", "more.csv", "--table", "db.t", cwd=here).code == 0

    def roll_back(metadata):
        gone = metadata["snapshots"].pop()
        metadata["snapshot-log"].pop()
        metadata["current-snapshot-id"] = gone["parent-snapshot-id"]
        metadata["refs"]["main"]["snapshot-id"] = gone["parent-snapshot-id"]

    rewrite_metadata(here, roll_back)
    report = calve("validate", "db.t", "--format", "json", cwd=here).json()
    assert report["ok"] is True
    [finding] = report["findings"]
    assert finding["severity"] == "note"
    assert "it was rolled back" in finding["message"]


def test_closed_stdout_is_no_error(here):
    load(here)
    sql = "SELECT a.id, a.name FROM db.t a, db.t b"
    command = f"'{CALVE}' query '{sql}' --format csv | head -n 1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", command], cwd=here, env=environment(), capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout == "id,name\n"
    assert done.stderr == ""
    assert done.returncode == 0


def test_full_stdout_is_an_error(here):
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [CALVE, "version"], cwd=here, env=environment(), stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 1
    assert done.stderr.startswith("calve: the result cannot be written to standard output")


def run_on_terminal(command, cwd, columns):
    """stdout, and what a terminal of that many columns was sent."""
    main, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = subprocess.Popen(command, cwd=cwd, env=environment(), stdout=subprocess.PIPE, stderr=terminal)
    os.close(terminal)
    drawn = b""
    while True:
        try:
            piece = os.read(main, 65536)
        except OSError:  # The other side is closed: that is how a terminal ends.
            break
        if not piece:
            break
        drawn += piece
    os.close(main)
    out = process.stdout.read()
    process.stdout.close()
    assert process.wait(timeout=60) == 0, drawn
    return out.decode(), drawn.decode()


@pytest.mark.parametrize("columns", [40, 100])
def test_progress_on_a_terminal(here, columns):
    with (here / "big.csv").open("w") as out:
        out.write("id,text\n")
        line = "x" * 90
        for i in range(600_000):
            out.write(f"{i},{line}\n")
    command = [
        CALVE,
        "run",
        "big.csv",
        "--table",
        "db.big",
        "--format",
        "json",
        "--chunk-size",
        "4MiB",
        "--threads",
        "1",
    ]
    out, drawn = run_on_terminal(command, here, columns)
    assert json.loads(out)["loads"][0]["status"] == "committed"
    lines = [piece.split("\r\n")[0] for piece in drawn.split("\r\x1b[2K")]
    bars = [line for line in lines if "%" in line and "[" in line]
    assert len(bars) >= 2, drawn
    assert all(len(bar) < columns for bar in bars), bars
    assert drawn.endswith("\r\x1b[2K"), "the line is cleared at the end"
    if columns == 100:
        assert any("rows/s" in bar and "chunks" in bar for bar in bars), bars


@pytest.mark.parametrize("fails", [False, True], ids=["committed", "failed"])
def test_nothing_is_left_in_the_scratch(here, fails):
    scratch = here / "scratch"
    bad = ["--on-bad-record", "fail"] if fails else []
    done = load(here, "--scratch", scratch, *bad)
    assert done.code == (1 if fails else 0), done
    assert os.listdir(scratch) == []
