"""Parquet files that pyarrow wrote, loaded by the program, read back by PyIceberg: the rows are pyarrow's own."""

import datetime as dt
import decimal
import json
import os
import random
import signal
import subprocess
import time
import uuid
from pathlib import Path

import pytest
from cli_support import CALVE, calve, environment, expect_error, leaves_nothing

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")
sql = pytest.importorskip("pyiceberg.catalog.sql", reason="PyIceberg is not installed")


def catalog(cwd: Path):
    return sql.SqlCatalog("default", uri=f"sqlite:///{cwd}/warehouse/catalog.db")


def load(cwd: Path, source: Path, *more: str, table: str = "db.t") -> dict:
    done = calve("run", source, "--table", table, "--format", "json", *more, cwd=cwd)
    assert done.code == 0, done
    return done.json()["loads"][0]


def fails(cwd: Path, source: Path, *more: str, parts: tuple = (), code: int = 1, table: str = "db.t") -> None:
    """Nothing is committed, and the complaint has these parts."""
    done = calve("run", source, "--table", table, *more, cwd=cwd)
    expect_error(done, code, *parts)


def rows_of(table, order: str = "id") -> list[dict]:
    return table.sort_by(order).to_pylist()


def scan(cwd: Path, table: str = "db.t"):
    return catalog(cwd).load_table(table).scan().to_arrow()


def snapshots(cwd: Path, table: str = "db.t") -> int:
    return len(catalog(cwd).load_table(table).metadata.snapshots)


def write(path: Path, table, **options) -> Path:
    pq.write_table(table, path, **options)
    return path


def many_rows(rows: int, start: int = 0):
    return pa.table(
        {
            "id": pa.array(range(start, start + rows), pa.int64()),
            "at": pa.array([1_420_000_000_000_000 + i * 977_000_000 for i in range(rows)], pa.timestamp("us")),
            "price": pa.array([decimal.Decimal(i % 1000) / 100 for i in range(rows)], pa.decimal128(7, 2)),
            "note": pa.array([None if i % 7 == 0 else f"note {i % 50}" for i in range(rows)]),
        }
    )


# One value of a column, by its type; every column has nulls, too.
MAKERS = {
    "boolean": (pa.bool_(), lambda r: r.random() < 0.5),
    "tiny": (pa.int8(), lambda r: r.randint(-128, 127)),
    "whole": (pa.int32(), lambda r: r.randint(-(2**31), 2**31 - 1)),
    "big": (pa.int64(), lambda r: r.choice([-(2**63), 2**63 - 1, r.randint(-5, 5)])),
    "unsigned": (pa.uint32(), lambda r: r.randint(0, 2**32 - 1)),
    "single": (pa.float32(), lambda r: r.choice([0.0, 1.5, float("inf")])),
    "double": (pa.float64(), lambda r: r.choice([-0.0, 1e308, r.random()])),
    "money": (pa.decimal128(38, 9), lambda r: decimal.Decimal(r.randint(-(10**37), 10**37)).scaleb(-9)),
    "day": (pa.date32(), lambda r: dt.date(1, 1, 1) + dt.timedelta(days=r.randint(0, 3_000_000))),
    "clock": (pa.time64("us"), lambda r: dt.time(r.randint(0, 23), 1, 2, r.randint(0, 999_999))),
    "moment": (pa.timestamp("us"), lambda r: dt.datetime(1900, 1, 1) + dt.timedelta(microseconds=r.getrandbits(50))),
    "instant": (
        pa.timestamp("us", tz="UTC"),
        lambda r: dt.datetime(1900, 1, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=r.getrandbits(50)),
    ),
    "text": (pa.string(), lambda r: r.choice(["", "ä€𝄞", "x" * r.randint(0, 40), str(r.getrandbits(60))])),
    "bytes": (pa.binary(), lambda r: r.randbytes(r.randint(0, 9))),
    "list": (pa.list_(pa.int64()), lambda r: [r.choice([None, r.randint(0, 9)]) for _ in range(r.randint(0, 3))]),
    "group": (
        pa.struct([("a", pa.int32()), ("b", pa.struct([("c", pa.string())]))]),
        lambda r: {"a": r.choice([None, 1]), "b": r.choice([None, {"c": None}, {"c": "deep"}])},
    ),
    "map": (
        pa.map_(pa.string(), pa.float64()),
        lambda r: [(f"k{i}", r.choice([None, 0.5])) for i in range(r.randint(0, 2))],
    ),
    "groups": (
        pa.list_(pa.struct([("k", pa.string()), ("v", pa.list_(pa.int32()))])),
        lambda r: [{"k": "x", "v": r.choice([None, [], [1]])} for _ in range(r.randint(0, 2))],
    ),
}


