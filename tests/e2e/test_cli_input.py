"""Sources, SQL and warehouses that cannot be: one clear line, the documented code, and nothing half-done."""

import ctypes
import os
import sqlite3

import pytest
from cli_support import calve, expect_error, leaves_nothing

CSV = "id,name\n1,a\n2,b\n3,c\n"


@pytest.fixture
def here(tmp_path):
    (tmp_path / "good.csv").write_text(CSV)
    return tmp_path


def run(here, *arguments, **options):
    return calve("run", *arguments, "--table", "db.t", cwd=here, **options)


def query(here, sql):
    done = calve("query", sql, "--format", "json", cwd=here)
    assert done.code == 0, done
    return done.json()


def test_no_such_file(here):
    expect_error(run(here, "nothing.csv"), 1, "nothing.csv", "No such file")
    leaves_nothing(here / "warehouse")


def test_pattern_that_matches_nothing(here):
    done = run(here, "nothing-*.csv")
    assert done.code != 0, done
    assert "nothing-*.csv" in done.err
    leaves_nothing(here / "warehouse")


def test_directory(here):
    (here / "folder").mkdir()
    expect_error(run(here, "folder"), 2, "folder", "is a directory")
    leaves_nothing(here / "warehouse")


def test_empty_file(here):
    (here / "empty.csv").write_bytes(b"")
    expect_error(run(here, "empty.csv"), 1, "empty.csv", "is empty")
    leaves_nothing(here / "warehouse")


def test_header_only(here):
    (here / "header.csv").write_text("id,name\n")
    done = run(here, "header.csv", "--format", "json")
    assert done.code == 0, done
    load = done.json()["loads"][0]
    assert (load["status"], load["rows"], load["quarantined"]) == ("committed", 0, 0)
    assert query(here, "SELECT count(*) AS n FROM db.t") == [{"n": 0}]


def test_binary(here):
    (here / "binary.csv").write_bytes(bytes(range(256)) * 64)
    expect_error(run(here, "binary.csv"), 1, "binary.csv")
    leaves_nothing(here / "warehouse")


def drop_override():
    """Root without the capabilities that let it read everything: permissions count for it as for everybody."""
    if os.geteuid() == 0:
        pr_capbset_drop, cap_dac_override, cap_dac_read_search = 24, 1, 2
        libc = ctypes.CDLL(None, use_errno=True)
        for capability in (cap_dac_override, cap_dac_read_search):
            if libc.prctl(pr_capbset_drop, capability, 0, 0, 0) != 0:
                raise OSError(ctypes.get_errno(), "prctl(PR_CAPBSET_DROP)")


def test_no_permission_to_read(here):
    secret = here / "secret.csv"
    secret.write_text(CSV)
    secret.chmod(0)
    expect_error(run(here, "secret.csv", preexec_fn=drop_override), 1, "secret.csv", "Permission denied")
    leaves_nothing(here / "warehouse")


def test_warehouse_that_cannot_be_written(here):
    locked = here / "locked"
    locked.mkdir()
    locked.chmod(0o555)
    for warehouse in ("locked", "locked/below"):
        done = run(here, "good.csv", "--warehouse", warehouse, preexec_fn=drop_override)
        expect_error(done, 1, warehouse, "Permission denied")
    assert list(locked.iterdir()) == []


def test_warehouse_below_a_file(here):
    done = run(here, "good.csv", "--warehouse", "good.csv/warehouse")
    expect_error(done, 2, "good.csv/warehouse", "is a file where a directory is needed")


def test_one_bad_source_does_not_keep_the_others(here):
    (here / "other.csv").write_text("id,name\n4,d\n")
    done = run(here, "good.csv", "nothing.csv", "other.csv", "--format", "json")
    assert done.code == 1, done
    assert [load["status"] for load in done.json()["loads"]] == ["committed", "failed", "committed"]
    assert done.json()["loads"][1]["error"]["kind"] == "not-found"
    assert query(here, "SELECT count(*) AS n FROM db.t") == [{"n": 4}]


@pytest.mark.parametrize(
    ("sql", "parts"),
    [
        ("SELECT id FORM chunk WHERE", ["LINE 1"]),
        ("SELECT no_such FROM chunk", ["no_such", "LINE 1"]),
        ("SELECT * FROM other", ["other"]),
        ("DROP TABLE chunk", ["SELECT"]),
        ("SELECT 1; SELECT 2", ["one"]),
        ("SELECT * FROM read_csv('good.csv')", []),
    ],
)
def test_wrong_sql(here, sql, parts):
    expect_error(run(here, "good.csv", "--sql", sql), 2, *parts)
    leaves_nothing(here / "warehouse")


