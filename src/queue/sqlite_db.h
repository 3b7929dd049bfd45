// A thin wrapper of one SQLite connection: errors as Result, statements that clean up after themselves.
#pragma once

#include <sqlite3.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"

namespace calve::queue {

class SqliteDb;

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
  int64_t Int(int column) const;
  std::string Text(int column) const;

 private:
  friend class SqliteDb;
  struct Finalize {
    void operator()(sqlite3_stmt* stmt) const { sqlite3_finalize(stmt); }
  };
  Statement(SqliteDb& db, sqlite3_stmt* stmt) : db_(&db), stmt_(stmt) {}
  SqliteDb* db_;
  std::unique_ptr<sqlite3_stmt, Finalize> stmt_;
};

/// Not thread-safe. Not to be carried over a fork.
class SqliteDb {
 public:
  enum class Mode { kCreate, kExisting };
  /// Opens `path`. kNotFound (kExisting), kPermissionDenied, kInvalidArgument (a directory). That it is a database
  /// shows at the first statement. Another connection's lock is waited for up to `busy_timeout`, then kUnavailable.
  static Result<std::unique_ptr<SqliteDb>> Open(const std::string& path, Mode mode,
                                                std::chrono::milliseconds busy_timeout);
  /// Runs statements that yield nothing of interest.
  Status Exec(const std::string& sql);
  Result<Statement> Prepare(std::string_view sql);
  /// The first column of the first row; kInternal when there is none.
  Result<int64_t> QueryInt(std::string_view sql);
  Result<std::string> QueryText(std::string_view sql);
  /// Rows that the last statement changed.
  int64_t changes() const;
  const std::string& path() const { return path_; }
  /// The connection's last error as ours: locked -> kUnavailable, no database or damaged -> kCorrupt, full -> kNoSpace.
  Error LastError(std::string_view what) const;

 private:
  struct Close {
    void operator()(sqlite3* db) const { sqlite3_close(db); }
  };
  explicit SqliteDb(std::string path) : path_(std::move(path)) {}
  std::string path_;
  std::unique_ptr<sqlite3, Close> db_;
};

}  // namespace calve::queue
