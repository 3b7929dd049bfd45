"""DuckDB: COPY (FROM read_csv(...)) TO a Parquet file; the third argument chooses the Parquet options."""

import sys

import duckdb
from common import THREADS, begin, finish

OPTIONS = {
    # zstd as DuckDB does it when nothing more is said.
    "zstd": "FORMAT parquet, COMPRESSION zstd",
    # What calve asks of DuckDB's writer.
    "same": "FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, DICTIONARY_SIZE_LIMIT 4096, ROW_GROUP_SIZE 122880",
}

source, output, startup = begin()
connection = duckdb.connect(config={"threads": THREADS})
target = output / "out.parquet"
rows = connection.execute(
    f"COPY (FROM read_csv(?)) TO '{target}' ({OPTIONS[sys.argv[3]]})",
    [source],
).fetchone()[0]
finish(startup, rows)
