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

}  // namespace

Result<bool> SqliteStatement::Step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return std::unexpected(SqliteError(db_, code, *path_));
}

std::optional<std::string> SqliteStatement::Text(int column) const {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_.get(), column));
  if (text == nullptr) return std::nullopt;
  return std::string(text, static_cast<size_t>(sqlite3_column_bytes(statement_.get(), column)));
}

Result<std::unique_ptr<SqliteDb>> SqliteDb::Open(const std::string& path, std::chrono::milliseconds busy_timeout) {
  std::unique_ptr<SqliteDb> db(new SqliteDb(path));
  sqlite3* raw = nullptr;
  // No shared cache and no URI names: the path is a path, whatever characters it has.
  const int code =
      sqlite3_open_v2(path.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX, nullptr);
  db->db_.reset(raw);
  if (code != SQLITE_OK) return std::unexpected(SqliteError(raw, code, path));
  sqlite3_extended_result_codes(raw, 1);
  sqlite3_busy_timeout(raw, static_cast<int>(busy_timeout.count()));
  return db;
}

Result<SqliteStatement> SqliteDb::Prepare(std::string_view sql, std::initializer_list<std::string_view> bind) {
  sqlite3_stmt* raw = nullptr;
  int code = sqlite3_prepare_v2(db_.get(), sql.data(), static_cast<int>(sql.size()), &raw, nullptr);
  SqliteStatement statement(db_.get(), raw, &path_);
  int index = 0;
  for (const std::string_view value : bind) {
    if (code != SQLITE_OK) break;
    code = sqlite3_bind_text64(raw, ++index, value.data(), value.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  }
  if (code != SQLITE_OK) return std::unexpected(SqliteError(db_.get(), code, path_));
  return statement;
}

Status SqliteDb::Run(std::string_view sql, std::initializer_list<std::string_view> bind) {
  CALVE_ASSIGN_OR_RETURN(SqliteStatement statement, Prepare(sql, bind));
  bool row = true;
  while (row) {
    CALVE_ASSIGN_OR_RETURN(row, statement.Step());
  }
  return {};
}

SqliteCommit SqliteDb::Commit(Error* error) {
  const auto status = Run("COMMIT");
  if (status) return SqliteCommit::kDone;
  *error = status.error();
  // While readers hold the file COMMIT changes nothing and leaves the transaction open.
  const bool busy = (sqlite3_errcode(db_.get()) & 0xff) == SQLITE_BUSY && sqlite3_get_autocommit(db_.get()) == 0;
  Rollback();
  return busy ? SqliteCommit::kRolledBack : SqliteCommit::kUnknown;
}

void SqliteDb::Rollback() {
  // An error may have ended the transaction already; then there is nothing to do, and SQLite says so.
  if (sqlite3_get_autocommit(db_.get()) == 0) (void)Run("ROLLBACK");
}

}  // namespace calve::catalog
