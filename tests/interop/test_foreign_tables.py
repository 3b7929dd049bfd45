"""calve appends to tables that PyIceberg and Spark made, and these still read them and append again."""

import datetime as dt
import gzip
import sqlite3
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from duckdb_read import metadata_location
from events import (
    ICEBERG_SCHEMA,
    SPARK_COLUMNS,
    TABLE,
    contents,
    expected,
    make_rows,
    to_arrow,
    to_spark_values,
    write_csv,
)
from pyiceberg.io.pyarrow import schema_to_pyarrow
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.transforms import (
    BucketTransform,
    DayTransform,
    HourTransform,
    IdentityTransform,
    MonthTransform,
    TruncateTransform,
    VoidTransform,
    YearTransform,
)
from pyiceberg.types import DecimalType, IntegerType, LongType, NestedField, StringType
from pyiceberg_read import PyIceberg

BEFORE, OURS, AFTER, OURS_AGAIN = make_rows(0, 6), make_rows(6, 48), make_rows(48, 54), make_rows(54, 70)
FIELD_IDS = {field.name: field.field_id for field in ICEBERG_SCHEMA.fields}

PYICEBERG_PARTITIONS = {
    "unpartitioned": [],
    "identity-text": [("name", IdentityTransform())],
    "identity-boolean": [("ok", IdentityTransform())],
    "identity-date": [("day", IdentityTransform())],
    "identity-decimal": [("amount", IdentityTransform())],
    "bucket-long": [("id", BucketTransform(4))],
    "bucket-text": [("name", BucketTransform(3))],
    "bucket-date": [("day", BucketTransform(5))],
    "bucket-decimal": [("amount", BucketTransform(5))],
    "bucket-timestamp": [("seen_at", BucketTransform(5))],
    "truncate-text": [("name", TruncateTransform(2))],
    "truncate-long": [("id", TruncateTransform(50))],
    "truncate-int": [("pieces", TruncateTransform(100))],
    "truncate-decimal": [("amount", TruncateTransform(5000))],
    "year": [("seen_at", YearTransform())],
    "month": [("seen_at", MonthTransform())],
    "day": [("seen_at", DayTransform())],
    "day-of-date": [("day", DayTransform())],
    "hour": [("seen_at", HourTransform())],
    "void": [("name", VoidTransform())],
    "two-fields": [("ok", IdentityTransform()), ("seen_at", YearTransform())],
}
# DuckDB 1.5.5 prunes files wrongly here, in tables that PyIceberg alone has written too: dates before 1970 under month
# and day, negative decimals under truncate (an internal error). It is asked for everything, but not to filter.
DUCKDB_CANNOT_FILTER = {"month", "day", "truncate-decimal"}
SPARK_PARTITIONS = {
    "unpartitioned": "",
    "identity": "name",
    "bucket": "bucket(4, id)",
    "bucket-text": "bucket(3, name)",
    "truncate": "truncate(2, name)",
    "truncate-int": "truncate(100, pieces)",
    "years": "years(seen_at)",
    "months": "months(day)",
    "days": "days(seen_at)",
    "hours": "hours(seen_at)",
    "two-fields": "ok, years(seen_at)",
}


class PyIcebergTable:
    """The table in PyIceberg's hands."""

    def __init__(self, warehouse):
        self.reader = PyIceberg(warehouse)
        self.reader.catalog.create_namespace_if_not_exists("lab")

    def create(self, partitions=(), schema=ICEBERG_SCHEMA, **properties):
        fields = [
            PartitionField(schema.find_field(name).field_id, 1000 + i, transform, f"{name}_{transform}"[:9] + str(i))
            for i, (name, transform) in enumerate(partitions)
        ]
        settings = {key.replace("_", "."): value for key, value in properties.items()}
        return self.reader.catalog.create_table(
            TABLE, schema=schema, partition_spec=PartitionSpec(*fields), properties=settings
        )

    def append(self, rows):
        table = self.reader.table(TABLE)
        table.append(to_arrow(rows, table.schema()))


