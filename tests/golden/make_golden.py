#!/usr/bin/env python3
"""Makes the golden files of this folder: Avro files of foreign writers, and what a foreign reader says is in them.

usage: make_golden.py [FOLDER [SEEDS]]   (default: the folder of this script, ../fuzz/corpus/fuzz_avro)
needs: pyiceberg[pyarrow], fastavro[snappy,zstandard]

avro_CODEC.avro          fastavro, one record type with everything that manifests use, in several blocks
manifest_vN.avro         PyIceberg's manifest writer, format version N, partitioned in ten ways
manifest_list_vN.avro    PyIceberg's manifest list writer; a copy without field ids: manifest_list_noids.avro (fastavro)
expected.json            what PyIceberg reads in the lists
SEEDS/*.avro             some of them without compression, for the fuzzer
"""

import datetime as dt
import decimal
import json
import os
import sys
import uuid

import fastavro
from pyiceberg.io.pyarrow import PyArrowFileIO
from pyiceberg.manifest import (
    DataFile,
    DataFileContent,
    FileFormat,
    ManifestEntry,
    ManifestEntryStatus,
    read_manifest_list,
    write_manifest,
    write_manifest_list,
)
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.transforms import (
    BucketTransform,
    DayTransform,
    IdentityTransform,
    MonthTransform,
    TruncateTransform,
    VoidTransform,
)
from pyiceberg.typedef import Record
from pyiceberg.types import (
    BooleanType,
    DateType,
    DecimalType,
    IntegerType,
    LongType,
    NestedField,
    StringType,
    TimestampType,
    UUIDType,
)

SCHEMA = Schema(
    NestedField(1, "id", LongType(), required=True),
    NestedField(2, "flag", BooleanType()),
    NestedField(3, "fare-usd", DecimalType(9, 2)),
    NestedField(4, "on", DateType()),
    NestedField(5, "at", TimestampType()),
    NestedField(6, "name", StringType()),
    NestedField(7, "key", UUIDType()),
    NestedField(8, "n", IntegerType()),
)
SPEC = PartitionSpec(
    PartitionField(1, 1000, BucketTransform(16), "id_bucket"),
    PartitionField(2, 1001, IdentityTransform(), "flag"),
    PartitionField(3, 1002, IdentityTransform(), "fare-usd"),
    PartitionField(4, 1003, IdentityTransform(), "on"),
    PartitionField(5, 1004, DayTransform(), "at_day"),
    PartitionField(5, 1005, MonthTransform(), "at_month"),
    PartitionField(6, 1006, TruncateTransform(3), "name_trunc"),
    PartitionField(7, 1007, IdentityTransform(), "key"),
    PartitionField(8, 1008, VoidTransform(), "n_null"),
    PartitionField(5, 1009, IdentityTransform(), "at"),
    spec_id=3,
)
KEY = uuid.UUID("f79c3e09-677c-4bbd-a479-3f349cb785e7")
AT = dt.datetime(2015, 1, 31, 10, 0, 0, 123456)
AT_MICROS = int((AT - dt.datetime(1970, 1, 1)) / dt.timedelta(microseconds=1))
# Values as PyIceberg keeps them in partition records.
TUPLES = [
    [7, True, decimal.Decimal("-12.34"), 16466, 16466, 540, "ice", KEY, None, AT_MICROS],
    [3] + [None] * 9,  # The source column of the first is required, and so is it.
]


def data_file(index):
    arguments = {
        "content": DataFileContent.DATA,
        "file_path": f"s3://bucket/t/data/{index}.parquet",
        "file_format": FileFormat.PARQUET,
        "partition": Record(*TUPLES[index]),
        "record_count": 10 + index,
        "file_size_in_bytes": 1000 + index,
        "column_sizes": {1: 40, 6: 60},
        "value_counts": {1: 10, 6: 10},
        "null_value_counts": {1: 0, 6: 2},
        "nan_value_counts": {},
        "lower_bounds": {1: (5).to_bytes(8, "little"), 6: b"a"},
        "upper_bounds": {1: (9).to_bytes(8, "little"), 6: "é".encode()},
        "key_metadata": None,
        "split_offsets": [4],
        "equality_ids": None,
        "sort_order_id": None,
    }
    return DataFile.from_args(**arguments)


