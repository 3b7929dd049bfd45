#include "queue/sqlite_schema.h"

#include <fmt/format.h>

namespace calve::queue {
namespace {

constexpr int64_t kApplicationId = 0x63616c71;  // "calq"
constexpr int64_t kSchemaVersion = 1;

constexpr std::string_view kTables = R"sql(
CREATE TABLE messages (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  queue         TEXT    NOT NULL,
  body          TEXT    NOT NULL,
  dedup_id      TEXT,
  sent_ms       INTEGER NOT NULL,
  visible_ms    INTEGER NOT NULL,
  receive_count INTEGER NOT NULL DEFAULT 0,
  deliveries    INTEGER NOT NULL DEFAULT 0,
  token         TEXT,
  owner         TEXT,
  last_failure  TEXT    NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX messages_by_visibility ON messages (queue, visible_ms);
CREATE UNIQUE INDEX messages_dedup ON messages (queue, dedup_id) WHERE dedup_id IS NOT NULL;
CREATE TABLE dead_letters (
  id            INTEGER PRIMARY KEY,
  queue         TEXT    NOT NULL,
  body          TEXT    NOT NULL,
  dedup_id      TEXT,
  reason        TEXT    NOT NULL,
  receive_count INTEGER NOT NULL,
  died_ms       INTEGER NOT NULL
) STRICT;
CREATE INDEX dead_letters_by_queue ON dead_letters (queue, died_ms);
)sql";

// Prepared to see that the tables are what the version says.
constexpr std::string_view kProbes[] = {
    "SELECT id, queue, body, dedup_id, sent_ms, visible_ms, receive_count, deliveries, token, owner, last_failure "
    "FROM messages",
    "SELECT id, queue, body, dedup_id, reason, receive_count, died_ms FROM dead_letters"};

Result<SchemaState> InspectInTransaction(sqlite::Connection& db) {
  CALVE_ASSIGN_OR_RETURN(const int64_t application, db.QueryInt("PRAGMA application_id"));
  CALVE_ASSIGN_OR_RETURN(const int64_t version, db.QueryInt("PRAGMA user_version"));
  CALVE_ASSIGN_OR_RETURN(const int64_t objects, db.QueryInt("SELECT count(*) FROM sqlite_master"));
  if (application == 0 && version == 0 && objects == 0) return SchemaState::kFresh;
  if (application != kApplicationId) {
    return Err(ErrorKind::kCorrupt,
               fmt::format("{} is not a calve queue: it is an SQLite database of something else", db.path()));
  }
  if (version != kSchemaVersion) {
    return Err(ErrorKind::kCorrupt, fmt::format("{} is a calve queue of schema version {}; this calve knows version {}",
                                                db.path(), version, kSchemaVersion));
  }
  for (const std::string_view probe : kProbes) {
    const Result<sqlite::Statement> statement = db.Prepare(probe);
    if (statement) continue;
    if (statement.error().kind == ErrorKind::kUnavailable) return std::unexpected(statement.error());
    return Err(ErrorKind::kCorrupt,
               fmt::format("{} is a damaged calve queue: {}", db.path(), statement.error().message));
  }
  return SchemaState::kCurrent;
}

Status CreateTables(sqlite::Connection& db) {
  CALVE_RETURN_IF_ERROR(db.Exec("BEGIN IMMEDIATE"));
  // Another process may have been first.
  const Result<SchemaState> state = InspectInTransaction(db);
  Status status;
  if (!state) {
    status = std::unexpected(state.error());
  } else if (*state == SchemaState::kFresh) {
    status = db.Exec(fmt::format("{}PRAGMA application_id = {}; PRAGMA user_version = {};", kTables, kApplicationId,
                                 kSchemaVersion));
  }
  if (status) status = db.Exec("COMMIT");
  if (!status) (void)db.Exec("ROLLBACK");
  return status;
}

Status UseWal(sqlite::Connection& db) {
  // Asked first: setting it takes an exclusive lock even when it is set already.
  CALVE_ASSIGN_OR_RETURN(std::string mode, db.QueryText("PRAGMA journal_mode"));
  if (mode != "wal") {
    CALVE_ASSIGN_OR_RETURN(mode, db.QueryText("PRAGMA journal_mode = WAL"));
  }
  if (mode == "wal") return {};
  return Err(ErrorKind::kInvalidArgument,
             fmt::format("queue file {}: the file system does not allow SQLite's WAL mode (it says {}); put the queue "
                         "on a local disk",
                         db.path(), mode));
}

}  // namespace

Result<SchemaState> InspectSchema(sqlite::Connection& db) {
  // One read transaction: another process may be creating the tables right now.
  CALVE_RETURN_IF_ERROR(db.Exec("BEGIN"));
  Result<SchemaState> state = InspectInTransaction(db);
  (void)db.Exec("ROLLBACK");
  return state;
}

Status PrepareSchema(sqlite::Connection& db, Clock& clock, Rng& rng) {
  CALVE_ASSIGN_OR_RETURN(const SchemaState state, RetryBusy(clock, rng, [&] { return InspectSchema(db); }));
  CALVE_RETURN_IF_ERROR(RetryBusy(clock, rng, [&] { return UseWal(db); }));
  if (state == SchemaState::kCurrent) return {};
  return RetryBusy(clock, rng, [&] { return CreateTables(db); });
}

}  // namespace calve::queue