class SparkTable:
    """The table in Spark's hands."""

    def __init__(self, spark):
        self.reader = spark
        spark.sql("CREATE NAMESPACE IF NOT EXISTS `default`.lab")

    def create(self, partitions="", columns=SPARK_COLUMNS, **properties):
        settings = ", ".join(
            f"'{key.replace('__', '-').replace('_', '.')}'='{value}'" for key, value in properties.items()
        )
        self.reader.sql(
            f"CREATE TABLE `default`.{TABLE} ({columns}) USING iceberg"
            + (f" PARTITIONED BY ({partitions})" if partitions else "")
            + (f" TBLPROPERTIES ({settings})" if settings else "")
        )

    def append(self, rows):
        self.reader.sql(f"INSERT INTO `default`.{TABLE} VALUES {to_spark_values(rows)}")


def load(calve, tmp_path, name, rows):
    """calve appends the rows from a CSV file, whole."""
    summary = calve.load(write_csv(tmp_path / name, rows), TABLE)
    assert (summary["rows"], summary["quarantined"]) == (len(rows), 0)


def appended_in_turns(owner, calve, tmp_path):
    """The table's owner, calve, the owner and calve append; after each turn the owner reads everything."""
    so_far = []
    turns = (
        (BEFORE, owner.append),
        (OURS, lambda rows: load(calve, tmp_path, "ours.csv", rows)),
        (AFTER, owner.append),
        (OURS_AGAIN, lambda rows: load(calve, tmp_path, "again.csv", rows)),
    )
    for rows, append in turns:
        append(rows)
        so_far += rows
        assert contents(owner.reader) == expected(so_far)
    return so_far


def expect_totals(warehouse, rows):
    """The summaries of all snapshots, calve's among them, go on from one another."""
    table = PyIceberg(warehouse).table(TABLE)
    snapshots = sorted(table.metadata.snapshots, key=lambda s: (s.sequence_number or 0, s.timestamp_ms))
    total = 0
    for before, snapshot in zip([None, *snapshots], snapshots, strict=False):
        summary = snapshot.summary.additional_properties
        total += int(summary["added-records"])
        assert int(summary["total-records"]) == total
        assert snapshot.parent_snapshot_id == (before.snapshot_id if before else None)
    assert total == len(rows)


def expect_partition_values(warehouse):
    """The partition of every data file, held against PyIceberg's transforms of the values in the file."""
    table = PyIceberg(warehouse).table(TABLE)
    for task in table.scan().plan_files():
        file = task.file
        data = pq.read_table(file.file_path.removeprefix("file://"))
        for i, field in enumerate(table.spec().fields):
            if isinstance(field.transform, VoidTransform):
                assert file.partition[i] is None
                continue
            source = table.schema().find_field(field.source_id)
            column = data[source.name].cast(schema_to_pyarrow(source.field_type)).combine_chunks()
            (value,) = set(field.transform.pyarrow_transform(source.field_type)(column).to_pylist())
            assert file.partition[i] == plain(value), f"{field.name} of {file.file_path}"


def plain(value):
    """Dates stand as days since 1970 in a partition."""
    return (value - dt.date(1970, 1, 1)).days if isinstance(value, dt.date) else value


def expect_filters(reader, rows):
    """Filters on every column that a partition may come from: a wrong partition value or bound hides rows."""
    moment = "timestamp " if reader.name != "pyiceberg" else ""
    day = "date " if reader.name != "pyiceberg" else ""
    filters = {}
    for row in rows[3::19]:
        name, pieces = row["name"], row["pieces"]
        filters |= {
            f"id = {row['id']}": 1,
            f"seen_at = {moment}'{row['seen_at'].isoformat()}'": 1,
            f"day = {day}'{row['day']}'": sum(r["day"] == row["day"] for r in rows),
            f"seen_at > {moment}'{row['seen_at'].isoformat()}'": sum(r["seen_at"] > row["seen_at"] for r in rows),
            f"amount = {row['amount']:.2f}": sum(r["amount"] == row["amount"] for r in rows),
            f"ok = {str(row['ok']).lower()}": sum(r["ok"] == row["ok"] for r in rows),
            "name is null" if name is None else f"name = '{name}'": sum(r["name"] == name for r in rows),
            "pieces is null" if pieces is None else f"pieces = {pieces}": sum(r["pieces"] == pieces for r in rows),
        }
    assert dict(zip(filters, reader.counts(TABLE, filters), strict=True)) == filters