def random_table(rng: random.Random, rows: int, start: int, names: list[str]):
    columns = {"id": pa.array(range(start, start + rows), pa.int64())}
    for name in names:
        kind, make = MAKERS[name]
        columns[name] = pa.array([None if rng.random() < 0.2 else make(rng) for _ in range(rows)], kind)
    return pa.table(columns)


@pytest.mark.parametrize("seed", range(16))
def test_rows_are_pyarrows_for_random_files_and_chunk_sizes(seed, tmp_path):
    rng = random.Random(seed)
    names = rng.sample(sorted(MAKERS), rng.randint(1, len(MAKERS)))
    path = tmp_path / "in.parquet"
    parts, start = [], 0
    for _ in range(rng.randint(1, 12)):
        parts.append(random_table(rng, rng.choice([0, 1, 7, rng.randint(1, 3000)]), start, names))
        start += len(parts[-1])
    with pq.ParquetWriter(
        path,
        parts[0].schema,
        compression=rng.choice(["none", "snappy", "gzip", "zstd", "lz4", "brotli"]),
        use_dictionary=rng.random() < 0.6,
        data_page_version=rng.choice(["1.0", "2.0"]),
        data_page_size=rng.choice([512, 1 << 20]),
        write_page_index=rng.random() < 0.5,
    ) as writer:
        for part in parts:
            writer.write_table(part, row_group_size=rng.choice([None, 1000]))
    groups = pq.ParquetFile(path).num_row_groups
    chunk_size = rng.choice([1, 5_000, 100_000, 1 << 30])
    summary = load(tmp_path, path, "--chunk-size", str(chunk_size), "--threads", str(rng.randint(1, 4)))
    assert summary["rows"] == start
    if chunk_size == 1:
        assert summary["chunks"] == max(1, sum(1 for i in range(groups) if row_group_rows(path, i)))
    # By pyarrow itself: PyIceberg takes a null list of structs for an empty one.
    files = [task.file.file_path for task in catalog(tmp_path).load_table("db.t").scan().plan_files()]
    got = (
        pa.concat_tables([pq.read_table(file.removeprefix("file://")) for file in files])
        if files
        else parts[0].slice(0, 0)
    )
    assert rows_of(got) == rows_of(pa.concat_tables(parts))
    assert snapshots(tmp_path) == 1


def row_group_rows(path: Path, group: int) -> int:
    return pq.ParquetFile(path).metadata.row_group(group).num_rows


def test_cut_after_every_row_group(tmp_path):
    truth = many_rows(1_000)
    path = write(tmp_path / "in.parquet", truth, row_group_size=100)
    sizes = [pq.ParquetFile(path).metadata.row_group(i).total_byte_size for i in range(10)]
    seen = set()
    for count in range(1, 11):
        summary = load(tmp_path, path, "--chunk-size", str(sum(sizes[:count])), table=f"db.t{count}")
        seen.add(summary["chunks"])
        assert rows_of(scan(tmp_path, f"db.t{count}")) == rows_of(truth)
    assert len(seen) >= 4, seen


def test_the_plan_says_what_is_in_the_file_and_reads_its_end_only(tmp_path):
    path = write(tmp_path / "Fares 2015.bin", many_rows(50_000).rename_columns(["ID", "Pickup At", "price", "note"]))
    done = calve("plan", path, "--format", "json", cwd=tmp_path)
    assert done.code == 0, done
    plan = done.json()["plans"][0]
    assert (plan["format"], plan["rows"], plan["row_groups"], plan["chunks"]) == ("parquet", 50_000, 1, 1)
    assert [(c["name"], c["type"], c["source_name"]) for c in plan["columns"]][:2] == [
        ("id", "BIGINT", "ID"),
        ("pickup_at", "TIMESTAMP", "Pickup At"),
    ]
    assert plan["sampled_bytes"] < 5_000
    text = calve("plan", path, cwd=tmp_path)
    assert "Parquet" in text.out and "50,000 in 1 row group" in text.out, text


