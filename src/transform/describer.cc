#include "transform/describer.h"

#include <fmt/format.h>

#include <filesystem>
#include <set>
#include <utility>

#include "base/scratch.h"
#include "transform/row_wise.h"
#include "transform/types.h"

namespace calve::transform {

Result<std::unique_ptr<DuckDbDescriber>> DuckDbDescriber::Make(const std::string& private_dir) {
  CALVE_ASSIGN_OR_RETURN(std::unique_ptr<Session> session, Session::Make({.private_dir = private_dir}));
  return std::unique_ptr<DuckDbDescriber>(new DuckDbDescriber(std::move(session)));
}

Status DuckDbDescriber::Revive() {
  if (session_->IsAlive()) return {};
  CALVE_ASSIGN_OR_RETURN(session_, Session::Make({.private_dir = session_->private_dir()}));
  return {};
}

Status DuckDbDescriber::WithSession(const std::function<Status(Session&, const std::string&)>& work) {
  const std::lock_guard lock(mutex_);
  const std::string directory = session_->private_dir();
  CALVE_RETURN_IF_ERROR(MakeScratchFolder(directory, Durable::kYes));
  const Status done = work(*session_, directory);
  std::error_code error;
  std::filesystem::remove_all(directory, error);
  // What was made for it above is not left behind either; when others work there it is not empty, and stays.
  std::filesystem::remove(std::filesystem::path(directory).parent_path(), error);
  CALVE_RETURN_IF_ERROR(Revive());
  return done;
}

Result<load::Described> DuckDbDescriber::Describe(const load::Plan& plan) {
  const std::lock_guard lock(mutex_);
  CALVE_ASSIGN_OR_RETURN(std::vector<TypedColumn> columns, TypedColumns(session_->connection(), plan.columns));
  session_->chunk().Reset(std::move(columns), plan.metadata_columns, nullptr);
  CALVE_RETURN_IF_ERROR(session_->BindStream());
  CALVE_RETURN_IF_ERROR(session_->Prepare(plan.sql));
  session_->chunk().Restart(nullptr);
  // Run it, do not only bind it: what can only be known at run time (two scans of the stream) shows here as well.
  Result<QueryResult> result = Query(session_->connection(), fmt::format("SELECT * FROM {}", Session::kResultView));
  if (!result.has_value()) {
    return Err(ErrorKind::kInvalidArgument, fmt::format("the SQL is wrong: {}", result.error().message));
  }
  if (session_->chunk().scans() == 0) {
    return Err(ErrorKind::kInvalidArgument,
               "the SQL does not read the relation chunk, so every chunk would yield the same");
  }
  load::Described described;
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
    described.columns.push_back(std::move(field));
  }
  CALVE_ASSIGN_OR_RETURN(described.not_row_wise, JudgeRows());
  return described;
}

Result<std::optional<std::string>> DuckDbDescriber::JudgeRows() {
  CALVE_ASSIGN_OR_RETURN(
      const auto rows,
      QueryText(session_->connection(), fmt::format("EXPLAIN (FORMAT json) SELECT * FROM {}", Session::kResultView)));
  if (rows.size() != 1 || rows.front().size() < 2 || !rows.front()[1]) {
    return Err(ErrorKind::kInternal, "DuckDB does not say how it would run the SQL");
  }
  CALVE_ASSIGN_OR_RETURN(const Json plan, ParseJson(*rows.front()[1], "DuckDB's plan of the SQL"));
  return WhyNotRowWise(plan);
}

}  // namespace calve::transform
