#include "transform/describer.h"

#include <fmt/format.h>

#include <set>

#include "transform/types.h"

namespace calve::transform {

Result<std::unique_ptr<DuckDbDescriber>> DuckDbDescriber::Make(const std::string& private_dir) {
  CALVE_ASSIGN_OR_RETURN(std::unique_ptr<Session> session, Session::Make({.private_dir = private_dir}));
  return std::unique_ptr<DuckDbDescriber>(new DuckDbDescriber(std::move(session)));
}

Result<std::vector<iceberg::Field>> DuckDbDescriber::Describe(const std::vector<csv::Column>& columns,
                                                              bool metadata_columns, const std::string& sql) {
  const std::lock_guard lock(mutex_);
  session_->chunk().Reset(columns, metadata_columns, nullptr);
  CALVE_RETURN_IF_ERROR(session_->Prepare(sql));
  session_->chunk().Reset(columns, metadata_columns, nullptr);
  // Run it, do not only bind it: what can only be known at run time (two scans of the stream) shows here as well.
  Result<QueryResult> result = Query(session_->connection(), fmt::format("SELECT * FROM {}", Session::kResultView));
  if (!result.has_value()) {
    return Err(ErrorKind::kInvalidArgument, fmt::format("the SQL is wrong: {}", result.error().message));
  }
  if (session_->chunk().scans() == 0) {
    return Err(ErrorKind::kInvalidArgument,
               "the SQL does not read the relation chunk, so every chunk would yield the same");
  }
  std::vector<iceberg::Field> fields;
  std::set<std::string> names;
  for (idx_t i = 0; i < duckdb_column_count(&result->raw()); ++i) {
    iceberg::Field field;
    field.name = duckdb_column_name(&result->raw(), i);
    const LogicalType type(duckdb_column_logical_type(&result->raw(), i));
    CALVE_ASSIGN_OR_RETURN(field.type, IcebergType(type.get(), field.name));
    if (!names.insert(field.name).second) {
      return Err(ErrorKind::kInvalidArgument,
                 fmt::format("the SQL yields two columns named {}; give one another name with AS", field.name));
    }
    fields.push_back(std::move(field));
  }
  return fields;
}

}  // namespace calve::transform
