// SQLite as this module uses it: statements and transactions as values, errors as Result. Private to this module.
#pragma once

#include <sqlite3.h>

#include <chrono>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace calve::catalog {

/// One prepared statement. Lives no longer than its database.
class SqliteStatement {
 public:
  /// Runs to the next row: true when there is one.
  Result<bool> Step();
  /// A column of the row as text; nullopt for NULL.
  std::optional<std::string> Text(int column) const;
  int64_t Int(int column) const { return sqlite3_column_int64(statement_.get(), column); }

 private:
  friend class SqliteDb;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  SqliteStatement(sqlite3* db, sqlite3_stmt* statement, const std::string* path)
      : db_(db), statement_(statement), path_(path) {}

  sqlite3* db_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  const std::string* path_;
};

/// How a transaction ended.
enum class SqliteCommit {
  kDone,        ///< Committed.
  kRolledBack,  ///< Proven not committed: others held the file all the time.
  kUnknown,     ///< COMMIT failed in a way that says nothing about what is on disk.
};

/// One connection. Not thread-safe: the owner locks.
class SqliteDb {
 public:
  /// Opens `path`, creating the file when it is not there. `busy_timeout`: how long a statement waits for other
  /// connections' locks before it fails with kUnavailable.
  static Result<std::unique_ptr<SqliteDb>> Open(const std::string& path, std::chrono::milliseconds busy_timeout);

  Result<SqliteStatement> Prepare(std::string_view sql, std::initializer_list<std::string_view> bind = {});
  /// Runs a statement that gives no rows.
  Status Run(std::string_view sql, std::initializer_list<std::string_view> bind = {});
  /// Rows changed by the last INSERT, UPDATE or DELETE.
  int changes() const { return sqlite3_changes(db_.get()); }

  /// Takes the write lock at once, so that two writers never dead-lock on upgrading a read lock.
  Status BeginWrite() { return Run("BEGIN IMMEDIATE"); }
  SqliteCommit Commit(Error* error);
  void Rollback();

 private:
  struct Close {
    void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
  };
  explicit SqliteDb(std::string path) : path_(std::move(path)) {}

  std::string path_;
  std::unique_ptr<sqlite3, Close> db_;
};

}  // namespace calve::catalog
