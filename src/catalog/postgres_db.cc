#include "catalog/postgres_db.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <array>

#include "base/whole_number.h"

namespace calve::catalog {
namespace {

constexpr Oid kTextOid = 25;
/// How much longer than the server's own limit an answer may take before the connection is given up.
constexpr std::chrono::milliseconds kAnswerGrace{5'000};

/// The first line of libpq's message; the others are hints and source positions.
std::string FirstLine(const char* text) {
  std::string line(text == nullptr ? "" : text);
  line.resize(std::min(line.find('\n'), line.size()));
  return line.empty() ? "no reason given" : line;
}

/// Verbose messages of the server's are "FATAL:  28P01: ...": the only place where libpq tells why a log-in failed.
std::string StateOfMessage(std::string_view message) {
  for (size_t at = message.find(":  "); at != std::string_view::npos; at = message.find(":  ", at + 1)) {
    const std::string_view state = message.substr(at + 3, 5);
    const bool fits = state.size() == 5 && std::ranges::all_of(state, [](char c) {
                        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
                      });
    if (fits && message.substr(at + 8).starts_with(": ")) return std::string(state);
  }
  return {};
}

/// SQLSTATE (PostgreSQL's documentation, appendix A) to what a caller may do.
ErrorKind KindOf(std::string_view state) {
  // Key taken; table there, or already its row type (two who create it at the same moment).
  if (state == "23505" || state == "42P07" || state == "42710") return ErrorKind::kAlreadyExists;
  if (state == "42501" || state == "25006" || state.starts_with("28")) return ErrorKind::kPermissionDenied;
  if (state == "3D000") return ErrorKind::kNotFound;
  if (state == "53100") return ErrorKind::kNoSpace;
  if (state.starts_with("22")) return ErrorKind::kInvalidArgument;
  // Serialization failure, deadlock; lock not available; cancelled by a time-out; shutting down; resources; connection.
  for (const std::string_view passing : {"40", "55", "57", "53", "08"}) {
    if (state.starts_with(passing)) return ErrorKind::kUnavailable;
  }
  return state.empty() ? ErrorKind::kUnavailable : ErrorKind::kInternal;
}

/// ?1 is $1 there. No statement of this module has a question mark that means something else.
std::string NumberedWithDollars(std::string_view sql) {
  std::string text(sql);
  std::ranges::replace(text, '?', '$');
  return text;
}

}  // namespace

PostgresDb::PostgresDb(PostgresTarget target, std::chrono::milliseconds connect_timeout,
                       std::chrono::milliseconds statement_timeout, Clock& clock)
    : SqlDb(target.name),
      target_(std::move(target)),
      connect_timeout_(connect_timeout),
      statement_timeout_(statement_timeout),
      clock_(clock) {}

Result<std::unique_ptr<SqlDb>> PostgresDb::Open(const std::string& uri, std::chrono::milliseconds connect_timeout,
                                                std::chrono::milliseconds statement_timeout, Clock& clock) {
  CALVE_ASSIGN_OR_RETURN(PostgresTarget target, ParsePostgresUri(uri));
  std::unique_ptr<PostgresDb> db(new PostgresDb(std::move(target), connect_timeout, statement_timeout, clock));
  CALVE_RETURN_IF_ERROR(db->Connect());
  return std::unique_ptr<SqlDb>(std::move(db));
}

/// False when the time is over.
bool PostgresDb::Wait(bool for_write, Deadline until) {
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - clock_.Monotonic()).count();
    if (left <= 0) return false;
    pollfd descriptor{PQsocket(connection_.get()), static_cast<int16_t>(for_write ? POLLOUT | POLLIN : POLLIN), 0};
    const int ready = poll(&descriptor, 1, static_cast<int>(std::min<int64_t>(left, 60'000)));
    if (ready > 0 || (ready < 0 && errno != EINTR)) return true;  // An error shows in the next call of libpq's.
  }
}

Status PostgresDb::Connect() {
  in_transaction_ = false;
  std::vector<const char*> keys;
  std::vector<const char*> values;
  for (const auto& [key, value] : target_.parameters) {
    keys.push_back(key.c_str());
    values.push_back(value.c_str());
  }
  // A dead peer is noticed though nothing is being sent; what the URI says goes first.
  for (const auto& [key, value] : {std::pair{"fallback_application_name", "calve"}, std::pair{"keepalives_idle", "30"},
                                   std::pair{"client_encoding", "UTF8"}}) {
    if (target_.parameters.contains(key)) continue;
    keys.push_back(key);
    values.push_back(value);
  }
  keys.push_back(nullptr);
  values.push_back(nullptr);
  connection_.reset(PQconnectStartParams(keys.data(), values.data(), 0));
  if (!connection_) return Err(ErrorKind::kInternal, "no memory for a connection to PostgreSQL");
  const auto refused = [&](std::string reason, ErrorKind kind) -> Status {
    connection_.reset();
    return Err(kind, fmt::format("cannot connect to catalog {}: {}", name(), reason));
  };
  PQsetErrorVerbosity(connection_.get(), PQERRORS_VERBOSE);
  // Notices go to nobody: libpq would print them to standard error.
  PQsetNoticeReceiver(connection_.get(), [](void*, const PGresult*) {}, nullptr);
  const Deadline until = clock_.Monotonic() + connect_timeout_;
  PostgresPollingStatusType step = PGRES_POLLING_WRITING;
  while (step != PGRES_POLLING_OK) {
    if (PQstatus(connection_.get()) == CONNECTION_BAD || step == PGRES_POLLING_FAILED) {
      const char* message = PQerrorMessage(connection_.get());
      const bool no_password = PQconnectionNeedsPassword(connection_.get()) != 0;
      return refused(FirstLine(message), no_password ? ErrorKind::kPermissionDenied : KindOf(StateOfMessage(message)));
    }
    if (!Wait(step == PGRES_POLLING_WRITING, until)) {
      return refused(fmt::format("no answer within {} ms", connect_timeout_.count()), ErrorKind::kUnavailable);
    }
    step = PQconnectPoll(connection_.get());
  }
  PQsetErrorVerbosity(connection_.get(), PQERRORS_DEFAULT);
  if (PQsetnonblocking(connection_.get(), 1) != 0) {
    return refused(FirstLine(PQerrorMessage(connection_.get())), ErrorKind::kInternal);
  }
  const std::string milliseconds = std::to_string(statement_timeout_.count());
  // A transaction whose client is gone must not hold its locks.
  const auto settings = Send(
      "SELECT set_config('statement_timeout', ?1, false), set_config('lock_timeout', ?1, false), "
      "set_config('idle_in_transaction_session_timeout', ?1, false)",
      {milliseconds});
  if (!settings) return refused(settings.error().error.message, settings.error().error.kind);
  return {};
}

PostgresDb::Outcome PostgresDb::Lost(std::string_view what) {
  std::string message = fmt::format("catalog {}: {}", name(), what);
  connection_.reset();
  in_transaction_ = false;
  return std::unexpected(Failure{{ErrorKind::kUnavailable, std::move(message)}, false, ""});
}

PostgresDb::Outcome PostgresDb::Send(std::string_view sql, SqlBind bind) {
  if (!connection_) return Lost("the connection is broken");
  PGconn* connection = connection_.get();
  std::vector<std::string> texts(bind.begin(), bind.end());
  std::vector<const char*> values;
  for (const std::string& text : texts) {
    if (text.find('\0') != std::string::npos) {
      return std::unexpected(Failure{
          {ErrorKind::kInvalidArgument, fmt::format("catalog {}: a name holds a zero byte", name())}, true, ""});
    }
    values.push_back(text.c_str());
  }
  const std::vector<Oid> types(values.size(), kTextOid);
  const auto broken = [&] { return Lost(FirstLine(PQerrorMessage(connection))); };
  if (PQsendQueryParams(connection, NumberedWithDollars(sql).c_str(), static_cast<int>(values.size()), types.data(),
                        values.data(), nullptr, nullptr, 0) != 1) {
    return broken();
  }
  const Deadline until = clock_.Monotonic() + statement_timeout_ + kAnswerGrace;
  ResultPtr last;
  while (true) {
    const int unsent = PQflush(connection);
    if (unsent < 0) return broken();
    while (unsent == 0 && PQisBusy(connection) == 0) {
      ResultPtr result(PQgetResult(connection));
      if (!result) {
        if (!last || PQstatus(connection) == CONNECTION_BAD) {
          // A server that shuts down may still have said why; it is gone all the same.
          return Lost(last ? FirstLine(PQresultErrorMessage(last.get())) : FirstLine(PQerrorMessage(connection)));
        }
        const ExecStatusType status = PQresultStatus(last.get());
        if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) return last;
        const char* state = PQresultErrorField(last.get(), PG_DIAG_SQLSTATE);
        const std::string sqlstate = state == nullptr ? "" : state;
        return std::unexpected(Failure{
            {KindOf(sqlstate), fmt::format("catalog {}: {}", name(), FirstLine(PQresultErrorMessage(last.get())))},
            !sqlstate.empty(),
            sqlstate});
      }
      last = std::move(result);
    }
    if (!Wait(unsent > 0, until)) return Lost("no answer in time");
    if (PQconsumeInput(connection) != 1) return broken();
  }
}

PostgresDb::Outcome PostgresDb::SendFirst(std::string_view sql, SqlBind bind) {
  const bool fresh = !connection_;
  for (int attempt = 0;; ++attempt) {
    if (!connection_) {
      if (Status status = Connect(); !status) return std::unexpected(Failure{std::move(status).error(), false, ""});
    }
    Outcome outcome = Send(sql, bind);
    if (outcome || connection_ || fresh || attempt > 0) return outcome;
  }
}

Result<std::vector<SqlRow>> PostgresDb::Query(std::string_view sql, SqlBind bind) {
  Outcome outcome = in_transaction_ ? Send(sql, bind) : SendFirst(sql, bind);
  if (!outcome) return std::unexpected(std::move(outcome).error().error);
  const PGresult* result = outcome->get();
  std::vector<SqlRow> rows(static_cast<size_t>(PQntuples(result)));
  for (int i = 0; i < PQntuples(result); ++i) {
    for (int column = 0; column < PQnfields(result); ++column) {
      SqlRow& row = rows[static_cast<size_t>(i)];
      if (PQgetisnull(result, i, column) != 0) {
        row.emplace_back();
      } else {
        row.emplace_back(std::in_place, PQgetvalue(result, i, column),
                         static_cast<size_t>(PQgetlength(result, i, column)));
      }
    }
  }
  return rows;
}

Result<int64_t> PostgresDb::Execute(std::string_view sql, SqlBind bind) {
  if (!in_transaction_)
    return Err(ErrorKind::kUnavailable, fmt::format("catalog {}: the connection is broken", name()));
  Outcome outcome = Send(sql, bind);
  if (!outcome) return std::unexpected(std::move(outcome).error().error);
  return WholeNumber<int64_t>(PQcmdTuples(outcome->get())).value_or(0);  // Empty where the statement changes no rows.
}

Status PostgresDb::BeginWrite() {
  // Not the server's default, which may be stricter: at this level an UPDATE that has waited for another one looks at
  // the row that is there then.
  Outcome outcome = SendFirst("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE", {});
  if (!outcome) return std::unexpected(std::move(outcome).error().error);
  in_transaction_ = true;
  return {};
}

SqlCommit PostgresDb::Commit(Error* error) {
  if (!in_transaction_) {
    // The connection broke before COMMIT: the server rolls back whatever had no COMMIT.
    *error = {ErrorKind::kUnavailable, fmt::format("catalog {}: the connection broke before the commit", name())};
    return SqlCommit::kRolledBack;
  }
  Outcome outcome = Send("COMMIT", {});
  in_transaction_ = false;
  if (outcome) {
    // COMMIT of a transaction that failed is answered with success and this tag.
    if (std::string_view(PQcmdStatus(outcome->get())) == "COMMIT") return SqlCommit::kDone;
    *error = {ErrorKind::kInternal, fmt::format("catalog {}: the transaction was rolled back", name())};
    return SqlCommit::kRolledBack;
  }
  Failure failure = std::move(outcome).error();
  *error = std::move(failure.error);
  // Serialization failures and deferred constraints roll back. A shutdown, a cancelled wait for a replica or an
  // internal error may come after the commit record was written.
  const bool rolled_back =
      failure.answered && (failure.sqlstate.starts_with("40") || failure.sqlstate.starts_with("23"));
  return rolled_back ? SqlCommit::kRolledBack : SqlCommit::kUnknown;
}

void PostgresDb::Rollback() {
  if (!in_transaction_) return;
  in_transaction_ = false;
  // A connection that cannot even roll back is of no use: the server rolls back when it is closed.
  if (!Send("ROLLBACK", {})) connection_.reset();
}

Result<std::map<std::string, bool>> PostgresDb::Columns(std::string_view table) {
  CALVE_ASSIGN_OR_RETURN(
      const auto rows,
      Query(
          "SELECT lower(a.attname), coalesce(a.attnum = ANY (i.indkey), false) FROM pg_attribute a LEFT JOIN pg_index "
          "i ON i.indrelid = a.attrelid AND i.indisprimary WHERE a.attrelid = to_regclass(?1) AND a.attnum > 0 AND "
          "NOT a.attisdropped",
          {table}));
  std::map<std::string, bool> columns;
  for (const SqlRow& row : rows) columns[row[0].value_or("")] = row[1] == "t";
  return columns;
}

}  // namespace calve::catalog
