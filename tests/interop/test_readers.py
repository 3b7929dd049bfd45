"""Foreign readers read what calve wrote, and agree with Python's csv module on what the file says."""

import datetime as dt
import math

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from pyiceberg.conversions import from_bytes
from pyiceberg_read import PyIceberg
from taxi import read_trips

TABLE = "nyc.trips"
READERS = ("pyiceberg", "duckdb", "spark")
LAYOUTS = {
    "unpartitioned": ["--chunk-size", "256KiB"],
    "by-day": ["--chunk-size", "1MiB", "--partition-by", "day(tpep_pickup_datetime)"],
    "by-payment-and-bucket": [
        "--chunk-size", "1MiB", "--partition-by", "payment_type", "--partition-by", "bucket(4, passenger_count)",
    ],
    "chunk-commits": ["--chunk-size", "512KiB", "--commit", "chunk"],
}  # fmt: skip


@pytest.fixture(scope="module", name="truth")
def read_truth(taxi_csv):
    trips, broken = read_trips(taxi_csv)
    assert broken == 18
    return trips


@pytest.fixture(scope="module", params=list(LAYOUTS), name="loaded")
def load(request, taxi_csv, calve_in, tmp_path_factory):
    """(warehouse, the load's JSON, layout), once per layout."""
    warehouse = tmp_path_factory.mktemp("warehouse")
    return warehouse, calve_in(warehouse).load(taxi_csv, TABLE, *LAYOUTS[request.param]), request.param


def test_summary_adds_up(loaded, truth):
    _, load, _ = loaded
    assert load["rows"] == len(truth)
    assert load["quarantined"] == 18
    assert load["chunks"] > 1


@pytest.mark.parametrize("reader", READERS)
def test_counts_and_sums(loaded, truth, reader, open_reader):
    warehouse, _, _ = loaded
    opened = open_reader(reader, warehouse)
    assert opened.count(TABLE) == len(truth)
    assert opened.sum_of_cents(TABLE, "total_amount") == sum(t.total_cents for t in truth)
    assert opened.sum_of_cents(TABLE, "trip_distance") == sum(round(t.distance * 100) for t in truth)
    assert opened.sum_of_cents(TABLE, "passenger_count") == 100 * sum(t.passengers for t in truth)


@pytest.mark.parametrize("reader", READERS)
def test_filters_that_bounds_and_partitions_answer(loaded, truth, reader, open_reader):
    """A wrong bound or partition value makes a reader skip a file that it must not skip."""
    warehouse, _, _ = loaded
    opened = open_reader(reader, warehouse)
    time = "timestamp " if reader != "pyiceberg" else ""
    dearest = max(t.total_cents for t in truth)
    times = sorted(t.pickup for t in truth)
    begin, end = times[len(times) * 3 // 10], times[len(times) * 4 // 10]
    assert begin < end
    expected = {
        f"tpep_pickup_datetime >= {time}'{begin.isoformat()}' and tpep_pickup_datetime < {time}'{end.isoformat()}'": sum(
            begin <= t.pickup < end for t in truth
        ),
        "payment_type = 2": sum(t.payment == 2 for t in truth),
        "passenger_count = 6": sum(t.passengers == 6 for t in truth),
        "passenger_count = 77": 0,
        f"total_amount >= {dearest / 100}": sum(t.total_cents == dearest for t in truth),
        f"total_amount > {dearest / 100 + 0.005}": 0,
        "trip_distance < 0.3": sum(t.distance < 0.3 for t in truth),
        "store_and_fwd_flag is null": 0,
    }
    assert dict(zip(expected, opened.counts(TABLE, expected), strict=True)) == expected


@pytest.mark.parametrize("reader", ["pyiceberg", "spark"])
def test_snapshot_summaries(loaded, truth, reader, open_reader):
    warehouse, load, layout = loaded
    summaries = open_reader(reader, warehouse).summaries(TABLE)
    files = sum(int(s["added-data-files"]) for s in summaries)
    assert len(summaries) == (load["chunks"] if layout == "chunk-commits" else 1)
    assert sum(int(s["added-records"]) for s in summaries) == len(truth)
    assert files == load["files"]
    last = summaries[-1]
    assert int(last["total-records"]) == len(truth)
    assert int(last["total-data-files"]) == files
    assert int(last["total-files-size"]) == sum(int(s["added-files-size"]) for s in summaries)
    assert {last["total-delete-files"], last["total-position-deletes"], last["total-equality-deletes"]} == {"0"}


def test_statistics_in_manifests_are_those_of_the_files(loaded):
    """Counts, sizes, null counts, bounds and split offsets in the manifests, held against the Parquet files."""
    warehouse, _, _ = loaded
    table = PyIceberg(warehouse).table(TABLE)
    schema = table.schema()
    checked = 0
    for task in table.scan().plan_files():
        file = task.file
        path = file.file_path.removeprefix("file://")
        parquet = pq.ParquetFile(path)
        data = parquet.read()
        with open(path, "rb") as raw:
            assert file.file_size_in_bytes == len(raw.read())
        assert file.record_count == data.num_rows
        assert len(file.split_offsets) == parquet.num_row_groups
        assert file.split_offsets == sorted(file.split_offsets)
        for field in schema.fields:
            column = data[field.name]
            assert file.column_sizes[field.field_id] > 0
            assert file.value_counts[field.field_id] == data.num_rows
            assert file.null_value_counts[field.field_id] == column.null_count
            lowest, highest = pc.min_max(column).as_py().values()
            lower = from_bytes(field.field_type, file.lower_bounds[field.field_id])
            upper = from_bytes(field.field_type, file.upper_bounds[field.field_id])
            assert as_number(lower) <= as_number(lowest), f"{field.name} of {path}"
            assert as_number(upper) >= as_number(highest), f"{field.name} of {path}"
            if not isinstance(lowest, str):
                assert close(lower, lowest), f"{field.name} of {path}"
                assert close(upper, highest), f"{field.name} of {path}"
            checked += 1
    assert checked >= len(schema.fields)


def as_number(value):
    """Bounds are plain Iceberg values: a timestamp is microseconds since 1970."""
    if isinstance(value, dt.datetime):
        return round((value - dt.datetime(1970, 1, 1)) / dt.timedelta(microseconds=1))
    return value


def close(bound, value):
    return math.isclose(as_number(bound), as_number(value), rel_tol=0, abs_tol=0)


def test_inspect_works(loaded, truth):
    warehouse, load, layout = loaded
    table = PyIceberg(warehouse).table(TABLE)
    assert table.inspect.files().num_rows == load["files"]
    assert table.inspect.manifests().num_rows >= 1
    assert table.inspect.history().num_rows == len(table.metadata.snapshots)
    if layout == "by-day":
        partitions = table.inspect.partitions()
        assert partitions.num_rows == len({t.pickup.date() for t in truth})
        assert pc.sum(partitions["record_count"]).as_py() == load["rows"]


@pytest.mark.parametrize("version", ["1", "2"])
def test_format_versions(version, calve, taxi_csv, truth, open_reader, warehouse):
    calve.load(taxi_csv, TABLE, "--format-version", version)
    assert PyIceberg(warehouse).table(TABLE).metadata.format_version == int(version)
    for reader in READERS:
        assert open_reader(reader, warehouse).count(TABLE) == len(truth)
