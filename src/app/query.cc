#include "app/query.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>

#include "app/query_files.h"
#include "base/ascii.h"
#include "iceberg/scan.h"
#include "transform/duckdb_handle.h"
#include "transform/types.h"

namespace calve::app {
namespace {

/// A table as a view over its live files, columns by field id, so that renamed and added columns are what they should
/// be.
Result<std::string> ViewOf(Environment& environment, const iceberg::TableIdentifier& table,
                           const iceberg::LoadedTable& loaded, QueryFiles& query_files) {
  CALVE_ASSIGN_OR_RETURN(const iceberg::LiveFiles live, iceberg::ListLiveFiles(loaded.metadata, environment.store()));
  if (live.delete_files > 0) {
    return Err(
        ErrorKind::kInvalidArgument,
        fmt::format("table {} has delete files, which calve query does not apply; read it with an engine that does",
                    table.ToString()));
  }
  const std::string schema = fmt::format("{}", fmt::join(table.ns, "."));
  const std::string name = SqlName(schema) + "." + SqlName(table.name);
  std::vector<std::string> columns;
  std::vector<std::string> empty;
  for (const iceberg::Field& field : loaded.metadata.schema().fields) {
    const std::string type = transform::SqlType(field.type);
    columns.push_back(fmt::format("{}: {{name: {}, type: {}, default_value: NULL}}", field.id, SqlString(field.name),
                                  SqlString(type)));
    empty.push_back(fmt::format("CAST(NULL AS {}) AS {}", type, SqlName(field.name)));
  }
  const std::string create = fmt::format("CREATE SCHEMA IF NOT EXISTS {}; CREATE VIEW {} AS ", SqlName(schema), name);
  if (live.data_files.empty()) return create + fmt::format("SELECT {} WHERE false", fmt::join(empty, ", "));
  std::vector<std::string> files;
  for (const iceberg::DataFile& file : live.data_files) {
    CALVE_ASSIGN_OR_RETURN(const std::string path, query_files.PathOf(file.file_path));
    files.push_back(SqlString(path));
  }
  return create + fmt::format("SELECT * FROM read_parquet([{}], schema = MAP {{{}}}, hive_partitioning = false)",
                              fmt::join(files, ", "), fmt::join(columns, ", "));
}

Status RegisterTables(Environment& environment, duckdb_connection connection, const std::string& sql,
                      QueryFiles& files) {
  CALVE_ASSIGN_OR_RETURN(const std::vector<iceberg::TableIdentifier> tables, environment.catalog().List({}));
  const std::string text = AsciiLower(sql);
  const bool all = text.find("show") != std::string::npos || text.find("information_schema") != std::string::npos;
  for (const iceberg::TableIdentifier& table : tables) {
    // Each costs its metadata, and on a remote store its data files: those that the query cannot mean are left out.
    const auto named = [&](const std::string& part) { return text.find(AsciiLower(part)) != std::string::npos; };
    if (!all && !(named(table.name) && std::ranges::all_of(table.ns, named))) continue;
    CALVE_ASSIGN_OR_RETURN(const iceberg::LoadedTable loaded, environment.catalog().Load(table));
    CALVE_ASSIGN_OR_RETURN(const std::string view, ViewOf(environment, table, loaded, files));
    Result<transform::QueryResult> created = transform::Query(connection, view);
    if (!created.has_value()) return WithContext(std::move(created).error(), "table " + table.ToString());
  }
  return {};
}

std::string WithoutSemicolon(std::string sql) {
  while (!sql.empty() && (sql.back() == ';' || std::isspace(static_cast<unsigned char>(sql.back())) != 0))
    sql.pop_back();
  return sql;
}

}  // namespace

Result<QueryOutput> RunQuery(Environment& environment, const std::string& sql, size_t max_rows) {
  transform::Database database;
  transform::Connection connection;
  if (duckdb_open(nullptr, database.out()) != DuckDBSuccess ||
      duckdb_connect(database.get(), connection.out()) != DuckDBSuccess) {
    return Err(ErrorKind::kInternal, "DuckDB does not open");
  }
  CALVE_RETURN_IF_ERROR(transform::Query(connection.get(), "SET TimeZone = 'UTC'"));
  CALVE_RETURN_IF_ERROR(transform::Query(connection.get(), "SET autoinstall_known_extensions = false"));
  CALVE_RETURN_IF_ERROR(
      transform::Query(connection.get(), fmt::format("SET threads = {}", environment.settings().Threads())));
  QueryFiles files(environment.store(), environment.NewScratchFolder());
  CALVE_RETURN_IF_ERROR(RegisterTables(environment, connection.get(), sql, files));
  const std::string body = WithoutSemicolon(sql);

  // The statement as it is first: its own error message is better than that of the wrapped one.
  transform::Prepared prepared;
  if (duckdb_prepare(connection.get(), body.c_str(), prepared.out()) != DuckDBSuccess) {
    return Err(ErrorKind::kInvalidArgument, duckdb_prepare_error(prepared.get()));
  }
  const duckdb_statement_type kind = duckdb_prepared_statement_type(prepared.get());
  if (kind != DUCKDB_STATEMENT_TYPE_SELECT && kind != DUCKDB_STATEMENT_TYPE_EXPLAIN) {
    return Err(ErrorKind::kInvalidArgument, "calve query reads only: say SELECT, DESCRIBE, SUMMARIZE or SHOW");
  }
  QueryOutput output;
  for (idx_t i = 0; i < duckdb_prepared_statement_column_count(prepared.get()); ++i) {
    const char* name = duckdb_prepared_statement_column_name(prepared.get(), i);
    output.names.emplace_back(name == nullptr ? "" : name);
    duckdb_free(const_cast<char*>(name));
    const transform::LogicalType type(duckdb_prepared_statement_column_logical_type(prepared.get(), i));
    output.types.push_back(type.get() == nullptr ? "VARCHAR" : transform::TypeName(type.get()));
  }
  const std::string limit = max_rows == 0 ? "" : fmt::format(" LIMIT {}", max_rows + 1);
  const std::string wrapped = kind == DUCKDB_STATEMENT_TYPE_EXPLAIN
                                  ? body
                                  : fmt::format("SELECT CAST(COLUMNS(*) AS VARCHAR) FROM ({}\n){}", body, limit);
  CALVE_ASSIGN_OR_RETURN(output.rows, transform::QueryText(connection.get(), wrapped));
  if (max_rows != 0 && output.rows.size() > max_rows) {
    output.rows.resize(max_rows);
    output.truncated = true;
  }
  return output;
}

}  // namespace calve::app
