// A thin wrapper of one SQLite connection: errors as Result, statements that clean up after themselves.
#pragma once

#include <sqlite3.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace calve::sqlite {

class Connection;

/// A prepared statement. Parameters and columns are numbered as SQLite does: from 1 and from 0.
class Statement {
 public:
  void Bind(int parameter, int64_t value);
  void Bind(int parameter, std::string_view value);
  void BindNull(int parameter);
  /// True: a row is there to be read. False: done.
  Result<bool> Step();
  /// Step for a statement that yields no rows.
  Status Run();
  int columns() const;
  int64_t Int(int column) const;
  /// Empty for NULL.
  std::string Text(int column) const;
  std::optional<std::string> TextOrNull(int column) const;

 private:
  friend class Connection;
  struct Finalize {
    void operator()(sqlite3_stmt* stmt) const { sqlite3_finalize(stmt); }
  };
  Statement(Connection& db, sqlite3_stmt* stmt) : db_(&db), stmt_(stmt) {}
  Connection* db_;
  std::unique_ptr<sqlite3_stmt, Finalize> stmt_;
};

/// What a database is to those who read its errors.
struct Role {
  std::string_view noun;   ///< "queue file", in front of its path.
  std::string_view is_no;  ///< "is not a calve queue": of a file that is no database at all.
};

/// Not thread-safe. Not to be carried over a fork.
class Connection {
 public:
  enum class Mode { kCreate, kExisting };
  /// Opens `path`. kNotFound (kExisting), kPermissionDenied, kInvalidArgument (a directory). That it is a database
  /// shows at the first statement. Another connection's lock is waited for up to `busy_timeout`, then kUnavailable.
  static Result<std::unique_ptr<Connection>> Open(const std::string& path, Role role, Mode mode,
                                                  std::chrono::milliseconds busy_timeout);
  /// Runs statements that yield nothing of interest.
  Status Exec(const std::string& sql);
  Result<Statement> Prepare(std::string_view sql);
  /// The first column of the first row; kInternal when there is none.
  Result<int64_t> QueryInt(std::string_view sql);
  Result<std::string> QueryText(std::string_view sql);
  /// Rows that the last statement changed.
  int64_t changes() const;
  /// Whether the last call failed because of another connection's lock.
  bool busy() const;
  bool in_transaction() const;
  const std::string& path() const { return path_; }
  /// The connection's last error as ours: locked -> kUnavailable, no database or damaged -> kCorrupt, full -> kNoSpace,
  /// not writable -> kPermissionDenied, a constraint -> kAlreadyExists.
  Error LastError() const;

 private:
  struct Close {
    void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
  };
  Connection(std::string path, Role role) : path_(std::move(path)), role_(role) {}
  std::string path_;
  Role role_;
  std::unique_ptr<sqlite3, Close> db_;
};

}  // namespace calve::sqlite
