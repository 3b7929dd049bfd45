#!/usr/bin/env python3
"""Lets PyIceberg and fastavro judge manifests: what calve appends they read, what PyIceberg appends calve reads.

usage: check_avro.py AVRO_TOOL           (the program built from avro_tool.cc)
needs: pyiceberg[sql-sqlite,pyarrow], fastavro; pyiceberg-core if it is there
"""

import datetime as dt
import decimal
import importlib.util
import json
import os
import random
import struct
import subprocess
import sys
import tempfile
import uuid

import fastavro
import pyarrow as pa
import pyarrow.parquet as pq
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.expressions import EqualTo, GreaterThan, IsNull
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
    YearTransform,
)
from pyiceberg.types import (
    BinaryType,
    BooleanType,
    DateType,
    DecimalType,
    DoubleType,
    LongType,
    NestedField,
    StringType,
    TimestampType,
    UUIDType,
)

SCHEMA = Schema(
    NestedField(1, "id", LongType()),
    NestedField(2, "flag", BooleanType()),
    NestedField(3, "fare (usd)", DecimalType(9, 2)),
    NestedField(4, "on", DateType()),
    NestedField(5, "at", TimestampType()),
    NestedField(6, "name", StringType()),
    NestedField(7, "key", UUIDType()),
    NestedField(8, "raw", BinaryType()),
    NestedField(9, "x", DoubleType()),
)
SPECS = {
    "plain": [],
    "days": [(5, DayTransform()), (4, YearTransform())],
    "hours": [(5, HourTransform()), (4, MonthTransform())],
    "values": [(2, IdentityTransform()), (3, IdentityTransform()), (4, IdentityTransform())],
    "keys": [(7, IdentityTransform()), (2, IdentityTransform())],
    "hashes": [(1, BucketTransform(4)), (6, BucketTransform(3)), (3, BucketTransform(5)), (7, BucketTransform(7))],
    "cuts": [
        (6, TruncateTransform(2)),
        (1, TruncateTransform(10)),
        (3, TruncateTransform(50)),
        (8, TruncateTransform(1)),
    ],
}
# The specs that PyIceberg itself can write; those with transforms need pyiceberg-core.
THEY_WRITE = {"plain", "values"} | (
    {"days", "hours", "hashes"} if importlib.util.find_spec("pyiceberg_core") else set()
)
EPOCH = dt.datetime(1970, 1, 1)


def row(rng, i):
    return {
        "id": rng.choice([None, i, -i]),
        "flag": rng.choice([None, True, False]),
        "fare (usd)": rng.choice([None, decimal.Decimal(rng.randrange(-9999, 9999)).scaleb(-2)]),
        "on": rng.choice([None, dt.date(1965, 1, 1) + dt.timedelta(days=rng.randrange(4000))]),
        "at": rng.choice([None, EPOCH + dt.timedelta(microseconds=rng.randrange(-(10**14), 10**14))]),
        "name": rng.choice([None, "", "né" * rng.randrange(4), "z/ü=%"]),
        "key": rng.choice([None, uuid.UUID(int=rng.getrandbits(128)).bytes]),
        "raw": rng.choice([None, bytes([rng.randrange(256), 0, 255])]),
        "x": rng.choice([None, float("nan"), -0.0, rng.random()]),
    }


def literal(value, transform_type):  # noqa: PLR0911
    """A partition value as calve's ledger writes it."""
    if value is None:
        return None
    if isinstance(value, bool):
        return {"boolean": value}
    if isinstance(value, decimal.Decimal):
        unscaled = int(value.scaleb(2))
        length = (unscaled + (unscaled < 0)).bit_length() // 8 + 1
        return {"decimal": unscaled.to_bytes(length, "big", signed=True).hex()}
    if isinstance(value, uuid.UUID):
        return {"bytes": value.bytes.hex()}
    if isinstance(value, bytes):
        return {"bytes": value.hex()}
    if isinstance(value, str):
        return {"string": value}
    if isinstance(value, int):
        return {"long" if transform_type == "long" else "int": value}
    raise AssertionError(f"no literal for {value!r}")


