// Fits what the SQL yields to the table that is there.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/error.h"
#include "csv/dialect.h"
#include "iceberg/catalog.h"
#include "iceberg/table_metadata.h"
#include "load/plan.h"

namespace calve::load {

/// The result of matching the SQL's columns with a table's, by name (exact, else the only one that differs in case
/// alone).
struct Binding {
  Target target;
  std::vector<iceberg::Field> unknown;  ///< Columns that the table does not have: an error, or to be added.
};

/// The table's column that a column of the SQL would go to, or null.
const iceberg::Field* FindColumn(const iceberg::Schema& schema, const std::string& name);

/// kInvalidArgument, naming column and types and the way out: a type that is not the table's and cannot be safely
/// promoted to it; a required column that the SQL does not yield; a partition transform or format version that we
/// cannot write.
Result<Binding> BindTarget(const iceberg::TableIdentifier& identifier, const iceberg::TableMetadata& table,
                           const std::vector<iceberg::Field>& columns);

/// The table's columns as CSV types, by lower-cased name, for reading a file by the table's types when the user gives
/// no SQL. Types that CSV text cannot have (nested, binary, fixed) are left out.
std::map<std::string, csv::ColumnType> CsvTypesOf(const iceberg::Schema& schema);

/// "SELECT ... FROM chunk" over all columns, with casts where the table's type has no CSV form of its own (float).
std::string DefaultSql(const std::vector<csv::Column>& columns, const iceberg::Schema* table_schema);

/// Applies a table's own wishes for how files are written (write.parquet.compression-codec) to the options.
void ApplyTableProperties(const iceberg::TableMetadata& table, WriteOptions& write);

}  // namespace calve::load
