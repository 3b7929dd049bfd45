"""A small table for the tests of foreign tables: its rows, as a CSV file, as Arrow, as Spark's VALUES, and as each reader
gives them back."""

import csv
import datetime as dt
from decimal import Decimal

import pyarrow as pa
from pyiceberg.schema import Schema
from pyiceberg.types import (
    BooleanType,
    DateType,
    DecimalType,
    DoubleType,
    IntegerType,
    LongType,
    NestedField,
    StringType,
    TimestampType,
)

TABLE = "lab.events"
COLUMNS = ("id", "name", "amount", "seen_at", "day", "ok", "ratio", "pieces")
ICEBERG_SCHEMA = Schema(
    NestedField(1, "id", LongType(), required=True),
    NestedField(2, "name", StringType()),
    NestedField(3, "amount", DecimalType(9, 2)),
    NestedField(4, "seen_at", TimestampType()),
    NestedField(5, "day", DateType()),
    NestedField(6, "ok", BooleanType()),
    NestedField(7, "ratio", DoubleType()),
    NestedField(8, "pieces", IntegerType()),
)
SPARK_COLUMNS = (
    "id BIGINT NOT NULL, name STRING, amount DECIMAL(9, 2), seen_at TIMESTAMP_NTZ, day DATE, ok BOOLEAN, "
    "ratio DOUBLE, pieces INT"
)
NAMES = ("Ada", "Bo, with a comma", 'C "quoted"', "Dvořák", "Éva", "漢字テスト", "")


def make_rows(start, stop):
    """Rows with the ids from start to stop: years on both sides of 1970, negative numbers, text of several scripts."""
    rows = []
    for i in range(start, stop):
        moment = dt.datetime(1968, 11, 3, 22, 41, 7) + dt.timedelta(days=i * 97, seconds=i * 5003)
        rows.append(
            {
                "id": i,
                "name": NAMES[i % 7] or None,
                "amount": Decimal(i * 173 % 20011 - 5000) / 100,
                "seen_at": moment,
                "day": moment.date(),
                "ok": i % 3 == 0,
                "ratio": (i - 40) / 8,
                "pieces": None if i % 11 == 5 else i * 31 % 1000 - 200,
            }
        )
    return rows


def write_csv(path, rows):
    """Nulls as empty fields."""
    with open(path, "w", newline="", encoding="utf-8") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(COLUMNS)
        for row in rows:
            values = dict(row, ok="true" if row["ok"] else "false", seen_at=row["seen_at"].isoformat(" "))
            out.writerow("" if values[name] is None else values[name] for name in COLUMNS)
    return path


def to_arrow(rows, schema=ICEBERG_SCHEMA):
    return pa.Table.from_pylist(rows, schema=schema.as_arrow())


def to_spark_values(rows):
    def literal(value):
        if value is None:
            return "NULL"
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, dt.datetime):
            return f"TIMESTAMP_NTZ '{value.isoformat(' ')}'"
        if isinstance(value, dt.date):
            return f"DATE '{value}'"
        if isinstance(value, float):
            return f"{value!r}D"
        return f"'{value}'" if isinstance(value, str) else str(value)

    return ", ".join("(" + ", ".join(literal(row[name]) for name in COLUMNS) + ")" for row in rows)


def expected(rows):
    """The rows as `contents` gives them."""
    return [
        (
            row["id"], row["name"], int(row["amount"] * 100), row["seen_at"].isoformat(" "), str(row["day"]), row["ok"],
            row["ratio"], row["pieces"],
        )
        for row in rows
    ]  # fmt: skip


def contents(reader):
    """All rows of the table by id, in the same plain values from every reader."""
    if reader.name == "pyiceberg":
        rows = reader.scan(TABLE).to_arrow().to_pylist()
        return expected(sorted(rows, key=lambda row: row["id"]))
    if reader.name == "spark":
        columns = (
            "id, name, cast(amount * 100 AS bigint), date_format(seen_at, 'yyyy-MM-dd HH:mm:ss'), cast(day AS string), "
            "ok, ratio, pieces"
        )
        return [tuple(row) for row in reader.sql(f"SELECT {columns} FROM `default`.{TABLE} ORDER BY id")]
    columns = (
        "id, name, CAST(amount * 100 AS BIGINT), strftime(seen_at, '%Y-%m-%d %H:%M:%S'), CAST(day AS VARCHAR), ok, "
        "ratio, pieces"
    )
    rows = reader.scalar(TABLE, f"list(({columns}) ORDER BY id)")
    return [tuple(row) for row in rows]