@pytest.mark.parametrize("partitions", PYICEBERG_PARTITIONS)
def test_pyiceberg_table(partitions, calve, warehouse, tmp_path, open_reader):
    owner = PyIcebergTable(warehouse)
    owner.create(PYICEBERG_PARTITIONS[partitions])
    rows = appended_in_turns(owner, calve, tmp_path)
    expect_totals(warehouse, rows)
    expect_partition_values(warehouse)
    expect_filters(owner.reader, rows)
    duckdb = open_reader("duckdb", warehouse)
    assert contents(duckdb) == expected(rows)
    if partitions not in DUCKDB_CANNOT_FILTER:
        expect_filters(duckdb, rows)


@pytest.mark.parametrize("partitions", ["unpartitioned", "bucket-long", "day", "void"])
def test_pyiceberg_table_of_version_1(partitions, calve, warehouse, tmp_path):
    owner = PyIcebergTable(warehouse)
    table = owner.create(PYICEBERG_PARTITIONS[partitions], **{"format-version": "1"})
    assert table.metadata.format_version == 1
    rows = appended_in_turns(owner, calve, tmp_path)
    assert owner.reader.table(TABLE).metadata.format_version == 1
    expect_totals(warehouse, rows)
    expect_filters(owner.reader, rows)


@pytest.mark.parametrize(
    ("partitions", "version"),
    [(name, "2") for name in SPARK_PARTITIONS] + [(name, "1") for name in ("unpartitioned", "bucket", "days")],
)
def test_spark_table(partitions, version, calve, warehouse, tmp_path, spark):
    owner = SparkTable(spark)
    owner.create(SPARK_PARTITIONS[partitions], format__version=version)
    rows = appended_in_turns(owner, calve, tmp_path)
    expect_totals(warehouse, rows)
    expect_filters(owner.reader, rows)
    assert contents(PyIceberg(warehouse)) == expected(rows)


def test_spark_table_of_version_1_whose_partition_was_dropped(calve, warehouse, tmp_path, spark):
    """In version 1 a dropped partition field stays, as void."""
    owner = SparkTable(spark)
    owner.create("name, days(seen_at)", format__version="1")
    owner.append(make_rows(1000, 1005))
    spark.sql(f"ALTER TABLE `default`.{TABLE} DROP PARTITION FIELD name")
    spec = PyIceberg(warehouse).table(TABLE).spec()
    assert any(isinstance(field.transform, VoidTransform) for field in spec.fields)
    load(calve, tmp_path, "ours.csv", OURS)
    assert contents(spark) == expected(OURS + make_rows(1000, 1005))


def evolve_with_pyiceberg(owner):
    """A table whose columns were renamed, dropped, added, widened and moved after rows had been written."""
    old = Schema(
        NestedField(1, "label", StringType()),
        NestedField(2, "gone", StringType()),
        NestedField(3, "id", IntegerType(), required=True),
        NestedField(4, "amount", DecimalType(7, 2)),
        *[field for field in ICEBERG_SCHEMA.fields if field.name in ("day", "ok", "ratio")],
        NestedField(9, "seen_at", ICEBERG_SCHEMA.find_field("seen_at").field_type),
    )
    table = owner.create((), schema=old)
    first = [
        {"label" if key == "name" else key: value for key, value in row.items() if key != "pieces"} | {"gone": "x"}
        for row in BEFORE
    ]
    table.append(to_arrow(first, table.schema()))
    with table.update_schema() as update:
        update.rename_column("label", "name")
        update.delete_column("gone")
        update.update_column("id", LongType())
        update.update_column("amount", DecimalType(9, 2))
        update.add_column("pieces", IntegerType())
        update.move_first("id")
    with table.update_spec() as update:
        update.add_field("seen_at", YearTransform(), "seen_year")
    return [row | {"pieces": None} for row in BEFORE]