def test_wrong_query(here):
    assert run(here, "good.csv").code == 0
    expect_error(calve("query", "SELEC 1", cwd=here), 2, "SELEC")
    done = calve("query", "SELECT * FROM db.missing", cwd=here)
    assert done.code != 0, done
    assert "missing" in done.err


def test_duplicate_and_empty_names_are_made_unique_and_said(here):
    (here / "names.csv").write_text("a,a,,b\n1,2,3,4\n5,6,7,8\n")
    done = calve("plan", "names.csv", "--format", "json", cwd=here)
    assert done.code == 0, done
    plan = done.json()["plans"][0]
    names = [column["name"] for column in plan["columns"]]
    assert len(set(names)) == 4
    assert all(names)
    assert plan["notes"]
    done = run(here, "names.csv")
    assert done.code == 0, done
    assert "names.csv: " in done.err
    columns = ", ".join(f'"{name}"' for name in names)
    assert list(query(here, f"SELECT {columns} FROM db.t ORDER BY 1")[0].values()) == [1, 2, 3, 4]


def test_table_that_does_not_fit(here):
    assert run(here, "good.csv").code == 0
    (here / "wide.csv").write_text("id,name,more\n4,d,x\n")
    expect_error(run(here, "wide.csv"), 2, "db.t", "more", "--evolve")
    done = run(here, "wide.csv", "--evolve", "add-columns")
    assert done.code == 0, done
    assert query(here, "SELECT more FROM db.t ORDER BY id") == [{"more": None}] * 3 + [{"more": "x"}]


def test_partitions_are_for_a_new_table(here):
    note = "--partition-by is for a new table"
    flags = ("--partition-by", "bucket(4, id)")
    assert run(here, "good.csv").code == 0
    (here / "more.csv").write_text("id,name\n7,x\n")
    done = run(here, "more.csv", *flags)
    assert done.code == 0, done
    assert note in done.err
    for file in ("good.csv", "more.csv"):
        done = calve("run", file, "--table", "db.parts", *flags, cwd=here)
        assert done.code == 0, done
        assert note not in done.err


@pytest.mark.parametrize("content", [b"this is no database, whatever it is called\n" * 100, b""])
def test_catalog_that_is_not_one(here, content):
    (here / "warehouse").mkdir()
    catalog = here / "warehouse" / "catalog.db"
    catalog.write_bytes(content)
    done = run(here, "good.csv")
    if content:
        expect_error(done, 1, "catalog.db")
        assert catalog.read_bytes() == content
        leaves_nothing(here / "warehouse")
    else:
        # An empty file is an empty SQLite database, as SQLite itself says.
        assert done.code == 0, done


def test_catalog_of_somebody_else(here):
    (here / "warehouse").mkdir()
    with sqlite3.connect(here / "warehouse" / "catalog.db") as database:
        database.execute("CREATE TABLE iceberg_tables (something TEXT)")
    database.close()
    done = run(here, "good.csv")
    expect_error(done, 1, "catalog.db")
    leaves_nothing(here / "warehouse")


def test_nothing_to_show_without_a_warehouse(here):
    for arguments in (["status"], ["query", "SELECT 1"], ["validate", "db.t"]):
        expect_error(calve(*arguments, cwd=here), 1, "warehouse")
    assert not (here / "warehouse").exists()


def test_no_such_load(here):
    assert run(here, "good.csv").code == 0
    expect_error(calve("status", "zzz", cwd=here), 1, "zzz")


def test_too_many_bad_records_leave_the_table_as_it_was(here):
    (here / "bad.csv").write_text("id,name\n" + "".join(f"{i},x\n" for i in range(100)) + "oops,x\n")
    done = run(here, "bad.csv", "--column", "id=BIGINT", "--max-bad-records", "0", "--format", "json")
    assert done.code == 1, done
    assert done.json()["loads"][0]["error"]["kind"] == "bad-data"
    # Seen in the samples already: no table stands in the way of another try.
    assert calve("query", "SELECT * FROM db.t", cwd=here).code == 2
    assert run(here, "good.csv").code == 0
    assert run(here, "bad.csv", "--max-bad-records", "0").code == 1
    assert query(here, "SELECT count(*) AS n FROM db.t") == [{"n": 3}]


@pytest.mark.parametrize("command", ["plan", "run"])
def test_a_chunk_size_that_makes_too_many_chunks(here, command):
    (here / "big.csv").write_text("id,name\n" + "1,abcdefg\n" * 150_000)
    done = calve(command, "big.csv", "--table", "db.t", "--chunk-size", "8", cwd=here)
    expect_error(done, 2, "big.csv", "--chunk-size must be at least", "100000")
    leaves_nothing(here / "warehouse")


