// SQLite behind SqlDb. Private to this module.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "catalog/sql_db.h"
#include "sqlite/connection.h"

namespace calve::catalog {

class SqliteDb final : public SqlDb {
 public:
  /// Opens `path`, creating the file when it is not there. `busy_timeout`: how long a statement waits for other
  /// connections' locks before it fails with kUnavailable.
  static Result<std::unique_ptr<SqlDb>> Open(const std::string& path, std::chrono::milliseconds busy_timeout);

  Result<std::vector<SqlRow>> Query(std::string_view sql, SqlBind bind) override;
  Result<int64_t> Execute(std::string_view sql, SqlBind bind) override;
  /// Takes the write lock at once, so that two writers never dead-lock on upgrading a read lock.
  Status BeginWrite() override;
  SqlCommit Commit(Error* error) override;
  void Rollback() override;
  Result<std::map<std::string, bool>> Columns(std::string_view table) override;
  Result<std::string> ForeignTable() override;

 private:
  explicit SqliteDb(std::string path) : SqlDb(std::move(path)) {}

  std::unique_ptr<sqlite::Connection> db_;
};

}  // namespace calve::catalog
