#include "queue/sqlite_queue.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <system_error>

#include "base/directories.h"
#include "queue/lease_owner.h"
#include "queue/limits.h"
#include "queue/sqlite_schema.h"

namespace calve::queue {
namespace {

// Deliveries beyond the allowed ones are found after the lease: a message that is due for the dead letters is leased
// like any other, and buried in the same transaction.
constexpr std::string_view kLease = R"sql(
UPDATE messages
SET receive_count = receive_count + 1, deliveries = deliveries + 1, token = ?1, owner = ?2, visible_ms = ?3
WHERE id IN (SELECT id FROM messages WHERE queue = ?4 AND visible_ms <= ?5 ORDER BY visible_ms, id LIMIT ?6)
RETURNING id, body, receive_count, deliveries, last_failure)sql";

Result<std::vector<DeadLetter>> DeadLettersOf(sqlite::Connection& db, std::string_view name, int max) {
  CALVE_ASSIGN_OR_RETURN(sqlite::Statement select,
                         db.Prepare("SELECT id, body, reason, receive_count, died_ms FROM dead_letters "
                                    "WHERE queue = ?1 ORDER BY died_ms, id LIMIT ?2"));
  select.Bind(1, name);
  select.Bind(2, int64_t{std::max(max, 0)});
  std::vector<DeadLetter> letters;
  for (;;) {
    CALVE_ASSIGN_OR_RETURN(const bool row, select.Step());
    if (!row) return letters;
    letters.push_back({.message_id = fmt::format("{}", select.Int(0)),
                       .body = select.Text(1),
                       .reason = select.Text(2),
                       .receive_count = static_cast<int>(select.Int(3)),
                       .died_ms = select.Int(4)});
  }
}

constexpr std::string_view kHeldBy = " WHERE queue = ?1 AND id = ?2 AND deliveries = ?3 AND token = ?4";

}  // namespace

Result<std::unique_ptr<SqliteQueue>> SqliteQueue::Open(const std::string& path, std::string_view queue_name,
                                                       Options options, Clock& clock, Rng& rng) {
  if (queue_name.empty()) return Err(ErrorKind::kInvalidArgument, fmt::format("queue file {}: empty queue name", path));
  if (options.max_receives < 1) {
    return Err(ErrorKind::kInvalidArgument,
               fmt::format("max_receives is {}: a message needs at least one delivery", options.max_receives));
  }
  if (options.owner.empty()) options.owner = CurrentOwner();
  CALVE_RETURN_IF_ERROR(MakeDirectories(ParentDirectory(path), Durable::kYes));
  CALVE_ASSIGN_OR_RETURN(
      std::unique_ptr<sqlite::Connection> db,
      sqlite::Connection::Open(path, kQueueFile, sqlite::Connection::Mode::kCreate, options.busy_timeout));
  CALVE_RETURN_IF_ERROR(PrepareSchema(*db, clock, rng));
  return std::unique_ptr<SqliteQueue>(new SqliteQueue(std::move(db), queue_name, std::move(options), clock, rng));
}

