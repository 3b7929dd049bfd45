#include "sqlite/connection.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>

namespace calve::sqlite {

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
  return std::unexpected(db_->LastError());
}

Status Statement::Run() {
  for (;;) {
    CALVE_ASSIGN_OR_RETURN(const bool row, Step());
    if (!row) return {};
  }
}

int64_t Statement::Int(int column) const { return sqlite3_column_int64(stmt_.get(), column); }

int Statement::columns() const { return sqlite3_column_count(stmt_.get()); }

std::string Statement::Text(int column) const { return TextOrNull(column).value_or(""); }

std::optional<std::string> Statement::TextOrNull(int column) const {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(stmt_.get(), column));
  if (text == nullptr) return std::nullopt;
  return std::string(text, static_cast<size_t>(sqlite3_column_bytes(stmt_.get(), column)));
}

Result<std::unique_ptr<Connection>> Connection::Open(const std::string& path, Role role, Mode mode,
                                                     std::chrono::milliseconds busy_timeout) {
  struct stat st = {};
  const bool there = stat(path.c_str(), &st) == 0;
  if (!there && mode == Mode::kExisting)
    return std::unexpected(ErrnoError(errno, fmt::format("{} {}", role.noun, path)));
  if (there && !S_ISREG(st.st_mode)) {
    return Err(ErrorKind::kInvalidArgument, fmt::format("{} {} is not a regular file", role.noun, path));
  }
  std::unique_ptr<Connection> db(new Connection(path, role));
  sqlite3* raw = nullptr;
  // No shared cache and no URI names: the path is a path, whatever characters it has. NOMUTEX: whoever owns the
  // connection has a mutex of its own.
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (mode == Mode::kCreate ? SQLITE_OPEN_CREATE : 0);
  const int code = sqlite3_open_v2(path.c_str(), &raw, flags, nullptr);
  db->db_.reset(raw);
  if (code != SQLITE_OK) {
    const int system_error = raw == nullptr ? 0 : sqlite3_system_errno(raw);
    if (system_error != 0)
      return std::unexpected(ErrnoError(system_error, fmt::format("cannot open {} {}", role.noun, path)));
    return std::unexpected(db->LastError());
  }
  sqlite3_extended_result_codes(raw, 1);
  sqlite3_busy_timeout(raw, static_cast<int>(busy_timeout.count()));
  return db;
}

Status Connection::Exec(const std::string& sql) {
  if (sqlite3_exec(db_.get(), sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK) return {};
  return std::unexpected(LastError());
}

Result<Statement> Connection::Prepare(std::string_view sql) {
  sqlite3_stmt* stmt = nullptr;
  if (sqlite3_prepare_v2(db_.get(), sql.data(), static_cast<int>(sql.size()), &stmt, nullptr) != SQLITE_OK) {
    return std::unexpected(LastError());
  }
  return Statement(*this, stmt);
}

Result<int64_t> Connection::QueryInt(std::string_view sql) {
  CALVE_ASSIGN_OR_RETURN(Statement statement, Prepare(sql));
  CALVE_ASSIGN_OR_RETURN(const bool row, statement.Step());
  if (!row) return Err(ErrorKind::kInternal, fmt::format("{} {}: no row from {}", role_.noun, path_, sql));
  return statement.Int(0);
}

Result<std::string> Connection::QueryText(std::string_view sql) {
  CALVE_ASSIGN_OR_RETURN(Statement statement, Prepare(sql));
  CALVE_ASSIGN_OR_RETURN(const bool row, statement.Step());
  if (!row) return Err(ErrorKind::kInternal, fmt::format("{} {}: no row from {}", role_.noun, path_, sql));
  return statement.Text(0);
}

int64_t Connection::changes() const { return sqlite3_changes64(db_.get()); }

bool Connection::busy() const { return (sqlite3_errcode(db_.get()) & 0xff) == SQLITE_BUSY; }

bool Connection::in_transaction() const { return sqlite3_get_autocommit(db_.get()) == 0; }

Error Connection::LastError() const {
  const int code = db_ ? sqlite3_extended_errcode(db_.get()) : SQLITE_NOMEM;
  const int system_error = db_ ? sqlite3_system_errno(db_.get()) : 0;
  const std::string what = fmt::format("{} {}", role_.noun, path_);
  const std::string text =
      fmt::format("{} ({})", db_ ? sqlite3_errmsg(db_.get()) : "out of memory", sqlite3_errstr(code));
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
      return {ErrorKind::kUnavailable, fmt::format("{} is locked by another process: {}", what, text)};
    case SQLITE_NOTADB:
      return {ErrorKind::kCorrupt, fmt::format("{} {}: it is not an SQLite database", path_, role_.is_no)};
    case SQLITE_CORRUPT:
      return {ErrorKind::kCorrupt, fmt::format("{} is damaged: {}; restore it from a copy", what, text)};
    case SQLITE_FULL:
      return {ErrorKind::kNoSpace, fmt::format("no space to write {}: {}", what, text)};
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_AUTH:
      return {ErrorKind::kPermissionDenied,
              fmt::format("cannot write {}: {}; the file and its folder must be writable", what, text)};
    case SQLITE_CONSTRAINT:
      return {ErrorKind::kAlreadyExists, fmt::format("{}: {}", what, text)};
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
      if (system_error != 0) return ErrnoError(system_error, fmt::format("{}: {}", what, text));
      return {ErrorKind::kUnavailable, fmt::format("{}: {}", what, text)};
    case SQLITE_NOMEM:
      return {ErrorKind::kUnavailable, fmt::format("{}: {}", what, text)};
    default:
      return {ErrorKind::kInternal, fmt::format("{}: {}", what, text)};
  }
}

}  // namespace calve::sqlite