def test_pyiceberg_table_that_evolved(calve, warehouse, tmp_path, open_reader):
    owner = PyIcebergTable(warehouse)
    rows = evolve_with_pyiceberg(owner)
    for name, more in (("ours.csv", OURS), ("again.csv", OURS_AGAIN)):
        load(calve, tmp_path, name, more)
        rows = rows + more
        assert contents(owner.reader) == expected(rows)
    owner.append(AFTER)
    rows = sorted(rows + AFTER, key=lambda row: row["id"])
    for reader in ("pyiceberg", "duckdb"):
        assert contents(open_reader(reader, warehouse)) == expected(rows)
        expect_filters(open_reader(reader, warehouse), rows)


def test_spark_table_that_evolved(calve, warehouse, tmp_path, spark):
    owner = SparkTable(spark)
    owner.create(
        "days(seen_at)",
        columns="label STRING, gone STRING, id INT NOT NULL, amount DECIMAL(7, 2), seen_at TIMESTAMP_NTZ, day DATE, ok BOOLEAN, ratio DOUBLE",
    )
    values = to_spark_values(BEFORE)
    spark.sql(
        f"INSERT INTO `default`.{TABLE} SELECT col2, 'x', cast(col1 AS int), col3, col4, col5, col6, col7 FROM VALUES {values}"
    )
    for change in (
        "RENAME COLUMN label TO name",
        "DROP COLUMN gone",
        "ALTER COLUMN id TYPE bigint",
        "ALTER COLUMN amount TYPE decimal(9, 2)",
        "ADD COLUMN pieces int",
        "ALTER COLUMN id FIRST",
        "REPLACE PARTITION FIELD days(seen_at) WITH bucket(3, id)",
    ):
        spark.sql(f"ALTER TABLE `default`.{TABLE} {change}")
    load(calve, tmp_path, "ours.csv", OURS)
    rows = [row | {"pieces": None} for row in BEFORE] + OURS
    assert contents(spark) == expected(rows)
    owner.append(AFTER)
    rows += AFTER
    assert contents(spark) == expected(rows)
    assert contents(PyIceberg(warehouse)) == expected(rows)
    expect_filters(PyIceberg(warehouse), rows)


def is_gzip(path):
    return Path(path).read_bytes()[:2] == b"\x1f\x8b"


def test_spark_table_with_compressed_metadata(calve, warehouse, tmp_path, spark):
    owner = SparkTable(spark)
    owner.create("days(seen_at)", write_metadata_compression__codec="gzip")
    assert is_gzip(metadata_location(warehouse, TABLE))
    appended_in_turns(owner, calve, tmp_path)


def test_compressed_metadata_of_any_writer(calve, warehouse, tmp_path):
    """The table's metadata file as some other writer may have left it: gzip, and named so."""
    owner = PyIcebergTable(warehouse)
    owner.create([("seen_at", MonthTransform())])
    owner.append(BEFORE)
    plain = Path(metadata_location(warehouse, TABLE))
    packed = plain.with_name(plain.name.replace(".metadata.json", ".gz.metadata.json"))
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    repoint(warehouse, packed)
    load(calve, tmp_path, "ours.csv", OURS)
    assert contents(PyIceberg(warehouse)) == expected(BEFORE + OURS)


def repoint(warehouse, location):
    with sqlite3.connect(warehouse / "catalog.db") as catalog:
        catalog.execute("UPDATE iceberg_tables SET metadata_location = ?", (f"file://{location}",))


def test_a_table_that_calve_made_goes_on_in_other_hands(calve, warehouse, tmp_path, spark, open_reader):
    """PyIceberg and Spark append to, delete from and evolve what calve created; calve goes on from there."""
    types = ["--column", "amount=DECIMAL(9,2)"]
    calve.load(write_csv(tmp_path / "first.csv", OURS), TABLE, "--partition-by", "year(seen_at)", *types)
    table = PyIceberg(warehouse).table(TABLE)
    table.append(to_arrow([dict(row) for row in BEFORE], table.schema()).cast(table.schema().as_arrow()))
    spark.sql(f"DELETE FROM `default`.{TABLE} WHERE id < 4")
    spark.sql(f"ALTER TABLE `default`.{TABLE} ADD COLUMN note string")
    load(calve, tmp_path, "again.csv", OURS_AGAIN)
    rows = BEFORE[4:] + OURS + OURS_AGAIN
    for reader in ("pyiceberg", "spark"):
        assert contents(open_reader(reader, warehouse)) == expected(rows)
