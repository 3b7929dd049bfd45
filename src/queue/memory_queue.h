// The queue contract in memory, for tests and for one process that needs no durability.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/rng.h"
#include "queue/queue.h"

namespace calve::queue {

/// Behaves as SqliteQueue does, without a file. Thread-safe.
class MemoryQueue final : public Queue, public DeadLetterQueue {
 public:
  /// `max_receives`: deliveries that a message gets before it is dead-lettered, at least 1.
  MemoryQueue(int max_receives, Clock& clock, Rng& rng) : max_receives_(max_receives), clock_(clock), rng_(rng) {}

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

 private:
  struct Entry {
    Message message;
    int64_t visible_ms = 0;
    int receive_count = 0;
    int64_t deliveries = 0;
    std::string token;  ///< Empty when nobody holds it.
    std::string last_failure;
  };
  struct Dead {
    DeadLetter letter;
    std::string dedup_id;
  };
  using Entries = std::map<int64_t, Entry>;

  bool Insert(const Message& message);
  std::vector<Delivery> TakeVisible(int max, std::chrono::milliseconds visibility);
  Result<Entries::iterator> Find(std::string_view call, std::string_view receipt);
  void Bury(Entries::iterator it, std::string_view reason);
  int64_t NowMillis() const { return ToMillis(clock_.Now()); }

  const int max_receives_;
  Clock& clock_;
  Rng& rng_;
  std::mutex mutex_;  ///< Guards the rest.
  Entries entries_;
  std::vector<Dead> dead_;
  int64_t last_id_ = 0;
};

}  // namespace calve::queue
