"""DuckDB's iceberg extension as a reader of a warehouse's tables, by the path of their metadata file."""

import sqlite3
from importlib.util import find_spec
from pathlib import Path

import duckdb


def extension_path(name):
    """The extension file in the PyPI package of that name: nothing is downloaded."""
    folder = Path(find_spec(f"duckdb_extension_{name}").submodule_search_locations[0])
    return next(folder.rglob(f"{name}.duckdb_extension"))


def metadata_location(warehouse, table):
    namespace, name = table.rsplit(".", 1)
    with sqlite3.connect(f"file:{warehouse}/catalog.db?mode=ro", uri=True) as catalog:
        row = catalog.execute(
            "SELECT metadata_location FROM iceberg_tables WHERE table_namespace = ? AND table_name = ?",
            (namespace, name),
        ).fetchone()
    return row[0].removeprefix("file://").removeprefix("file:")


class DuckDb:
    name = "duckdb"

    def __init__(self, warehouse):
        self._warehouse = warehouse
        self._connection = duckdb.connect()
        self._connection.execute("SET TimeZone = 'UTC'")
        for extension in ("avro", "iceberg"):
            self._connection.execute(f"LOAD '{extension_path(extension)}'")

    def scalar(self, table, expression, where="true"):
        location = metadata_location(self._warehouse, table)
        return self._connection.execute(
            f"SELECT {expression} FROM iceberg_scan('{location}') WHERE {where}"
        ).fetchone()[0]

    def count(self, table, where="true"):
        return self.scalar(table, "count(*)", where)

    def counts(self, table, filters):
        """One count for each filter."""
        return [self.count(table, where) for where in filters]

    def sum_of_cents(self, table, column, where="true"):
        return int(self.scalar(table, f"sum(CAST(round({column} * 100) AS BIGINT))", where) or 0)

    def metadata_rows(self, table):
        """What iceberg_metadata() tells of the manifests: a list of dicts."""
        location = metadata_location(self._warehouse, table)
        result = self._connection.execute(f"SELECT * FROM iceberg_metadata('{location}')")
        names = [column[0] for column in result.description]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