def test_a_file_that_does_not_fit_is_a_refusal_and_stays_free(here):
    assert run(here, "good.csv", "--column", "name=VARCHAR").code == 0  # id BIGINT
    (here / "decimals.csv").write_text("id,name\n" + "".join(f"{i}.25,x\n" for i in range(200)))
    done = run(here, "decimals.csv")
    assert done.code != 0, done
    assert "id (in the file DOUBLE, in the table BIGINT)" in done.err and "200 of 200" in done.err, done.err
    assert calve("plan", "decimals.csv", "--table", "db.t", cwd=here).code == 2
    assert query(here, "SELECT count(*) AS n FROM db.t") == [{"n": 3}]
    again = run(here, "decimals.csv", "--sql", "SELECT CAST(id AS BIGINT) AS id, name FROM chunk")
    assert again.code == 0, again
    assert query(here, "SELECT count(*) AS n FROM db.t") == [{"n": 203}]


def test_what_the_tables_types_hold_without_loss_is_read(here):
    (here / "first.csv").write_text("id,day\n1,2024-01-02 03:04:05\n")
    assert run(here, "first.csv").code == 0
    (here / "second.csv").write_text('id,day\n"2.00",2024-01-03\n"",-\n  ,n/a\n')
    done = run(here, "second.csv", "--format", "json")
    assert done.code == 0, done
    assert done.json()["loads"][0]["quarantined"] == 0
    assert query(here, "SELECT id, CAST(day AS VARCHAR) AS day FROM db.t ORDER BY id NULLS LAST") == [
        {"id": 1, "day": "2024-01-02 03:04:05"},
        {"id": 2, "day": "2024-01-03 00:00:00"},
        {"id": None, "day": None},
        {"id": None, "day": None},
    ]


def test_marks_are_null_in_their_columns_alone(here):
    (here / "vote.csv").write_text("id,vote,income\n1,Y,10\n2,NA,20.5\n3,N,NA\n4,Y,--\n")
    done = run(here, "vote.csv")
    assert done.code == 0, done
    assert query(here, "SELECT vote, income FROM db.t ORDER BY id") == [
        {"vote": "Y", "income": 10.0},
        {"vote": "NA", "income": 20.5},
        {"vote": "N", "income": None},
        {"vote": "Y", "income": None},
    ]
    plan = calve("plan", "vote.csv", "--table", "db.u", cwd=here)
    assert "null is '--' or 'NA'" in plan.out.replace('"', "'"), plan.out


@pytest.mark.parametrize(
    ("good", "bad", "code"),
    [(90, 10, 0), (89, 11, 1), (100, 0, 0), (5, 1, 0), (1, 1, 0), (0, 2, 1), (16, 4, 1)],
)
def test_the_default_limit_of_bad_records(here, good, bad, code):
    """A tenth; of fewer than twenty records all of them."""
    (here / "some.csv").write_text("id,name\n" + "1,x\n" * good + "oops,x\n" * bad)
    done = run(here, "some.csv", "--column", "id=BIGINT", "--format", "json")
    assert done.code == code, done
    if code:
        assert done.json()["loads"][0]["error"]["kind"] == "bad-data"
        assert "--max-bad-records 100%" in done.json()["loads"][0]["error"]["message"]
        accepted = run(here, "some.csv", "--column", "id=BIGINT", "--max-bad-records", "100%", "--format", "json")
        assert accepted.code == 0, accepted
        assert accepted.json()["loads"][0]["quarantined"] == bad


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Name;Betrag\r\nJ\u00fcrgen;12 \u20ac\r\nZo\u00eb \u201cZ\u201d;7 \u20ac\r\n", "windows-1252"),
        ("id,city\n" + "".join(f"{i},\u6771\u4eac{i}\n" for i in range(30)), "shift_jis"),
    ],
)
def test_another_encoding_is_refused_with_the_flag_that_reads_it(here, text, encoding):
    (here / "in.csv").write_bytes(text.encode(encoding))
    expect_error(run(here, "in.csv"), 1, "in.csv", encoding, "--encoding")
    done = run(here, "in.csv", "--encoding", encoding, "--all-varchar")
    assert done.code == 0, done
    separator = ";" if ";" in text else ","
    names, *records = [line.split(separator) for line in text.splitlines()]
    columns = ", ".join(name.lower() for name in names)
    rows = query(here, f"SELECT {columns} FROM db.t ORDER BY ALL")
    assert [list(row.values()) for row in rows] == sorted(records)


def test_an_encoding_that_is_none(here):
    expect_error(run(here, "good.csv", "--encoding", "klingon"), 2, "klingon")


SUMS = "SELECT g, CAST(sum(v) AS BIGINT) s FROM chunk GROUP BY g"


