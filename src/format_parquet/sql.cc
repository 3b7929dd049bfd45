#include "format_parquet/sql.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <optional>
#include <utility>

#include "load/target.h"
#include "transform/types.h"

namespace calve::format_parquet {
namespace {

using iceberg::Type;
using iceberg::TypeId;

bool IsInteger(const Type& type) { return type.id == TypeId::kInt || type.id == TypeId::kLong; }

/// Whether DuckDB's cast gives the same number or an error.
bool CastsExactly(const Type& from, const Type& to) {
  if (from.id == TypeId::kDecimal) {
    return (IsInteger(to) && from.scale == 0) || (to.id == TypeId::kDecimal && to.scale >= from.scale);
  }
  return IsInteger(from) && (IsInteger(to) || to.id == TypeId::kDecimal);
}

/// What a column of a type that Iceberg has none for is selected as, if there is a type that holds its values.
std::optional<std::pair<std::string, Type>> Exact(const std::string& name, duckdb_type type) {
  Type exact;
  if (type == DUCKDB_TYPE_UBIGINT) {
    exact.id = TypeId::kDecimal;
    exact.precision = 20;
    return std::pair(fmt::format("CAST({} AS DECIMAL(20,0))", name), exact);
  }
  if (type == DUCKDB_TYPE_TIMESTAMP_NS) {
    exact.id = TypeId::kTimestamp;
    return std::pair(fmt::format("CASE WHEN {0} IS NULL THEN NULL WHEN epoch_ns({0}) % 1000 = 0 THEN CAST({0} AS "
                                 "TIMESTAMP) ELSE error(concat({1}, CAST({0} AS VARCHAR))) END",
                                 name,
                                 SqlString(fmt::format("column {} has a timestamp that is no whole microsecond; cut "
                                                       "it with --sql if that may be: ",
                                                       name))),
                     exact);
  }
  return std::nullopt;
}

}  // namespace

Result<transform::LogicalType> ParseSqlType(duckdb_connection connection, const std::string& text) {
  CALVE_ASSIGN_OR_RETURN(transform::QueryResult result,
                         transform::Query(connection, fmt::format("SELECT CAST(NULL AS {})", text)));
  return transform::LogicalType(duckdb_column_logical_type(&result.raw(), 0));
}

Result<std::string> DefaultParquetSql(duckdb_connection connection, const std::vector<SelectedColumn>& columns,
                                      const iceberg::Schema* table) {
  std::vector<load::SourceColumn> names;
  for (const SelectedColumn& source : columns) names.push_back(source.column);
  std::optional<load::ColumnIndex> index;
  if (table != nullptr) index.emplace(*table);
  const auto fields = index ? index->Match(names) : std::vector<const iceberg::Field*>(columns.size(), nullptr);
  std::vector<std::string> terms;
  std::vector<std::string> replaced;
  bool renames = false;
  for (size_t c = 0; c < columns.size(); ++c) {
    const SelectedColumn& source = columns[c];
    const std::string name = SqlName(source.column.name);
    CALVE_ASSIGN_OR_RETURN(const transform::LogicalType type, ParseSqlType(connection, source.column.type));
    const iceberg::Field* field = fields[c];
    std::string expression = name;
    if (source.only_nulls && field != nullptr) {
      expression = fmt::format("CAST(NULL AS {})", transform::SqlType(field->type));
    } else {
      std::optional<Type> known;
      if (auto exact = Exact(name, duckdb_get_type_id(type.get()))) {
        expression = std::move(exact->first);
        known = std::move(exact->second);
      } else if (Result<Type> natural = transform::IcebergType(type.get(), source.column.name); natural.has_value()) {
        known = std::move(natural).value();
      }
      if (known && field != nullptr && !iceberg::IsPromotable(*known, field->type) &&
          CastsExactly(*known, field->type)) {
        expression = fmt::format("CAST({} AS {})", expression, transform::SqlType(field->type));
      }
    }
    // By its own name it would be another column of the table, or none.
    const bool renamed = field != nullptr && field != index->Find(source.column.name);
    renames = renames || renamed;
    const std::string target = renamed ? SqlName(field->name) : name;
    if (expression != name) replaced.push_back(fmt::format("{} AS {}", expression, target));
    terms.push_back(expression == target ? name : fmt::format("{} AS {}", expression, target));
  }
  if (renames) return fmt::format("SELECT {} FROM chunk", fmt::join(terms, ", "));
  if (replaced.empty()) return "SELECT * FROM chunk";
  return fmt::format("SELECT * REPLACE ({}) FROM chunk", fmt::join(replaced, ", "));
}

}  // namespace calve::format_parquet