def test_zero_rows_are_a_load_without_rows(tmp_path):
    schema = many_rows(1).schema
    for name, groups in (("none", 0), ("empty", 3)):
        with pq.ParquetWriter(tmp_path / name, schema) as writer:
            for _ in range(groups):
                writer.write_table(schema.empty_table())
        summary = load(tmp_path, tmp_path / name, "--commit", "chunk" if groups else "load")
        assert (summary["status"], summary["rows"], summary["files"]) == ("committed", 0, 0)
    assert rows_of(scan(tmp_path)) == []


def test_metadata_columns_have_the_number_of_the_row(tmp_path):
    path = write(tmp_path / "in.parquet", many_rows(1_000), row_group_size=300)
    load(tmp_path, path, "--metadata-columns", "--chunk-size", "1")
    got = scan(tmp_path).sort_by("id")
    assert got["_offset"].to_pylist() == list(range(1_000))
    assert set(got["_file"].to_pylist()) == {f"file://{path}"}
    assert len(set(got["_loaded_at"].to_pylist())) == 1


def test_sql_sees_a_chunk_at_a_time_and_bloom_filters_do_not_matter(tmp_path):
    duckdb = pytest.importorskip("duckdb")
    path = tmp_path / "in.parquet"
    duckdb.sql("SELECT i AS id, i % 7 AS k, 'v' || (i % 100) AS v FROM range(40960) t(i)").write_parquet(
        str(path), row_group_size=10_240
    )
    size = ("--chunk-size", "1")
    assert pq.ParquetFile(path).num_row_groups == 4
    where = load(tmp_path, path, *size, "--sql", "SELECT id FROM chunk WHERE k = 3 AND v = 'v5'", table="db.w")
    assert where["rows"] == len([i for i in range(40_960) if i % 7 == 3 and i % 100 == 5])
    size = (*size, "--per-chunk")
    assert load(tmp_path, path, *size, "--sql", "SELECT id FROM chunk LIMIT 5", table="db.l")["rows"] == 20
    load(tmp_path, path, *size, "--sql", "SELECT count(*) AS n, sum(id)::BIGINT AS id FROM chunk", table="db.a")
    assert scan(tmp_path, "db.a")["n"].to_pylist() == [10_240] * 4
    load(tmp_path, path, *size, "--sql", "SELECT id FROM chunk ORDER BY id DESC", table="db.o")
    assert sorted(scan(tmp_path, "db.o")["id"].to_pylist()) == list(range(40_960))
    twice = "SELECT a.id FROM chunk a JOIN chunk b USING (id)"
    fails(tmp_path, path, "--sql", twice, parts=("read only once",), code=2)
    fails(tmp_path, path, "--sql", f"SELECT * FROM '{path}', chunk", code=2)
    fails(tmp_path, path, "--sql", "SELECT nothing FROM chunk", parts=("nothing",), code=2)


@pytest.mark.parametrize("commit", ["load", "chunk"])
def test_partitioned_table(commit, tmp_path):
    truth = many_rows(3_000)
    path = write(tmp_path / "in.parquet", truth, row_group_size=700)
    by = ("--partition-by", "month(at)", "--partition-by", "bucket(3, note)")
    summary = load(tmp_path, path, "--chunk-size", "1", "--commit", commit, *by)
    assert summary["chunks"] == 5
    assert rows_of(scan(tmp_path)) == rows_of(truth)
    assert snapshots(tmp_path) == (1 if commit == "load" else 5)


def test_types_that_iceberg_does_not_have(tmp_path):
    truth = pa.table(
        {
            "id": pa.array([1, 2, 3]),
            "u": pa.array([0, None, 2**64 - 1], pa.uint64()),
            "ns": pa.array([1_000, None, -5_000], pa.timestamp("ns")),
            "nothing": pa.nulls(3),
            "key": pa.array([uuid.UUID(int=i).bytes for i in (1, 2, 3)], pa.uuid()),
            "half": pa.array([0.5, None, 2.0], pa.float16()),
        }
    )
    load(tmp_path, write(tmp_path / "in.parquet", truth))
    schema = catalog(tmp_path).load_table("db.t").schema()
    types = {field.name: str(field.field_type) for field in schema.fields}
    expected = ["long", "decimal(20, 0)", "timestamp", "int", "uuid", "float"]
    assert list(types.values()) == expected, types
    got = scan(tmp_path).sort_by("id")
    assert got["u"].to_pylist() == [0, None, 2**64 - 1]
    assert [v and v.microsecond for v in got["ns"].to_pylist()] == [1, None, 999_995]
    assert got["nothing"].to_pylist() == [None] * 3
    assert got["half"].to_pylist() == [0.5, None, 2.0]


