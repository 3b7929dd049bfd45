#include "transform/session.h"

#include <fmt/format.h>

#include <algorithm>

namespace calve::transform {
namespace {

/// Refuses anything but exactly one SELECT, before any of it is run.
Status CheckOneSelect(duckdb_connection connection, const std::string& sql) {
  Extracted statements;
  const idx_t count = duckdb_extract_statements(connection, sql.c_str(), statements.out());
  if (count == 0) {
    const char* message = duckdb_extract_statements_error(statements.get());
    return Err(
        ErrorKind::kInvalidArgument,
        fmt::format("the SQL cannot be parsed: {}", message != nullptr && *message != '\0' ? message : "it is empty"));
  }
  if (count > 1) {
    return Err(ErrorKind::kInvalidArgument,
               fmt::format("the SQL has {} statements; it must be one SELECT over chunk", count));
  }
  Prepared prepared;
  if (duckdb_prepare_extracted_statement(connection, statements.get(), 0, prepared.out()) != DuckDBSuccess) {
    const char* message = duckdb_prepare_error(prepared.get());
    return Err(ErrorKind::kInvalidArgument, fmt::format("the SQL is wrong: {}", message == nullptr ? "" : message));
  }
  if (duckdb_prepared_statement_type(prepared.get()) != DUCKDB_STATEMENT_TYPE_SELECT) {
    return Err(ErrorKind::kInvalidArgument, "the SQL is no SELECT; it must be one SELECT over chunk");
  }
  if (duckdb_nparams(prepared.get()) != 0) {
    return Err(ErrorKind::kInvalidArgument, "the SQL has parameters; write the values out");
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<Session>> Session::Make(const SessionOptions& options) {
  std::unique_ptr<Session> session(new Session());
  session->private_dir_ = options.private_dir;
  Config config;
  if (duckdb_create_config(config.out()) != DuckDBSuccess)
    return Err(ErrorKind::kInternal, "DuckDB gave no configuration");
  duckdb_set_config(config.get(), "threads", "1");
  duckdb_set_config(config.get(), "autoinstall_known_extensions", "false");
  duckdb_set_config(config.get(), "autoload_known_extensions", "false");
  duckdb_set_config(config.get(), "allow_community_extensions", "false");
  char* message = nullptr;
  if (duckdb_open_ext(nullptr, session->database_.out(), config.get(), &message) != DuckDBSuccess) {
    const std::string text = message == nullptr ? "no reason given" : message;
    duckdb_free(message);
    return Err(ErrorKind::kInternal, "DuckDB does not open: " + text);
  }
  if (duckdb_connect(session->database_.get(), session->connection_.out()) != DuckDBSuccess) {
    return Err(ErrorKind::kInternal, "DuckDB does not connect");
  }
  duckdb_connection connection = session->connection_.get();
  CALVE_RETURN_IF_ERROR(session->chunk_.Register(connection));
  CALVE_RETURN_IF_ERROR(session->partitions_.Register(connection));
  CALVE_RETURN_IF_ERROR(session->rows_.Register(connection));
  CALVE_RETURN_IF_ERROR(session->floats_.Register(connection));
  std::vector<std::string> settings = {
      "SET TimeZone = 'UTC'",
      "SET preserve_insertion_order = true",
      "SET partitioned_write_max_open_files = 512",
      "SET enable_external_file_cache = false",  // Nothing is read twice.
      fmt::format("SET temp_directory = {}", SqlString(options.private_dir + "/spill")),
      fmt::format("SET allowed_directories = [{}]", SqlString(options.private_dir + "/")),
      "SET enable_external_access = false",
      "SET lock_configuration = true",
  };
  if (options.memory_limit_bytes != 0) {
    settings.insert(settings.begin(), fmt::format("SET memory_limit = '{}B'", options.memory_limit_bytes));
  }
  for (const std::string& setting : settings) {
    Result<QueryResult> set = Query(connection, setting);
    if (!set.has_value()) return WithContext(std::move(set).error(), setting);
  }
  return session;
}

Status Session::BindStream() { return BindRelation(fmt::format("SELECT * FROM {}()", ChunkSource::kFunction)); }

Status Session::BindRelation(const std::string& relation) {
  CALVE_RETURN_IF_ERROR(Query(connection(), "CREATE OR REPLACE TEMP VIEW chunk AS " + relation));
  return {};
}

Status Session::Prepare(const std::string& sql) {
  CALVE_RETURN_IF_ERROR(CheckOneSelect(connection(), sql));
  Result<QueryResult> view = Query(connection(), fmt::format("CREATE OR REPLACE TEMP VIEW {} AS {}", kResultView, sql));
  if (!view.has_value()) {
    return Err(view.error().kind, fmt::format("the SQL is wrong: {}", view.error().message));
  }
  return {};
}

Status Session::Drain() {
  chunk_.AllowNextScan();
  CALVE_RETURN_IF_ERROR(Run(fmt::format("SELECT count(*) FROM {}()", ChunkSource::kFunction)));
  return {};
}

Result<QueryResult> Session::Run(const std::string& sql) {
  Result<QueryResult> result = Query(connection(), sql);
  if (result.has_value()) return result;
  for (const std::optional<Error>* why : {&chunk_.error(), &rows_.error(), &partitions_.error()}) {
    if (*why) return std::unexpected(**why);
  }
  return result;
}

}  // namespace calve::transform