template <typename Body>
auto SqliteQueue::Transact(Durability durability, Body body) -> decltype(body()) {
  const std::lock_guard lock(mutex_);
  // Costs nothing, and counts from the next transaction on.
  CALVE_RETURN_IF_ERROR(
      db_->Exec(durability == Durability::kSynced ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL"));
  // IMMEDIATE takes the write lock here, where waiting and trying again are safe; after it nothing can be busy.
  CALVE_RETURN_IF_ERROR(RetryBusy(clock_, rng_, [&] { return db_->Exec("BEGIN IMMEDIATE"); }));
  auto result = body();
  const Status committed = result ? db_->Exec("COMMIT") : Status{};
  if (result && committed) return result;
  (void)db_->Exec("ROLLBACK");
  if (!result) return result;
  return std::unexpected(committed.error());
}

Status SqliteQueue::Send(std::span<const Message> messages) {
  for (const Message& message : messages) CALVE_RETURN_IF_ERROR(CheckMessage(message));
  if (messages.empty()) return {};
  return Transact(Durability::kSynced, [&]() -> Status {
    for (const Message& message : messages) {
      CALVE_ASSIGN_OR_RETURN(sqlite::Statement insert,
                             db_->Prepare("INSERT INTO messages (queue, body, dedup_id, sent_ms, visible_ms) "
                                          "VALUES (?1, ?2, ?3, ?4, ?4) ON CONFLICT DO NOTHING"));
      insert.Bind(1, name_);
      insert.Bind(2, message.body);
      if (message.dedup_id.empty()) {
        insert.BindNull(3);
      } else {
        insert.Bind(3, message.dedup_id);
      }
      insert.Bind(4, NowMillis());
      CALVE_RETURN_IF_ERROR(insert.Run());
    }
    return {};
  });
}

Result<bool> SqliteQueue::AnyVisible() {
  // A read does not queue up behind writers: waiting receivers cost the working ones nothing.
  const std::lock_guard lock(mutex_);
  return RetryBusy(clock_, rng_, [&]() -> Result<bool> {
    CALVE_ASSIGN_OR_RETURN(sqlite::Statement peek,
                           db_->Prepare("SELECT 1 FROM messages WHERE queue = ?1 AND visible_ms <= ?2 LIMIT 1"));
    peek.Bind(1, name_);
    peek.Bind(2, NowMillis());
    return peek.Step();
  });
}

Result<std::vector<Delivery>> SqliteQueue::LeaseBatch(int max, std::chrono::milliseconds visibility,
                                                      int64_t& exhausted) {
  const int64_t now = NowMillis();
  const std::string token = fmt::format("{:016x}", rng_.Next());
  CALVE_ASSIGN_OR_RETURN(sqlite::Statement lease, db_->Prepare(kLease));
  lease.Bind(1, token);
  lease.Bind(2, options_.owner);
  lease.Bind(3, now + visibility.count());
  lease.Bind(4, name_);
  lease.Bind(5, now);
  lease.Bind(6, int64_t{max});
  std::vector<Delivery> deliveries;
  struct Dead {
    int64_t id;
    int64_t receives;
    std::string reason;
  };
  std::vector<Dead> dead;
  for (;;) {
    CALVE_ASSIGN_OR_RETURN(const bool row, lease.Step());
    if (!row) break;
    const int64_t id = lease.Int(0);
    const auto receives = static_cast<int>(lease.Int(2));
    if (receives > options_.max_receives) {
      dead.push_back({id, receives - 1, UnansweredReason(receives - 1, lease.Text(4))});
      continue;
    }
    deliveries.push_back({.message_id = fmt::format("{}", id),
                          .receipt = FormatReceipt({.message_id = id, .delivery = lease.Int(3), .token = token}),
                          .body = lease.Text(1),
                          .receive_count = receives});
  }
  for (const Dead& message : dead) CALVE_RETURN_IF_ERROR(Bury(message.id, message.reason, message.receives));
  exhausted = static_cast<int64_t>(dead.size());
  return deliveries;
}

Result<std::vector<Delivery>> SqliteQueue::TakeVisible(int max, std::chrono::milliseconds visibility) {
  for (;;) {
    CALVE_ASSIGN_OR_RETURN(const bool any, AnyVisible());
    if (!any) return std::vector<Delivery>{};
    int64_t exhausted = 0;
    CALVE_ASSIGN_OR_RETURN(std::vector<Delivery> batch,
                           Transact(Durability::kRelaxed, [&] { return LeaseBatch(max, visibility, exhausted); }));
    // A batch of nothing but dead ones says nothing about what stands behind them.
    if (!batch.empty() || exhausted == 0) return batch;
  }
}

Result<std::vector<Delivery>> SqliteQueue::Receive(int max, std::chrono::milliseconds visibility,
                                                   std::chrono::milliseconds wait) {
  CALVE_RETURN_IF_ERROR(CheckReceive(max, visibility, wait));
  const auto deadline = clock_.Monotonic() + wait;
  for (;;) {
    CALVE_ASSIGN_OR_RETURN(std::vector<Delivery> batch, TakeVisible(max, visibility));
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - clock_.Monotonic());
    if (!batch.empty() || left.count() <= 0) return batch;
    clock_.SleepFor(std::min(left, kPollInterval));
  }
}

Status SqliteQueue::Bury(int64_t id, std::string_view reason, int64_t receive_count) {
  CALVE_ASSIGN_OR_RETURN(
      sqlite::Statement insert,
      db_->Prepare("INSERT INTO dead_letters (id, queue, body, dedup_id, reason, receive_count, died_ms) "
                   "SELECT id, queue, body, dedup_id, ?2, ?3, ?4 FROM messages WHERE id = ?1"));
  insert.Bind(1, id);
  insert.Bind(2, reason);
  insert.Bind(3, receive_count);
  insert.Bind(4, NowMillis());
  CALVE_RETURN_IF_ERROR(insert.Run());
  CALVE_ASSIGN_OR_RETURN(sqlite::Statement remove, db_->Prepare("DELETE FROM messages WHERE id = ?1"));
  remove.Bind(1, id);
  return remove.Run();
}

Status SqliteQueue::WithReceipt(std::string_view call, std::string_view text, std::string_view sql, int64_t value) {
  const std::optional<Receipt> receipt = ParseReceipt(text);
  if (!receipt) return Err(ErrorKind::kInvalidArgument, fmt::format("{}: \"{}\" is not a receipt", call, text));
  return Transact(Durability::kRelaxed, [&]() -> Status {
    CALVE_ASSIGN_OR_RETURN(sqlite::Statement statement, db_->Prepare(fmt::format("{}{}", sql, kHeldBy)));
    statement.Bind(1, name_);
    statement.Bind(2, receipt->message_id);
    statement.Bind(3, receipt->delivery);
    statement.Bind(4, receipt->token);
    statement.Bind(5, value);
    CALVE_RETURN_IF_ERROR(statement.Run());
    if (db_->changes() == 0) return StaleReceipt(call, text);
    return {};
  });
}

Status SqliteQueue::Extend(std::string_view receipt, std::chrono::milliseconds visibility) {
  CALVE_RETURN_IF_ERROR(CheckDuration("visibility", visibility));
  return WithReceipt("Extend", receipt, "UPDATE messages SET visible_ms = ?5", NowMillis() + visibility.count());
}

Status SqliteQueue::Delete(std::string_view receipt) {
  return WithReceipt("Delete", receipt, "DELETE FROM messages", 0);
}

Status SqliteQueue::Fail(const Delivery& delivery, std::string_view reason, FailMode mode,
                         std::chrono::milliseconds delay) {
  CALVE_RETURN_IF_ERROR(CheckDuration("delay", delay));
  const std::optional<Receipt> receipt = ParseReceipt(delivery.receipt);
  if (!receipt) {
    return Err(ErrorKind::kInvalidArgument, fmt::format("Fail: \"{}\" is not a receipt", delivery.receipt));
  }
  const std::string kept = TrimReason(reason);
  return Transact(Durability::kRelaxed, [&]() -> Status {
    CALVE_ASSIGN_OR_RETURN(sqlite::Statement give_back,
                           db_->Prepare(fmt::format("UPDATE messages SET visible_ms = ?5, token = NULL, owner = NULL, "
                                                    "last_failure = ?6{} RETURNING receive_count",
                                                    kHeldBy)));
    give_back.Bind(1, name_);
    give_back.Bind(2, receipt->message_id);
    give_back.Bind(3, receipt->delivery);
    give_back.Bind(4, receipt->token);
    give_back.Bind(5, NowMillis() + delay.count());
    give_back.Bind(6, kept);
    CALVE_ASSIGN_OR_RETURN(const bool held, give_back.Step());
    if (!held) return StaleReceipt("Fail", delivery.receipt);
    const int64_t receives = give_back.Int(0);
    CALVE_RETURN_IF_ERROR(give_back.Run());
    if (mode == FailMode::kRetry && receives < options_.max_receives) return {};
    return Bury(receipt->message_id, kept, receives);
  });
}

Result<QueueStats> SqliteQueue::Stats() {
  const std::lock_guard lock(mutex_);
  return RetryBusy(clock_, rng_, [&]() -> Result<QueueStats> {
    CALVE_ASSIGN_OR_RETURN(sqlite::Statement count,
                           db_->Prepare("SELECT (SELECT count(*) FROM messages WHERE queue = ?1 AND visible_ms <= ?2), "
                                        "(SELECT count(*) FROM messages WHERE queue = ?1 AND visible_ms > ?2), "
                                        "(SELECT count(*) FROM dead_letters WHERE queue = ?1)"));
    count.Bind(1, name_);
    count.Bind(2, NowMillis());
    CALVE_RETURN_IF_ERROR(count.Step());
    return QueueStats{.visible = count.Int(0), .in_flight = count.Int(1), .dead = count.Int(2)};
  });
}

Result<std::vector<DeadLetter>> SqliteQueue::ListDead(int max) {
  const std::lock_guard lock(mutex_);
  return RetryBusy(clock_, rng_, [&] { return DeadLettersOf(*db_, name_, max); });
}

Result<int64_t> SqliteQueue::Redrive() {
  return Transact(Durability::kRelaxed, [&]() -> Result<int64_t> {
    // One whose dedup_id has been sent again in the meantime is in the queue already: it goes without coming back.
    CALVE_ASSIGN_OR_RETURN(sqlite::Statement insert,
                           db_->Prepare("INSERT INTO messages (queue, body, dedup_id, sent_ms, visible_ms) "
                                        "SELECT queue, body, dedup_id, ?2, ?2 FROM dead_letters WHERE queue = ?1 "
                                        "ORDER BY died_ms, id ON CONFLICT DO NOTHING"));
    insert.Bind(1, name_);
    insert.Bind(2, NowMillis());
    CALVE_RETURN_IF_ERROR(insert.Run());
    const int64_t redriven = db_->changes();
    CALVE_ASSIGN_OR_RETURN(sqlite::Statement remove, db_->Prepare("DELETE FROM dead_letters WHERE queue = ?1"));
    remove.Bind(1, name_);
    CALVE_RETURN_IF_ERROR(remove.Run());
    return redriven;
  });
}

Result<int64_t> SqliteQueue::ReleaseDeadLeases() {
  return Transact(Durability::kRelaxed, [&]() -> Result<int64_t> {
    std::vector<std::string> owners;
    CALVE_ASSIGN_OR_RETURN(sqlite::Statement select,
                           db_->Prepare("SELECT DISTINCT owner FROM messages WHERE queue = ?1 AND owner IS NOT NULL"));
    select.Bind(1, name_);
    for (;;) {
      CALVE_ASSIGN_OR_RETURN(const bool row, select.Step());
      if (!row) break;
      owners.push_back(select.Text(0));
    }
    int64_t released = 0;
    for (const std::string& owner : owners) {
      if (OwnerLiveness(owner) != Liveness::kDead) continue;
      CALVE_ASSIGN_OR_RETURN(sqlite::Statement release,
                             db_->Prepare("UPDATE messages SET visible_ms = min(visible_ms, ?3), token = NULL, "
                                          "owner = NULL, receive_count = max(receive_count - 1, 0) "
                                          "WHERE queue = ?1 AND owner = ?2"));
      release.Bind(1, name_);
      release.Bind(2, owner);
      release.Bind(3, NowMillis());
      CALVE_RETURN_IF_ERROR(release.Run());
      released += db_->changes();
    }
    return released;
  });
}

Result<std::vector<NamedQueueStats>> SqliteQueue::ListQueues(const std::string& path, Clock& clock) {
  CALVE_ASSIGN_OR_RETURN(
      const std::unique_ptr<sqlite::Connection> db,
      sqlite::Connection::Open(path, kQueueFile, sqlite::Connection::Mode::kExisting, Options().busy_timeout));
  CALVE_ASSIGN_OR_RETURN(const SchemaState state, InspectSchema(*db));
  std::vector<NamedQueueStats> queues;
  if (state == SchemaState::kFresh) return queues;
  CALVE_ASSIGN_OR_RETURN(
      sqlite::Statement select,
      db->Prepare("SELECT queue, sum(visible), sum(in_flight), sum(dead) FROM ("
                  "SELECT queue, visible_ms <= ?1 AS visible, visible_ms > ?1 AS in_flight, 0 AS dead FROM messages "
                  "UNION ALL SELECT queue, 0, 0, 1 FROM dead_letters) GROUP BY queue ORDER BY queue"));
  select.Bind(1, ToMillis(clock.Now()));
  for (;;) {
    CALVE_ASSIGN_OR_RETURN(const bool row, select.Step());
    if (!row) return queues;
    queues.push_back({.name = select.Text(0),
                      .stats = {.visible = select.Int(1), .in_flight = select.Int(2), .dead = select.Int(3)}});
  }
}

Result<std::vector<DeadLetter>> SqliteQueue::ListDeadOf(const std::string& path, std::string_view queue_name, int max) {
  CALVE_ASSIGN_OR_RETURN(
      const std::unique_ptr<sqlite::Connection> db,
      sqlite::Connection::Open(path, kQueueFile, sqlite::Connection::Mode::kExisting, Options().busy_timeout));
  CALVE_ASSIGN_OR_RETURN(const SchemaState state, InspectSchema(*db));
  if (state == SchemaState::kFresh) return std::vector<DeadLetter>();
  return DeadLettersOf(*db, queue_name, max);
}

}  // namespace calve::queue