def test_what_would_lose_digits_is_refused_by_name(tmp_path):
    table = pa.table(
        {
            "id": pa.array([1]),
            "instant": pa.array([1_001], pa.timestamp("ns", tz="UTC")),
            "clock": pa.array([1_001], pa.time64("ns")),
            "wide": pa.array([decimal.Decimal(10**45)], pa.decimal256(50, 0)),
        }
    )
    path = write(tmp_path / "in.parquet", table)
    fails(tmp_path, path, parts=("instant", "clock", "wide", "--sql"), code=2)
    assert load(tmp_path, path, "--sql", "SELECT id FROM chunk")["rows"] == 1
    path = write(tmp_path / "ns.parquet", pa.table({"id": pa.array([1]), "at": pa.array([1_001], pa.timestamp("ns"))}))
    fails(tmp_path, path, parts=("ns.parquet", "at", "microsecond"), table="db.ns")
    assert scan(tmp_path, "db.ns").num_rows == 0
    cut = 'SELECT id, CAST("at" AS TIMESTAMP) AS "at" FROM chunk'
    assert load(tmp_path, path, "--sql", cut, table="db.ns")["rows"] == 1
    duckdb = pytest.importorskip("duckdb")
    duckdb.sql("SELECT 1 AS id, INTERVAL 1 DAY AS lasted").write_parquet(str(tmp_path / "i.parquet"))
    fails(tmp_path, tmp_path / "i.parquet", parts=("lasted", "INTERVAL", "leave it out"), code=2, table="db.i")


def test_types_of_duckdb(tmp_path):
    duckdb = pytest.importorskip("duckdb")
    path = tmp_path / "in.parquet"
    duckdb.sql("CREATE TYPE mood AS ENUM ('sad', 'ok')")
    duckdb.sql(
        """SELECT 1 AS id, '{"a":1}'::JSON AS j, 'ok'::mood AS e, [1, 2]::INTEGER[2] AS a, TIMESTAMP_S '2020-01-01' AS s,
        INTERVAL 1 DAY AS gap, '10:00:00+02'::TIMETZ AS tz, union_value(k := 1) AS either, 'Ω' AS "a ""Ö"" it's"
        """
    ).write_parquet(str(path))
    fails(tmp_path, path, parts=("either", "--sql"), code=2)
    fails(tmp_path, path, "--sql", "SELECT * EXCLUDE (tz) FROM chunk", parts=("gap", "INTERVAL"), code=2)
    fails(tmp_path, path, "--sql", "SELECT * EXCLUDE (gap) FROM chunk", parts=("tz", "TIME"), code=2)
    load(tmp_path, path, "--sql", "SELECT * EXCLUDE (gap, tz) FROM chunk")
    row = scan(tmp_path).to_pylist()[0]
    assert row.pop("s") == dt.datetime(2020, 1, 1)
    assert row == {"id": 1, "j": '{"a":1}', "e": "ok", "a": [1, 2], "a_Ö_it_s": "Ω"}


def test_the_types_of_a_table_that_is_there_lead(tmp_path):
    first = pa.table(
        {
            "id": pa.array([1], pa.int32()),
            "n": pa.array([1], pa.int64()),
            "d": pa.array([decimal.Decimal("1.50")], pa.decimal128(10, 4)),
            "x": pa.array([0.5]),
            "s": pa.array(["a"]),
        }
    )
    load(tmp_path, write(tmp_path / "1.parquet", first))
    fits = pa.table(
        {
            "ID": pa.array([2**31 - 1], pa.int64()),
            "n": pa.array([2**63 - 1], pa.uint64()),
            "d": pa.array([decimal.Decimal("2.50")], pa.decimal128(30, 2)),
            "x": pa.nulls(1),
            "s": pa.nulls(1),
        }
    )
    load(tmp_path, write(tmp_path / "2.parquet", fits))
    got = rows_of(scan(tmp_path))[1]
    assert got == {"id": 2**31 - 1, "n": 2**63 - 1, "d": decimal.Decimal("2.5000"), "x": None, "s": None}
    for column, value in (
        ("id", pa.array([2**31], pa.int64())),
        ("n", pa.array([2**63], pa.uint64())),
        ("d", pa.array([decimal.Decimal("1234567.00")], pa.decimal128(30, 2))),
    ):
        path = write(tmp_path / f"over-{column}.parquet", pa.table({column: value}))
        fails(tmp_path, path, parts=(path.name, column), code=1)
    for column, value, kind in (
        ("id", pa.array(["1"]), "string"),
        ("x", pa.array([decimal.Decimal("1.1")]), "decimal"),
        ("d", pa.array([decimal.Decimal("1.00001")], pa.decimal128(10, 5)), "decimal(10, 5)"),
        ("s", pa.array([b"a"]), "binary"),
        ("n", pa.array([1.0]), "double"),
    ):
        path = write(tmp_path / f"other-{column}.parquet", pa.table({column: value}))
        fails(tmp_path, path, parts=(column, kind, "cast it"), code=2)
    path = write(tmp_path / "more.parquet", pa.table({"id": pa.array([5], pa.int32()), "more": ["x"]}))
    fails(tmp_path, path, parts=("no column more",), code=2)
    load(tmp_path, path, "--evolve", "add-columns")
    assert [row["id"] for row in rows_of(scan(tmp_path))] == [1, 5, 2**31 - 1]


