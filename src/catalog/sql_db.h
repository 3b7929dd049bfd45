// A database as the SQL catalog needs it: statements and transactions as values, errors as Result. SQLite and
// PostgreSQL are behind it. Private to this module.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"

namespace calve::catalog {

/// The columns of a row as text; nullopt for NULL.
using SqlRow = std::vector<std::optional<std::string>>;
using SqlBind = std::initializer_list<std::string_view>;

/// How a transaction ended.
enum class SqlCommit {
  kDone,        ///< Committed.
  kRolledBack,  ///< Proven not committed.
  kUnknown,     ///< COMMIT failed in a way that says nothing about what the database holds now.
};

/// One connection. Not thread-safe: the owner locks. Statements name their parameters ?1, ?2 ...; all are text.
/// Errors: kUnavailable (locked, connection lost, time-out), kAlreadyExists (a key is taken), kPermissionDenied,
/// kNoSpace, kCorrupt, kInternal. An error inside a transaction leaves it to be ended by Rollback.
class SqlDb {
 public:
  virtual ~SqlDb() = default;
  SqlDb(const SqlDb&) = delete;
  SqlDb& operator=(const SqlDb&) = delete;

  /// Reads. Outside of a transaction it may be sent twice.
  virtual Result<std::vector<SqlRow>> Query(std::string_view sql, SqlBind bind) = 0;
  /// Changes; the number of rows that were. Inside a transaction only.
  virtual Result<int64_t> Execute(std::string_view sql, SqlBind bind) = 0;
  /// Begins a transaction in which a conditional UPDATE sees the newest committed row.
  virtual Status BeginWrite() = 0;
  /// `*error` says why, unless kDone. The transaction is over whatever the answer.
  virtual SqlCommit Commit(Error* error) = 0;
  virtual void Rollback() = 0;
  /// Lower-case column name -> whether it is part of the primary key. Empty when there is no such table.
  virtual Result<std::map<std::string, bool>> Columns(std::string_view table) = 0;
  /// The name of a table that shows that this database is somebody else's; empty when there is none.
  virtual Result<std::string> ForeignTable() { return std::string(); }

  /// Names it in messages: a path, or a URI without a password.
  const std::string& name() const { return name_; }

 protected:
  explicit SqlDb(std::string name) : name_(std::move(name)) {}

 private:
  const std::string name_;
};

}  // namespace calve::catalog
