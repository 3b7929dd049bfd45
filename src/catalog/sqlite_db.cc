#include "catalog/sqlite_db.h"

#include <fmt/format.h>

namespace calve::catalog {
namespace {

Error SqliteError(sqlite3* db, int code, const std::string& path) {
  const int system_errno = db == nullptr ? 0 : sqlite3_system_errno(db);
  const std::string text =
      fmt::format("{} ({})", db == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(db), sqlite3_errstr(code));
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {ErrorKind::kUnavailable, fmt::format("catalog {} is locked by another process: {}", path, text)};
    case SQLITE_NOTADB:
      return {ErrorKind::kCorrupt,
              fmt::format("{} is not a SQLite database, so it is no catalog; give another path or move it away", path)};
    case SQLITE_CORRUPT:
      return {ErrorKind::kCorrupt, fmt::format("catalog {} is damaged: {}; restore it from a copy", path, text)};
    case SQLITE_CANTOPEN:
      if (system_errno != 0) return ErrnoError(system_errno, "cannot open catalog " + path);
      return {ErrorKind::kPermissionDenied, fmt::format("cannot open catalog {}: {}", path, text)};
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_READONLY:
      return {ErrorKind::kPermissionDenied,
              fmt::format("cannot write catalog {}: {}; the file and its folder must be writable", path, text)};
    case SQLITE_FULL:
      return {ErrorKind::kNoSpace, fmt::format("no space to write catalog {}: {}", path, text)};
    case SQLITE_CONSTRAINT:
      return {ErrorKind::kAlreadyExists, fmt::format("catalog {}: {}", path, text)};
    case SQLITE_IOERR:
    case SQLITE_NOMEM:
    case SQLITE_PROTOCOL:
      return {ErrorKind::kUnavailable, fmt::format("catalog {}: {}", path, text)};
    default:
      return {ErrorKind::kInternal, fmt::format("catalog {}: {}", path, text)};
  }
}

struct Finalize {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};

std::optional<std::string> Text(sqlite3_stmt* statement, int column) {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
  if (text == nullptr) return std::nullopt;
  return std::string(text, static_cast<size_t>(sqlite3_column_bytes(statement, column)));
}

}  // namespace

Result<std::unique_ptr<SqlDb>> SqliteDb::Open(const std::string& path, std::chrono::milliseconds busy_timeout) {
  std::unique_ptr<SqliteDb> db(new SqliteDb(path));
  sqlite3* raw = nullptr;
  // No shared cache and no URI names: the path is a path, whatever characters it has.
  const int code =
      sqlite3_open_v2(path.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX, nullptr);
  db->db_.reset(raw);
  if (code != SQLITE_OK) return std::unexpected(SqliteError(raw, code, path));
  sqlite3_extended_result_codes(raw, 1);
  sqlite3_busy_timeout(raw, static_cast<int>(busy_timeout.count()));
  return std::unique_ptr<SqlDb>(std::move(db));
}

Result<std::vector<SqlRow>> SqliteDb::Query(std::string_view sql, SqlBind bind) {
  sqlite3_stmt* raw = nullptr;
  int code = sqlite3_prepare_v2(db_.get(), sql.data(), static_cast<int>(sql.size()), &raw, nullptr);
  const std::unique_ptr<sqlite3_stmt, Finalize> statement(raw);
  int index = 0;
  for (const std::string_view value : bind) {
    if (code != SQLITE_OK) break;
    code = sqlite3_bind_text64(raw, ++index, value.data(), value.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  }
  if (code != SQLITE_OK) return std::unexpected(SqliteError(db_.get(), code, name()));
  std::vector<SqlRow> rows;
  while ((code = sqlite3_step(raw)) == SQLITE_ROW) {
    SqlRow& row = rows.emplace_back();
    for (int column = 0; column < sqlite3_column_count(raw); ++column) row.push_back(Text(raw, column));
  }
  if (code != SQLITE_DONE) return std::unexpected(SqliteError(db_.get(), code, name()));
  return rows;
}

Result<int64_t> SqliteDb::Execute(std::string_view sql, SqlBind bind) {
  CALVE_RETURN_IF_ERROR(Query(sql, bind));
  return int64_t{sqlite3_changes(db_.get())};
}

Status SqliteDb::BeginWrite() {
  CALVE_RETURN_IF_ERROR(Query("BEGIN IMMEDIATE", {}));
  return {};
}

SqlCommit SqliteDb::Commit(Error* error) {
  const auto status = Query("COMMIT", {});
  if (status) return SqlCommit::kDone;
  *error = status.error();
  // While readers hold the file COMMIT changes nothing and leaves the transaction open.
  const bool busy = (sqlite3_errcode(db_.get()) & 0xff) == SQLITE_BUSY && sqlite3_get_autocommit(db_.get()) == 0;
  Rollback();
  return busy ? SqlCommit::kRolledBack : SqlCommit::kUnknown;
}

void SqliteDb::Rollback() {
  // An error may have ended the transaction already; then there is nothing to do, and SQLite says so.
  if (sqlite3_get_autocommit(db_.get()) == 0) static_cast<void>(Query("ROLLBACK", {}));
}

Result<std::map<std::string, bool>> SqliteDb::Columns(std::string_view table) {
  CALVE_ASSIGN_OR_RETURN(const auto rows, Query("SELECT lower(name), pk > 0 FROM pragma_table_info(?1)", {table}));
  std::map<std::string, bool> columns;
  for (const SqlRow& row : rows) columns[row[0].value_or("")] = row[1] == "1";
  return columns;
}

Result<std::string> SqliteDb::ForeignTable() {
  CALVE_ASSIGN_OR_RETURN(const auto rows,
                         Query("SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE "
                               "'sqlite\\_%' ESCAPE '\\' AND name <> 'iceberg_namespace_properties' LIMIT 1",
                               {}));
  return rows.empty() ? std::string() : rows[0][0].value_or("");
}

}  // namespace calve::catalog
