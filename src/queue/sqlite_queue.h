// The embedded queue: one SQLite file, many named queues, any number of processes on one machine.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/rng.h"
#include "queue/queue.h"
#include "queue/receipt.h"
#include "sqlite/connection.h"

namespace calve::queue {

/// A queue of a file and how full it is.
struct NamedQueueStats {
  std::string name;
  QueueStats stats;
};

/// Thread-safe (one connection, one lock). Leases end by the wall clock, which all processes share. Not to be carried
/// over a fork: the child opens its own. docs/queue.md has the file's layout.
class SqliteQueue final : public Queue, public DeadLetterQueue {
 public:
  struct Options {
    int max_receives = 5;                          ///< Deliveries that a message gets before it is dead-lettered.
    std::string owner;                             ///< Who holds the leases; empty: this process (lease_owner.h).
    std::chrono::milliseconds busy_timeout{5000};  ///< For another process's lock; tried 4 times, then kUnavailable.
  };

  /// Opens the file, creating it, its directory and its tables when they are not there. kCorrupt when it is no SQLite
  /// database or not a queue of this version; such a file is not touched.
  static Result<std::unique_ptr<SqliteQueue>> Open(const std::string& path, std::string_view queue_name,
                                                   Options options, Clock& clock, Rng& rng);

  /// The queues of the file that hold messages or dead letters, by name. kNotFound when there is no such file.
  static Result<std::vector<NamedQueueStats>> ListQueues(const std::string& path, Clock& clock);

  /// A queue's oldest dead letters, at most `max`. Nothing is created or changed. kNotFound when there is no such file.
  static Result<std::vector<DeadLetter>> ListDeadOf(const std::string& path, std::string_view queue_name, int max);

  Status Send(std::span<const Message> messages) override;
  Result<std::vector<Delivery>> Receive(int max, std::chrono::milliseconds visibility,
                                        std::chrono::milliseconds wait) override;
  Status Extend(std::string_view receipt, std::chrono::milliseconds visibility) override;
  Status Delete(std::string_view receipt) override;
  Status Fail(const Delivery& delivery, std::string_view reason, FailMode mode,
              std::chrono::milliseconds delay) override;
  Result<QueueStats> Stats() override;
  Result<std::vector<DeadLetter>> ListDead(int max) override;
  Result<int64_t> Redrive() override;

  /// Makes visible at once what processes hold that are proven dead (kill -9, power cut), and takes back the receive
  /// that it cost. How many messages.
  Result<int64_t> ReleaseDeadLeases();

 private:
  SqliteQueue(std::unique_ptr<sqlite::Connection> db, std::string_view name, Options options, Clock& clock, Rng& rng)
      : db_(std::move(db)), name_(name), options_(std::move(options)), clock_(clock), rng_(rng) {}

  /// Whether a transaction must survive a power cut once it has returned. SQLite's WAL keeps its order: a kRelaxed one
  /// may be lost with those after it, never one before it, and the file is sound either way.
  enum class Durability {
    kRelaxed,  ///< synchronous = NORMAL: no fsync. Losing a lease or a Delete costs a second delivery, which is
               ///< allowed.
    kSynced,   ///< synchronous = FULL: for Send alone. A message that was accepted must not be lost.
  };

  template <typename Body>
  auto Transact(Durability durability, Body body) -> decltype(body());
  Result<bool> AnyVisible();
  Result<std::vector<Delivery>> TakeVisible(int max, std::chrono::milliseconds visibility);
  Result<std::vector<Delivery>> LeaseBatch(int max, std::chrono::milliseconds visibility, int64_t& exhausted);
  Status Bury(int64_t id, std::string_view reason, int64_t receive_count);
  /// Runs `sql` with ?1 queue, ?2..?4 the receipt, ?5 `value`; kConflict when it changes nothing.
  Status WithReceipt(std::string_view call, std::string_view text, std::string_view sql, int64_t value);
  int64_t NowMillis() const { return ToMillis(clock_.Now()); }

  std::mutex mutex_;
  std::unique_ptr<sqlite::Connection> db_;  ///< Guarded by mutex_.
  const std::string name_;
  const Options options_;
  Clock& clock_;
  Rng& rng_;
};

}  // namespace calve::queue
