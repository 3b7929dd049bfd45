#include "queue/sqlite_db.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>

namespace calve::queue {

void Statement::Bind(int parameter, int64_t value) { sqlite3_bind_int64(stmt_.get(), parameter, value); }

void Statement::Bind(int parameter, std::string_view value) {
  sqlite3_bind_text64(stmt_.get(), parameter, value.data() == nullptr ? "" : value.data(), value.size(),
                      SQLITE_TRANSIENT, SQLITE_UTF8);
}

void Statement::BindNull(int parameter) { sqlite3_bind_null(stmt_.get(), parameter); }

Result<bool> Statement::Step() {
  const int code = sqlite3_step(stmt_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return std::unexpected(db_->LastError("statement failed"));
}

Status Statement::Run() {
  for (;;) {
    CALVE_ASSIGN_OR_RETURN(const bool row, Step());
    if (!row) return {};
  }
}

int64_t Statement::Int(int column) const { return sqlite3_column_int64(stmt_.get(), column); }

std::string Statement::Text(int column) const {
  const unsigned char* text = sqlite3_column_text(stmt_.get(), column);
  if (text == nullptr) return {};
  return {reinterpret_cast<const char*>(text), static_cast<size_t>(sqlite3_column_bytes(stmt_.get(), column))};
}

Result<std::unique_ptr<SqliteDb>> SqliteDb::Open(const std::string& path, Mode mode,
                                                 std::chrono::milliseconds busy_timeout) {
  struct stat st = {};
  const bool there = stat(path.c_str(), &st) == 0;
  if (!there && mode == Mode::kExisting) return std::unexpected(ErrnoError(errno, fmt::format("queue file {}", path)));
  if (there && !S_ISREG(st.st_mode)) {
    return Err(ErrorKind::kInvalidArgument, fmt::format("queue file {} is not a regular file", path));
  }
  std::unique_ptr<SqliteDb> db(new SqliteDb(path));
  sqlite3* raw = nullptr;
  // NOMUTEX: whoever owns the connection has a mutex of its own.
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (mode == Mode::kCreate ? SQLITE_OPEN_CREATE : 0);
  const int code = sqlite3_open_v2(path.c_str(), &raw, flags, nullptr);
  db->db_.reset(raw);
  if (code != SQLITE_OK) {
    const int system_error = raw == nullptr ? 0 : sqlite3_system_errno(raw);
    if (system_error != 0)
      return std::unexpected(ErrnoError(system_error, fmt::format("cannot open queue file {}", path)));
    return std::unexpected(db->LastError("cannot open"));
  }
  sqlite3_extended_result_codes(raw, 1);
  sqlite3_busy_timeout(raw, static_cast<int>(busy_timeout.count()));
  return db;
}

Status SqliteDb::Exec(const std::string& sql) {
  if (sqlite3_exec(db_.get(), sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK) return {};
  return std::unexpected(LastError("statement failed"));
}

Result<Statement> SqliteDb::Prepare(std::string_view sql) {
  sqlite3_stmt* stmt = nullptr;
  if (sqlite3_prepare_v2(db_.get(), sql.data(), static_cast<int>(sql.size()), &stmt, nullptr) != SQLITE_OK) {
    return std::unexpected(LastError("statement failed"));
  }
  return Statement(*this, stmt);
}

Result<int64_t> SqliteDb::QueryInt(std::string_view sql) {
  CALVE_ASSIGN_OR_RETURN(Statement statement, Prepare(sql));
  CALVE_ASSIGN_OR_RETURN(const bool row, statement.Step());
  if (!row) return Err(ErrorKind::kInternal, fmt::format("queue file {}: no row from {}", path_, sql));
  return statement.Int(0);
}

Result<std::string> SqliteDb::QueryText(std::string_view sql) {
  CALVE_ASSIGN_OR_RETURN(Statement statement, Prepare(sql));
  CALVE_ASSIGN_OR_RETURN(const bool row, statement.Step());
  if (!row) return Err(ErrorKind::kInternal, fmt::format("queue file {}: no row from {}", path_, sql));
  return statement.Text(0);
}

int64_t SqliteDb::changes() const { return sqlite3_changes64(db_.get()); }

Error SqliteDb::LastError(std::string_view what) const {
  const std::string message =
      fmt::format("queue file {}: {}: {}", path_, what, db_ ? sqlite3_errmsg(db_.get()) : "out of memory");
  switch (db_ ? sqlite3_errcode(db_.get()) & 0xff : SQLITE_NOMEM) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
      return {ErrorKind::kUnavailable, message};
    case SQLITE_NOTADB:
      return {ErrorKind::kCorrupt, fmt::format("{} is not a calve queue: it is not an SQLite database", path_)};
    case SQLITE_CORRUPT:
      return {ErrorKind::kCorrupt, message};
    case SQLITE_FULL:
      return {ErrorKind::kNoSpace, message};
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_AUTH:
      return {ErrorKind::kPermissionDenied, message};
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN: {
      const int system_error = sqlite3_system_errno(db_.get());
      return system_error != 0 ? ErrnoError(system_error, message) : Error{ErrorKind::kUnavailable, message};
    }
    default:
      return {ErrorKind::kInternal, message};
  }
}

}  // namespace calve::queue
