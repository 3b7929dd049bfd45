"""PyIceberg as a reader and writer of a warehouse's tables, through the SQL catalog that calve wrote or will find."""

import pyarrow.compute as pc
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.expressions import AlwaysTrue


def open_catalog(warehouse):
    return SqlCatalog("default", uri=f"sqlite:///{warehouse}/catalog.db", warehouse=f"file://{warehouse}")


class PyIceberg:
    name = "pyiceberg"

    def __init__(self, warehouse):
        self.catalog = open_catalog(warehouse)

    def table(self, name):
        return self.catalog.load_table(name)

    def scan(self, table, where="true", columns=("*",)):
        row_filter = AlwaysTrue() if where == "true" else where
        return self.table(table).scan(row_filter=row_filter, selected_fields=columns)

    def count(self, table, where="true"):
        return len(self.scan(table, where).to_arrow())

    def counts(self, table, filters):
        """One count for each filter."""
        return [self.count(table, where) for where in filters]

    def sum_of_cents(self, table, column, where="true"):
        values = self.scan(table, where, (column,)).to_arrow()[column]
        return pc.sum(pc.cast(pc.round(pc.multiply(pc.cast(values, "double"), 100.0)), "int64")).as_py() or 0

    def summaries(self, table):
        """The snapshots' summaries, oldest first."""
        snapshots = sorted(self.table(table).metadata.snapshots, key=lambda snapshot: snapshot.timestamp_ms)
        return [{"operation": s.summary.operation.value, **s.summary.additional_properties} for s in snapshots]
