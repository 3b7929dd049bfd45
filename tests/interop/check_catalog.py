#!/usr/bin/env python3
"""Lets PyIceberg judge the SQL catalog: what calve creates PyIceberg reads and appends to, and the other way round.

usage: check_catalog.py CATALOG_TOOL     (the program built from catalog_tool.cc)
needs: pyiceberg[sql-sqlite,pyarrow]
"""

import contextlib
import datetime as dt
import gzip
import json
import os
import sqlite3
import subprocess
import sys
import tempfile

import pyarrow as pa
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.exceptions import CommitFailedException, NoSuchTableError
from pyiceberg.schema import Schema
from pyiceberg.transforms import IdentityTransform
from pyiceberg.types import DecimalType, ListType, LongType, NestedField, StringType, StructType, TimestampType

ROWS = pa.table(
    {
        "id": pa.array([1, 2, 3], pa.int64()),
        "name": ["a", None, "c"],
        "at": pa.array([dt.datetime(2015, 1, day) for day in (1, 1, 2)], pa.timestamp("us")),
    },
    schema=pa.schema(
        [
            pa.field("id", pa.int64(), nullable=False),
            pa.field("name", pa.string()),
            pa.field("at", pa.timestamp("us")),
        ]
    ),
)


class Judge:
    def __init__(self, tool, folder):
        self.tool = tool
        self.warehouse = os.path.join(folder, "warehouse")
        self.db = os.path.join(self.warehouse, "catalog.db")

    def calve(self, *args, fails=False):
        done = subprocess.run(
            [self.tool, self.db, self.warehouse, *args], capture_output=True, text=True, timeout=60, check=False
        )
        assert (done.returncode != 0) == fails, f"{args}: exit {done.returncode}: {done.stdout}{done.stderr}"
        return done.stderr if fails else done.stdout.strip()

    def load(self, table):
        return json.loads(self.calve("load", table))

    def pyiceberg(self, **properties):
        return SqlCatalog("default", uri=f"sqlite:///{self.db}", warehouse=self.warehouse, **properties)


def ours_to_theirs(judge, version, *properties):
    """calve creates, PyIceberg appends, calve changes, PyIceberg reads."""
    name = f"ours.v{version}_{len(properties)}"
    judge.calve("create", name, str(version), *properties)
    catalog = judge.pyiceberg()
    assert catalog.namespace_exists("ours")
    assert ("ours", name.split(".")[1]) in catalog.list_tables("ours")
    table = catalog.load_table(name)
    assert table.format_version == version
    assert table.current_snapshot() is None
    assert [(f.field_id, f.name, f.required) for f in table.schema().fields] == [
        (1, "id", True),
        (2, "name", False),
        (3, "at", False),
    ]
    assert len(table.scan().to_arrow()) == 0
    table.append(ROWS)
    seen = judge.load(name)
    assert seen["current-snapshot-id"] == table.current_snapshot().snapshot_id
    assert seen["summary"]["total-records"] == "3"
    assert seen["last-sequence-number"] == (1 if version == 2 else 0)
    judge.calve("set", name, "owner", "calve")
    judge.calve("add-column", name, "extra")
    table = catalog.load_table(name)
    assert table.properties["owner"] == "calve"
    assert table.schema().find_field("extra").field_id == 4
    assert table.scan().to_arrow().sort_by("id")["extra"].to_pylist() == [None] * 3
    assert len(table.metadata.metadata_log) == 3, table.metadata.metadata_log
    table.append(ROWS)
    assert len(table.scan().to_arrow()) == 6
    assert judge.load(name)["summary"]["total-records"] == "6"
    assert len(table.inspect.history()) == 2


def partitioned(judge):
    """Every transform, as PyIceberg understands it."""
    terms = ("at_day=day(at)", "id_bucket=bucket(16, id)", "name_trunc=truncate(4, name)", "id=id")
    for version in (1, 2):
        name = f"parts.v{version}"
        judge.calve("create", name, str(version), *("partition-by=" + term.split("=")[1] for term in terms))
        spec = judge.pyiceberg().load_table(name).spec()
        assert [field.name for field in spec.fields] == [term.split("=")[0] for term in terms], spec
        assert [str(field.transform) for field in spec.fields] == ["day", "bucket[16]", "truncate[4]", "identity"], spec
        assert [field.field_id for field in spec.fields] == [1000, 1001, 1002, 1003], spec