def iceberg_files(folder, io):
    expected = {}
    for version in (1, 2):
        path = os.path.join(folder, f"manifest_v{version}.avro")
        with write_manifest(version, SPEC, SCHEMA, io.new_output(path), 11, "deflate") as writer:
            for index in (0, 1):
                writer.add_entry(
                    ManifestEntry.from_args(
                        status=ManifestEntryStatus.ADDED,
                        snapshot_id=11,
                        sequence_number=None,
                        file_sequence_number=None,
                        data_file=data_file(index),
                    )
                )
        manifest = writer.to_manifest_file()
        if version == 2:
            manifest.sequence_number = 4
            manifest.min_sequence_number = 4
        manifest = manifest_with_path(manifest, f"s3://bucket/t/metadata/manifest_v{version}.avro")
        listed = os.path.join(folder, f"manifest_list_v{version}.avro")
        with write_manifest_list(version, io.new_output(listed), 11, 10, 4, "deflate") as writer:
            writer.add_manifests([manifest])
        (entry,) = read_manifest_list(io.new_input(listed))
        expected[f"manifest_list_v{version}"] = {
            "manifest_path": entry.manifest_path,
            "manifest_length": entry.manifest_length,
            "partition_spec_id": entry.partition_spec_id,
            "content": int(entry.content),
            "sequence_number": entry.sequence_number,
            "min_sequence_number": entry.min_sequence_number,
            "added_snapshot_id": entry.added_snapshot_id,
            "added_files_count": entry.added_files_count,
            "existing_files_count": entry.existing_files_count,
            "deleted_files_count": entry.deleted_files_count,
            "added_rows_count": entry.added_rows_count,
            "partitions": [
                {
                    "contains_null": part.contains_null,
                    "contains_nan": part.contains_nan,
                    "lower": part.lower_bound.hex() if part.lower_bound is not None else None,
                    "upper": part.upper_bound.hex() if part.upper_bound is not None else None,
                }
                for part in entry.partitions
            ],
        }
    without_ids(folder)
    return expected


def manifest_with_path(manifest, path):
    """The manifest as if it stood at `path`: no path of the machine that made it is kept."""
    manifest[0] = path
    return manifest


def without_ids(folder):
    """The version 1 list once more, by a writer that knows no field ids."""

    def strip(schema):
        if isinstance(schema, list):
            return [strip(item) for item in schema]
        if isinstance(schema, dict):
            return {key: strip(value) for key, value in schema.items() if key not in ("field-id", "element-id")}
        return schema

    with open(os.path.join(folder, "manifest_list_v1.avro"), "rb") as file:
        reader = fastavro.reader(file)
        records = list(reader)
        schema = json.loads(reader.metadata["avro.schema"])
    with open(os.path.join(folder, "manifest_list_noids.avro"), "wb") as file:
        fastavro.writer(file, fastavro.parse_schema(strip(schema)), records, codec="null")


AVRO_SCHEMA = {
    "type": "record",
    "name": "everything",
    "namespace": "golden.test",
    "fields": [
        {"name": "i", "type": "int"},
        {"name": "l", "type": ["null", "long"], "default": None, "field-id": 5},
        {"name": "b", "type": "boolean"},
        {"name": "f", "type": "float"},
        {"name": "d", "type": "double"},
        {"name": "s", "type": "string"},
        {"name": "y", "type": "bytes"},
        {"name": "x", "type": {"type": "fixed", "name": "quad", "size": 4}},
        {"name": "x2", "type": "quad"},
        {"name": "e", "type": {"type": "enum", "name": "suit", "symbols": ["CLUBS", "HEARTS"]}},
        {"name": "a", "type": {"type": "array", "items": ["null", "golden.test.quad"]}},
        {"name": "m", "type": {"type": "map", "values": "long"}},
        {"name": "r", "type": {"type": "record", "name": "empty", "fields": []}},
    ],
}


def avro_files(folder):
    def record(i):
        return {
            "i": i - 40,
            "l": None if i % 3 == 0 else (1 << 62) - i,
            "b": i % 2 == 0,
            "f": i / 4,
            "d": -i / 3,
            "s": "é" * (i % 5),
            "y": bytes(range(i % 7)),
            "x": i.to_bytes(4, "big"),
            "x2": b"abcd",
            "e": "HEARTS" if i % 2 else "CLUBS",
            "a": [None, b"1234"][: i % 3],
            "m": {"k": i} if i % 2 else {},
            "r": {},
        }

    for codec in ("null", "deflate", "zstandard", "snappy"):
        with open(os.path.join(folder, f"avro_{codec}.avro"), "wb") as file:
            fastavro.writer(
                file,
                fastavro.parse_schema(AVRO_SCHEMA),
                (record(i) for i in range(80)),
                codec=codec,
                sync_interval=700,
                sync_marker=b"0123456789abcdef",
                metadata={"made-by": "fastavro"},
            )


def fuzz_seeds(folder, seeds):
    """The same without compression, where the fuzzer's changes reach the content."""
    os.makedirs(seeds, exist_ok=True)
    for name in ("manifest_v1", "manifest_v2", "manifest_list_v1", "manifest_list_v2", "avro_deflate"):
        with open(os.path.join(folder, f"{name}.avro"), "rb") as file:
            reader = fastavro.reader(file)
            records = list(reader)[:5]
            metadata = {key: value for key, value in reader.metadata.items() if not key.startswith("avro.")}
            schema = json.loads(reader.metadata["avro.schema"])
        with open(os.path.join(seeds, f"{name}.avro"), "wb") as file:
            fastavro.writer(file, schema, records, codec="null", sync_marker=b"0123456789abcdef", metadata=metadata)


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__))
    avro_files(folder)
    expected = iceberg_files(folder, PyArrowFileIO())
    with open(os.path.join(folder, "expected.json"), "w", encoding="utf-8") as file:
        json.dump(expected, file, indent=1)
        file.write("\n")
    fuzz_seeds(folder, sys.argv[2] if len(sys.argv) > 2 else os.path.join(folder, "../fuzz/corpus/fuzz_avro"))


if __name__ == "__main__":
    main()