class Judge:
    def __init__(self, tool, folder):
        self.tool = tool
        self.folder = folder
        self.warehouse = os.path.join(folder, "warehouse")
        os.makedirs(self.warehouse)
        self.db = os.path.join(self.warehouse, "catalog.db")
        self.catalog = SqlCatalog("default", uri=f"sqlite:///{self.db}", warehouse=f"file://{self.warehouse}")
        self.catalog.create_namespace("n")
        self.rng = random.Random(7)

    def calve(self, *args):
        done = subprocess.run(
            [self.tool, self.db, self.warehouse, *args], capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, f"{args}: exit {done.returncode}: {done.stdout}{done.stderr}"
        return done.stdout.strip()

    def create(self, name, fields, version, properties):
        spec = PartitionSpec(
            *(PartitionField(source, 1000 + i, transform, f"p-{i}") for i, (source, transform) in enumerate(fields))
        )
        return self.catalog.create_table(
            f"n.{name}", SCHEMA, partition_spec=spec, properties={"format-version": str(version), **properties}
        )

    def write_files(self, table, rows):
        """One Parquet file per partition; returns them as the ledger would hold them."""
        groups = {}
        columns = {field.field_id: field for field in table.schema().fields}
        for record in rows:
            values = []
            for field in table.spec().fields:
                source = columns[field.source_id]
                value = record[source.name]
                if isinstance(source.field_type, UUIDType) and value is not None:
                    value = uuid.UUID(bytes=value)
                value = to_internal(value)
                values.append(field.transform.transform(source.field_type)(value))
            groups.setdefault(json.dumps([str(value) for value in values]), (values, []))[1].append(record)
        files = []
        for values, records in groups.values():
            path = os.path.join(self.warehouse, "n", f"{uuid.uuid4()}.parquet")
            os.makedirs(os.path.dirname(path), exist_ok=True)
            data = pa.Table.from_pylist(records, schema=schema_to_pyarrow(table.schema()))
            pq.write_table(data, path)
            files.append(self.describe(table, values, records, path))
        return files

    def describe(self, table, values, records, path):
        partition = []
        for field, value in zip(table.spec().fields, values, strict=True):
            source = table.schema().find_field(field.source_id)
            partition.append(literal(value, str(field.transform.result_type(source.field_type))))
        ids = sorted(record["id"] for record in records if record["id"] is not None)
        bounds = {"lower-bounds": {}, "upper-bounds": {}}
        if ids:
            bounds["lower-bounds"]["1"] = struct.pack("<q", ids[0]).hex()
            bounds["upper-bounds"]["1"] = struct.pack("<q", ids[-1]).hex()
        return {
            "content": 0,
            "file-path": f"file://{path}",
            "file-format": "PARQUET",
            "spec-id": table.spec().spec_id,
            "partition": partition,
            "record-count": len(records),
            "file-size-bytes": os.path.getsize(path),
            "column-sizes": {"1": 50},
            "value-counts": {"1": len(records)},
            "null-value-counts": {"1": sum(record["id"] is None for record in records)},
            "nan-value-counts": {"9": sum(record["x"] != record["x"] for record in records)},
            "split-offsets": [4],
            "sort-order-id": 0,
            **bounds,
        }


def to_internal(value):
    """A value as PyIceberg's transforms take it."""
    if isinstance(value, dt.datetime):
        return (value - EPOCH) // dt.timedelta(microseconds=1)
    if isinstance(value, dt.date):
        return (value - EPOCH.date()).days
    return value


def check_scan(table, rows):
    assert table.scan().to_arrow().num_rows == len(rows)
    ids = sorted(row["id"] for row in rows if row["id"] is not None)
    seen = table.scan(selected_fields=("id",)).to_arrow()["id"].to_pylist()
    assert sorted(i for i in seen if i is not None) == ids
    # Filters go through partitions, manifest summaries and bounds: a wrong one loses rows.
    for value in random.Random(1).sample(ids, min(6, len(ids))):
        assert table.scan(row_filter=EqualTo("id", value)).to_arrow().num_rows == ids.count(value)
    for name in ("name", "fare (usd)", "on", "at", "flag"):
        values = [row[name] for row in rows]
        nulls = table.scan(row_filter=IsNull(name)).to_arrow().num_rows
        assert nulls == values.count(None), (name, nulls)
        some = next(value for value in values if value is not None)
        literal_value = some.isoformat() if isinstance(some, dt.date) else some
        found = table.scan(row_filter=EqualTo(name, literal_value)).to_arrow().num_rows
        assert found == values.count(some), (name, some, found, values.count(some))
    late = dt.datetime(1970, 1, 1)
    after = table.scan(row_filter=GreaterThan("at", late.isoformat())).to_arrow().num_rows
    assert after == sum(row["at"] is not None and row["at"] > late for row in rows)


def check_fastavro(table):
    """Every manifest and the list decode with fastavro, with the header that the spec asks for."""
    snapshot = table.current_snapshot()
    with open(snapshot.manifest_list.removeprefix("file://"), "rb") as file:
        reader = fastavro.reader(file)
        manifests = list(reader)
        assert reader.metadata["snapshot-id"] == str(snapshot.snapshot_id)
        assert reader.metadata["format-version"] == str(table.format_version)
    count = 0
    for manifest in manifests:
        path = manifest["manifest_path"].removeprefix("file://")
        assert os.path.getsize(path) == manifest["manifest_length"]
        with open(path, "rb") as file:
            reader = fastavro.reader(file)
            entries = list(reader)
            header = reader.metadata
        assert isinstance(json.loads(header["partition-spec"]), list)
        assert Schema.model_validate_json(header["schema"]).fields == table.schema().fields
        assert header["partition-spec-id"] == str(manifest["partition_spec_id"])
        assert header["format-version"] == str(table.format_version)
        assert header.get("content") == ("data" if table.format_version == 2 else None)
        assert manifest["added_files_count"] == sum(entry["status"] == 1 for entry in entries)
        assert manifest["existing_files_count"] == sum(entry["status"] == 0 for entry in entries)
        count += len(entries)
    assert str(count) == snapshot.summary["total-data-files"], (count, snapshot.summary)


def ours_and_theirs(judge, spec_name, version, merge):
    """calve and PyIceberg append in turns to one table; both see everything."""
    name = f"{spec_name}_v{version}_{'merged' if merge else 'apart'}"
    properties = {
        "commit.manifest.min-count-to-merge": "3" if merge else "100",
        "commit.manifest-merge.enabled": str(merge).lower(),
    }
    table = judge.create(name, SPECS[spec_name], version, properties)
    rows = []
    for turn in range(5):
        more = [row(judge.rng, turn * 100 + i) for i in range(12)]
        if turn % 2 == 1 and spec_name in THEY_WRITE:
            table.append(pa.Table.from_pylist(more, schema=schema_to_pyarrow(table.schema())))
        else:
            path = os.path.join(judge.folder, "files.json")
            with open(path, "w", encoding="utf-8") as file:
                json.dump(judge.write_files(table, more), file)
            snapshot_id = int(judge.calve("append", f"n.{name}", path, f"calve.load-id=turn-{turn}"))
            table = table.refresh()
            snapshot = table.current_snapshot()
            assert snapshot.snapshot_id == snapshot_id
            assert snapshot.summary["calve.load-id"] == f"turn-{turn}"
            assert snapshot.summary["added-records"] == "12"
            assert (snapshot.sequence_number or 0) == (turn + 1 if version == 2 else 0), snapshot
        rows += more
        assert table.current_snapshot().summary["total-records"] == str(len(rows))
    check_scan(table, rows)
    check_fastavro(table)
    manifests = table.current_snapshot().manifests(table.io)
    assert not merge or len(manifests) < 5, manifests

    # What PyIceberg finds in the manifests, calve finds too.
    theirs = {}
    for manifest in manifests:
        for entry in manifest.fetch_manifest_entry(table.io, discard_deleted=False):
            theirs[entry.data_file.file_path] = entry
    ours = json.loads(judge.calve("entries", f"n.{name}"))
    assert len(ours) == len(theirs)
    for entry in ours:
        other = theirs[entry["file"]["file-path"]]
        assert int(other.status) == entry["status"]
        assert other.snapshot_id == entry["snapshot-id"]
        assert (other.sequence_number or 0) == entry["sequence-number"]
        assert other.data_file.record_count == entry["file"]["record-count"]
        lower = {str(key): value.hex() for key, value in (other.data_file.lower_bounds or {}).items()}
        assert lower == entry["file"]["lower-bounds"]
        assert [value is None for value in other.data_file.partition] == [
            value is None for value in entry["file"]["partition"]
        ]


def main():
    with tempfile.TemporaryDirectory() as folder:
        judge = Judge(os.path.abspath(sys.argv[1]), folder)
        for spec_name in SPECS:
            for version in (1, 2):
                for merge in (False, True):
                    ours_and_theirs(judge, spec_name, version, merge)
                    print(f"ok {spec_name} v{version} {'merged' if merge else 'apart'}")


if __name__ == "__main__":
    main()