def theirs_to_ours(judge, version, **properties):
    """PyIceberg creates, evolves and appends, calve reads and changes, PyIceberg goes on."""
    catalog = judge.pyiceberg()
    catalog.create_namespace_if_not_exists("theirs")
    name = f"theirs.v{version}_{len(properties)}"
    schema = Schema(
        NestedField(1, "id", LongType(), required=True),
        NestedField(2, "name", StringType()),
        NestedField(3, "at", TimestampType()),
        NestedField(4, "price", DecimalType(10, 2)),
        NestedField(
            5,
            "legs",
            ListType(6, StructType(NestedField(7, "km", LongType())), element_required=False),
        ),
        identifier_field_ids=[1],
    )
    table = catalog.create_table(name, schema, properties={"format-version": str(version), **properties})
    before = judge.load(name)
    assert before["uuid"] == str(table.metadata.table_uuid)
    assert before["current-snapshot-id"] is None
    assert "4 price decimal(10, 2)" in before["columns"], before
    assert "5 legs list<struct<km: long>>" in before["columns"], before
    table.append(ROWS)
    with table.update_schema() as update:
        update.add_column("note", StringType())
        update.rename_column("name", "label")
        update.delete_column("price")
    with table.update_spec() as update:
        update.add_field("at", IdentityTransform(), "at_as_it_is")
    seen = judge.load(name)
    assert "2 label string" in seen["columns"], seen
    assert [field["transform"] for field in seen["spec"]] == ["identity"], seen
    stale = catalog.load_table(name)
    judge.calve("set", name, "owner", "calve")
    # PyIceberg may also load again and put its change on top: both lose nothing.
    with contextlib.suppress(CommitFailedException):
        stale.transaction().set_properties(owner="stale").commit_transaction()
    judge.calve("add-column", name, "extra")
    table = catalog.load_table(name)
    assert table.schema().find_field("extra").field_id == seen["last-column-id"] + 1
    assert table.current_snapshot().snapshot_id == seen["current-snapshot-id"]
    rows = table.scan().to_arrow().sort_by("id")
    assert rows["label"].to_pylist() == ["a", None, "c"]
    table.append(ROWS.slice(2).rename_columns(["id", "label", "at"]))
    assert len(table.scan(row_filter="id >= 3").to_arrow()) == 2
    assert judge.load(name)["summary"]["total-records"] == "4"


def packed(judge):
    """Gzip metadata under both names in use, written by calve and by hand."""
    location = judge.calve("create", "packed.t", "2", "write.metadata.compression-codec=gzip")
    assert location.endswith(".gz.metadata.json"), location
    with open(location, "rb") as file:
        assert json.loads(gzip.decompress(file.read()))["format-version"] == 2
    table = judge.pyiceberg().load_table("packed.t")
    table.append(ROWS)
    assert judge.load("packed.t")["snapshots"] == 1
    assert judge.calve("set", "packed.t", "a", "b").endswith(".gz.metadata.json")
    assert len(judge.pyiceberg().load_table("packed.t").scan().to_arrow()) == 3
    # The older name, which PyIceberg does not unpack.
    location = judge.load("packed.t")["metadata-location"]
    other = location.replace(".gz.metadata.json", ".metadata.json.gz")
    os.rename(location, other)
    with sqlite3.connect(judge.db) as db:
        db.execute("UPDATE iceberg_tables SET metadata_location = ? WHERE table_namespace = 'packed'", (other,))
    assert judge.load("packed.t")["snapshots"] == 1


def listing(judge):
    catalog = judge.pyiceberg()
    judge.calve("create", "deep.er.t", "2")
    assert ("deep", "er", "t") in catalog.list_tables(("deep", "er"))
    assert catalog.load_table("deep.er.t").location() == f"{judge.warehouse}/deep/er/t"
    assert "not-found" in judge.calve("load", "deep.er.other", fails=True)
    assert "already-exists" in judge.calve("create", "deep.er.t", "2", fails=True)
    names = {".".join(table) for ns in catalog.list_namespaces() for table in catalog.list_tables(ns)}
    assert names | {"deep.er.t"} == set(judge.calve("list").splitlines()), names
    judge.calve("drop", "deep.er.t")
    try:
        catalog.load_table("deep.er.t")
        raise AssertionError("dropped, but PyIceberg still finds it")
    except NoSuchTableError:
        pass


def old_file_without_type_column(tool, folder):
    judge = Judge(tool, os.path.join(folder, "old"))
    os.makedirs(judge.warehouse)
    with sqlite3.connect(judge.db) as db:
        db.execute(
            "CREATE TABLE iceberg_tables(catalog_name VARCHAR(255) NOT NULL, table_namespace VARCHAR(255) NOT NULL, "
            "table_name VARCHAR(255) NOT NULL, metadata_location VARCHAR(1000), previous_metadata_location "
            "VARCHAR(1000), PRIMARY KEY (catalog_name, table_namespace, table_name))"
        )
    ours_to_theirs(judge, 2)


def main():
    tool = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        for first in ("ours", "theirs"):  # Whoever makes the file.
            judge = Judge(tool, os.path.join(folder, first))
            os.makedirs(judge.warehouse)
            if first == "theirs":
                judge.pyiceberg()
            for version in (1, 2):
                ours_to_theirs(judge, version)
                ours_to_theirs(judge, version, "partition-by=name")
                theirs_to_ours(judge, version)
                theirs_to_ours(judge, version, **{"write.metadata.compression-codec": "gzip"})
            packed(judge)
            partitioned(judge)
            listing(judge)
        old_file_without_type_column(tool, folder)
    print("the SQL catalog and PyIceberg agree")


if __name__ == "__main__":
    main()