def test_one_table_from_csv_and_parquet(tmp_path):
    (tmp_path / "a.csv").write_text("Trip Id,Fare Amount\n1,2.5\n")
    load(tmp_path, tmp_path / "a.csv")
    path = write(tmp_path / "b.parquet", pa.table({"Trip Id": pa.array([2]), "Fare Amount": pa.array([3.5])}))
    load(tmp_path, path)
    assert rows_of(scan(tmp_path), "trip_id") == [
        {"trip_id": 1, "fare_amount": 2.5},
        {"trip_id": 2, "fare_amount": 3.5},
    ]


def test_settings_of_csv(tmp_path):
    path = write(tmp_path / "in.parquet", many_rows(10))
    fails(tmp_path, path, "--column", "id=VARCHAR", parts=("--column", "--sql"), code=2)
    fails(tmp_path, path, "--all-varchar", parts=("--all-varchar",), code=2)
    done = calve("run", path, "--table", "db.t", "--delimiter", ";", cwd=tmp_path)
    assert done.code == 0 and "do not apply" in done.err, done


@pytest.mark.parametrize("how", ["cut", "half", "magic", "length", "footer", "encrypted", "short"])
def test_a_broken_file_is_refused_by_name(how, tmp_path):
    path = write(tmp_path / "in.parquet", many_rows(1_000))
    whole = path.read_bytes()
    length = int.from_bytes(whole[-8:-4], "little")
    path.write_bytes(
        {
            "cut": whole[:-1],
            "half": whole[: len(whole) // 2],
            "magic": whole[:-4] + b"PAR2",
            "length": whole[:-8] + (2**31).to_bytes(4, "little") + b"PAR1",
            "footer": whole[: -8 - length] + b"\x15" * length + whole[-8:],
            "encrypted": b"PARE" + whole[4:-4] + b"PARE",
            "short": b"PAR1PAR1",
        }[how]
    )
    fails(tmp_path, path, parts=("in.parquet",))
    leaves_nothing(tmp_path / "warehouse")


@pytest.mark.parametrize("codec", ["snappy", "zstd", "gzip", "none"])
def test_a_corrupt_page_fails_the_load_and_the_next_goes_on(codec, tmp_path):
    path = write(tmp_path / "bad.parquet", many_rows(20_000), row_group_size=5_000, compression=codec)
    group = pq.ParquetFile(path).metadata.row_group(2).column(0)
    start = group.dictionary_page_offset or group.data_page_offset
    content = bytearray(path.read_bytes())
    content[start : start + 200] = b"\xff" * 200
    path.write_bytes(content)
    fails(tmp_path, path, "--chunk-size", "1", "--threads", "1", parts=("bad.parquet", "corrupt"))
    assert scan(tmp_path).num_rows == 0 and snapshots(tmp_path) == 0
    good = write(tmp_path / "good.parquet", many_rows(100))
    done = calve("run", path, good, "--table", "db.t", "--format", "json", cwd=tmp_path)
    assert [entry["status"] for entry in done.json()["loads"]] == ["failed", "committed"]
    assert rows_of(scan(tmp_path)) == rows_of(many_rows(100))


def test_killed_and_resumed(tmp_path):
    truth = many_rows(200_000)
    path = write(tmp_path / "in.parquet", truth, row_group_size=5_000)
    command = [CALVE, "run", str(path), "--table", "db.t", "--chunk-size", "1", "--format", "json"]
    killed = 0
    for files in (5, 20, 60):
        process = subprocess.Popen(
            command, cwd=tmp_path, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        while process.poll() is None:
            # os.walk passes over folders that vanish meanwhile.
            if sum(len(names) for _, _, names in os.walk(tmp_path / "warehouse")) >= files:
                process.send_signal(signal.SIGKILL)
                killed += process.wait() == -signal.SIGKILL
                break
            time.sleep(0.001)
    summary = load(tmp_path, path, "--chunk-size", "1")
    assert (summary["rows"], summary["chunks"]) == (200_000, 40)
    assert killed > 0
    assert snapshots(tmp_path) == 1
    assert scan(tmp_path).sort_by("id").equals(truth.cast(scan(tmp_path).schema))


def test_a_failed_load_by_chunks_goes_on_in_the_same_places(tmp_path):
    table = pa.table(
        {"id": pa.array(range(4_000), pa.int64()), "n": pa.array([2**40 * (i == 2_500) for i in range(4_000)])}
    )
    path = write(tmp_path / "in.parquet", table, row_group_size=1_000)
    narrow = "SELECT id, CAST(n AS INTEGER) AS n FROM chunk"
    by_chunk = ("--commit", "chunk", "--chunk-size", "1", "--threads", "1")
    fails(tmp_path, path, *by_chunk, "--sql", narrow, parts=("in.parquet",))
    wide = "SELECT id, CAST(least(n, 7) AS INTEGER) AS n FROM chunk"
    summary = load(tmp_path, path, "--commit", "chunk", "--sql", wide)
    assert (summary["chunks"], summary["rows"]) == (4, 4_000)
    assert sorted(scan(tmp_path)["id"].to_pylist()) == list(range(4_000))


def test_a_replaced_source_is_no_mixture(tmp_path):
    path = write(tmp_path / "in.parquet", many_rows(20_000), row_group_size=1_000)
    first = load(tmp_path, path, "--chunk-size", "1")
    write(path, many_rows(20_000, 20_000), row_group_size=1_000)
    second = load(tmp_path, path, "--chunk-size", "1")
    assert first["load_id"] != second["load_id"]
    assert scan(tmp_path).num_rows == 40_000


def test_a_worker_loads_parquet_and_puts_what_it_cannot_read_to_the_dead_letters(tmp_path):
    (tmp_path / "in").mkdir()
    write(tmp_path / "in" / "a.parquet", many_rows(500))
    (tmp_path / "in" / "b.parquet").write_bytes(b"\x1f\x8b" + b"x" * 100)
    sent = calve("backfill", "in", "--table", "db.t", "--format", "json", cwd=tmp_path)
    assert len(sent.json()["sources"]) == 2
    worker = subprocess.run(
        [CALVE, "worker", "--table", "db.t", "--until-empty"],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert worker.returncode == 0, worker.stderr
    errors = [line["msg"] for line in map(json.loads, worker.stderr.splitlines()) if line["level"] == "error"]
    assert len(errors) == 1 and "gzip" in errors[0], errors
    assert rows_of(scan(tmp_path)) == rows_of(many_rows(500))


def test_damaged_pages_are_seen(tmp_path):
    """A byte of a page that has a checksum; a number of values that is not the pages'."""
    table = pa.table({"id": list(range(5000)), "name": [f"name {i % 50}" for i in range(5000)]})
    path = tmp_path / "sound.parquet"
    pq.write_table(table, path, write_page_checksum=True, compression="none", data_page_size=4096)
    assert load(tmp_path, path)["rows"] == 5000
    meta = pq.ParquetFile(path).metadata.row_group(0)
    data = path.read_bytes()
    for number, column in ((0, "id"), (1, "name")):
        chunk = meta.column(number)
        first = chunk.dictionary_page_offset or chunk.data_page_offset
        middle = first + chunk.total_compressed_size // 2
        damaged = tmp_path / f"damaged-{column}.parquet"
        damaged.write_bytes(data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :])
        fails(tmp_path, damaged, parts=("row group 0", f"column {column}", "checksum", "page "))
    # Without checksums: the first data page says one value less (its count is the only such varint before the data).
    plain = tmp_path / "plain.parquet"
    pq.write_table(table.select(["id"]), plain, compression="none", use_dictionary=False, data_page_size=1 << 20)
    data = plain.read_bytes()
    count = bytes([0x15, 0x90, 0x4E])  # an i32 field: 5000, zigzag
    assert data.count(count, 0, 64) == 1
    lying = tmp_path / "lying.parquet"
    lying.write_bytes(data.replace(count, bytes([0x15, 0x8E, 0x4E]), 1))
    fails(tmp_path, lying, parts=("column id", "4999 values", "5000"))
