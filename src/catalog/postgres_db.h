// PostgreSQL behind SqlDb, by libpq. Private to this module.
#pragma once

#include <libpq-fe.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "catalog/postgres_uri.h"
#include "catalog/sql_db.h"

namespace calve::catalog {

/// Every wait has an end: for a connection, for a lock (the server's lock_timeout and statement_timeout) and for an
/// answer (a server that is gone says nothing). A connection that broke between two transactions is opened again; one
/// that breaks inside a transaction fails it, and only a COMMIT that was sent leaves its outcome unknown.
class PostgresDb final : public SqlDb {
 public:
  /// kInvalidArgument (URI), kUnavailable, kPermissionDenied (log-in refused), kNotFound (no such database).
  static Result<std::unique_ptr<SqlDb>> Open(const std::string& uri, std::chrono::milliseconds connect_timeout,
                                             std::chrono::milliseconds statement_timeout, Clock& clock);

  Result<std::vector<SqlRow>> Query(std::string_view sql, SqlBind bind) override;
  Result<int64_t> Execute(std::string_view sql, SqlBind bind) override;
  Status BeginWrite() override;
  SqlCommit Commit(Error* error) override;
  void Rollback() override;
  Result<std::map<std::string, bool>> Columns(std::string_view table) override;

 private:
  struct Finish {
    void operator()(PGconn* connection) const { PQfinish(connection); }
  };
  struct Clear {
    void operator()(PGresult* result) const { PQclear(result); }
  };
  using ResultPtr = std::unique_ptr<PGresult, Clear>;

  /// Why a statement failed.
  struct Failure {
    Error error;
    bool answered = false;  ///< The server said so. Otherwise its answer is lost, or it never saw the statement.
    std::string sqlstate;
  };
  using Outcome = std::expected<ResultPtr, Failure>;

  PostgresDb(PostgresTarget target, std::chrono::milliseconds connect_timeout,
             std::chrono::milliseconds statement_timeout, Clock& clock);

  Status Connect();
  Outcome Send(std::string_view sql, SqlBind bind);
  /// Outside of a transaction: connects when needed, and once more when the old connection turns out to be broken.
  Outcome SendFirst(std::string_view sql, SqlBind bind);
  Outcome Lost(std::string_view what);
  bool Wait(bool for_write, Deadline until);

  const PostgresTarget target_;
  const std::chrono::milliseconds connect_timeout_;
  const std::chrono::milliseconds statement_timeout_;
  Clock& clock_;
  std::unique_ptr<PGconn, Finish> connection_;  ///< Null when there is none.
  bool in_transaction_ = false;
};

}  // namespace calve::catalog
