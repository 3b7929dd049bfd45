// The queue contract that SQLite, memory and SQS keep: at least once, unordered. docs/queue.md has it in words.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancel.h"
#include "base/error.h"

namespace calve::queue {

/// What to send. `dedup_id`, when not empty, lets a queue that can drop a message while another one with the same id is
/// still in it (waiting or in flight); a queue that cannot (SQS standard) delivers both: receivers must not rely on it.
struct Message {
  std::string body;  ///< UTF-8, at most 256 KiB.
  std::string dedup_id;
};

/// One delivery of a message. The receipt belongs to this delivery alone: once the visibility time-out has run out and
/// the message was delivered again, this receipt is stale.
struct Delivery {
  std::string message_id;
  std::string receipt;
  std::string body;
  int receive_count = 1;  ///< How often the message has been delivered, this time included.
};

enum class FailMode {
  kRetry,      ///< Give it back; it becomes visible after `delay`; dead-lettered once its receives are used up.
  kPermanent,  ///< Straight to the dead letters: no retry can help.
};

struct QueueStats {
  int64_t visible = 0;    ///< Waiting now (delayed ones not counted). Approximate on SQS.
  int64_t in_flight = 0;  ///< Delivered and not yet deleted, or delayed.
  int64_t dead = 0;
};

struct DeadLetter {
  std::string message_id;
  std::string body;
  std::string reason;
  int receive_count = 0;
  int64_t died_ms = 0;  ///< Milliseconds since the epoch.
};

/// Who may end calls early, on a queue whose calls can hang (the embedded one's end by themselves). Both live longer
/// than the queue; `receive` is set no later than `calls`.
struct Stops {
  const CancelToken* receive = nullptr;  ///< Ends a Receive: nothing new is wanted.
  const CancelToken* calls = nullptr;    ///< Ends every call, with an error: nobody waits for its answer.
};

/// Thread-safe. kUnavailable from any method: it may or may not have taken effect.
class Queue {
 public:
  virtual ~Queue() = default;
  /// Sends all. On an error some may have been sent: send all again, duplicates are allowed.
  virtual Status Send(std::span<const Message> messages) = 0;
  /// Up to `max` messages, invisible to others for `visibility`. Waits up to `wait` for the first; then empty.
  virtual Result<std::vector<Delivery>> Receive(int max, std::chrono::milliseconds visibility,
                                                std::chrono::milliseconds wait) = 0;
  /// Heartbeat: invisible for `visibility` from now. kConflict when the receipt is stale: somebody else has it.
  virtual Status Extend(std::string_view receipt, std::chrono::milliseconds visibility) = 0;
  /// Done with it. kConflict when the receipt is stale; then the message stays with its new holder.
  virtual Status Delete(std::string_view receipt) = 0;
  /// Did not work; `reason` is kept for the dead letters. kConflict when the receipt is stale.
  virtual Status Fail(const Delivery& delivery, std::string_view reason, FailMode mode,
                      std::chrono::milliseconds delay) = 0;
  virtual Result<QueueStats> Stats() = 0;
};

/// The dead letters of a queue, for `status` and `redrive`. Thread-safe.
class DeadLetterQueue {
 public:
  virtual ~DeadLetterQueue() = default;
  virtual Result<std::vector<DeadLetter>> ListDead(int max) = 0;
  /// All dead letters back to their queue with fresh receive counts; how many.
  virtual Result<int64_t> Redrive() = 0;
};

}  // namespace calve::queue
