// Fits what the SQL yields to the table that is there.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
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

/// A table's columns by name. The schema is borrowed.
class ColumnIndex {
 public:
  explicit ColumnIndex(const iceberg::Schema& schema);

  /// The column that one of the SQL called `name` goes to: the one of that name, else the only one that differs from it
  /// in case alone; null: none.
  const iceberg::Field* Find(const std::string& name) const;
  /// For each of a source's columns the table's that it goes to, or null: first those whose source name is the table's
  /// name, then those that Find finds, then those whose name is what the table's would be normalised. A column of the
  /// table is given away once, so that an exact match never loses it to another.
  std::vector<const iceberg::Field*> Match(const std::vector<SourceColumn>& columns) const;

 private:
  using Names = std::map<std::string, const iceberg::Field*>;  // Null: several.
  static const iceberg::Field* At(const Names& names, const std::string& name);

  Names exact_, by_case_, normalised_;
};

/// kInvalidArgument, naming column and types and the way out: a type that is not the table's and cannot be safely
/// promoted to it; a required column that the SQL does not yield; a partition transform or format version that we
/// cannot write.
Result<Binding> BindTarget(const iceberg::TableIdentifier& identifier, const iceberg::TableMetadata& table,
                           const std::vector<iceberg::Field>& columns);

/// "SELECT ... FROM chunk" over all columns, renamed where the table calls them otherwise (see ColumnIndex::Match).
std::string DefaultSql(const std::vector<SourceColumn>& columns, const iceberg::Schema* table_schema);

/// Applies a table's own wishes for how files are written (write.parquet.compression-codec) to the options.
void ApplyTableProperties(const iceberg::TableMetadata& table, WriteOptions& write);

}  // namespace calve::load