def test_sql_that_does_not_take_rows_one_by_one(here):
    """Over chunks it would mean something else than over the file, and depend on where that is cut."""
    (here / "many.csv").write_text("g,v\n" + "".join(f"{i % 7},{i}\n" for i in range(5000)))
    size = (here / "many.csv").stat().st_size
    for command in ("run", "plan"):
        done = calve(command, "many.csv", "--table", "db.t", "--sql", SUMS, "--chunk-size", "4000", cwd=here)
        expect_error(done, 2, "aggregates", "many.csv", "9 chunks", "--per-chunk", f"--chunk-size {size}")
    scanned = calve(
        "plan", "many.csv", "--table", "db.t", "--sql", SUMS, "--chunk-size", "4000", "--split", "scan", cwd=here
    )
    expect_error(scanned, 2, "--per-chunk")
    assert calve("query", "SELECT 1 FROM db.t", cwd=here).code == 2, "a table was made"
    assert run(here, "many.csv", "--sql", SUMS, "--chunk-size", str(size)).code == 0
    sums = query(here, "SELECT g, s FROM db.t ORDER BY g")
    assert [row["s"] for row in sums] == [sum(range(g, 5000, 7)) for g in range(7)]
    apart = calve("run", "many.csv", "--table", "db.u", "--sql", SUMS, "--chunk-size", "4000", "--per-chunk", cwd=here)
    assert apart.code == 0, apart
    assert "each of the 9 chunks" in apart.err + apart.out
    assert query(here, "SELECT count(*) n FROM db.u")[0]["n"] == 63


def test_zeros_keep_their_signs(here):
    """DuckDB's dictionaries take -0.0 and 0.0 for one value."""
    texts = ["0", "-0.0", "0.5", "-0.0", "0.0", "-0"] * 50
    (here / "zeros.csv").write_text("a,b\n" + "".join(f"{i},{text}\n" for i, text in enumerate(texts)))
    for flags in (("--column", "b=DOUBLE"), ("--column", "b=FLOAT"), ("--sql", "SELECT a, -(-b) AS b FROM chunk")):
        table = f"db.t{abs(hash(flags))}"
        done = calve("run", "zeros.csv", "--table", table, *flags, "--format", "json", cwd=here)
        assert done.code == 0, done
        assert done.json()["loads"][0]["quarantined"] == 0
        found = query(here, f"SELECT a, signbit(b) s FROM {table} ORDER BY a")
        assert [row["s"] for row in found] == [text.startswith("-") for text in texts], flags
    (here / "gaps.csv").write_text("a,b\n" + "".join(f"{i},{'' if i % 3 else i / 2}\n" for i in range(5000)))
    for table, sql in (("db.gaps", "SELECT a, b FROM chunk"), ("db.floats", "SELECT a, CAST(b AS FLOAT) b FROM chunk")):
        assert calve("run", "gaps.csv", "--table", table, "--sql", sql, cwd=here).code == 0
        counted = query(here, f"SELECT count(b) n, count(*) FILTER (b = a / 2) same FROM {table}")
        assert counted == [{"n": 1667, "same": 1667}], "nulls are passed on"


def test_changed_settings_of_a_loaded_source_are_told(here):
    (here / "amounts.csv").write_text("id,amount\n1,10\n2,20\n3,30\n")
    assert calve("run", "amounts.csv", "--table", "db.amounts", cwd=here).code == 0
    again = calve("run", "amounts.csv", "--table", "db.amounts", cwd=here)
    assert again.code == 0
    assert "other settings" not in again.err
    changed = calve(
        "run", "amounts.csv", "--table", "db.amounts", "--column", "amount=DOUBLE", "--null", "20", cwd=here
    )
    assert changed.code == 0
    assert "loaded with other settings than now (--null, --column amount=DOUBLE)" in changed.err
    assert "--pipeline" in changed.err
    planned = calve("plan", "amounts.csv", "--table", "db.amounts", "--sql", "SELECT id FROM chunk", cwd=here)
    assert "other settings than now (--sql)" in planned.out + planned.err
    sql = ("--table", "db.ids", "--sql", "SELECT id FROM chunk")
    assert calve("run", "amounts.csv", *sql, cwd=here).code == 0
    same = calve("run", "amounts.csv", *sql, cwd=here)
    assert "other settings" not in same.err
    left_out = calve("run", "amounts.csv", "--table", "db.ids", cwd=here)
    assert "other settings than now (no --sql)" in left_out.err


def test_what_a_loaded_sources_plan_has_become_is_no_matter(here):
    (here / "few.csv").write_text("id,amount\n1,10\n2,20\n3,30\n")
    assert calve("run", "few.csv", "--table", "db.few", cwd=here).code == 0
    (plan,) = (here / "warehouse" / "_calve" / "loads").glob("*/g000/plan.json")
    for spoil in (lambda: plan.write_text("{}"), plan.unlink):
        spoil()
        again = calve("run", "few.csv", "--table", "db.few", "--format", "json", cwd=here)
        assert again.code == 0, again
        assert again.json()["loads"][0]["status"] == "already-loaded"
