// What this process knows of its receipts: SQS itself deletes by an old receipt and does not say so.
#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"
#include "base/error.h"

namespace calve::queue {

/// SQS holds a message for this long in all, counted from its receive.
inline constexpr std::chrono::seconds kMaxSqsHold{43'200};

/// Until when each receipt that was received here is good, by the monotonic clock. A receipt that is not known (Lambda
/// received it, another process did) is left to SQS to judge. Thread-safe.
class SqsReceipts {
 public:
  explicit SqsReceipts(Clock& clock) : clock_(clock) {}

  void Received(std::string_view receipt, std::chrono::milliseconds visibility);
  /// kConflict when the receipt was given back or its visibility has run out.
  Status Check(std::string_view call, std::string_view receipt);
  /// Its visibility now ends at `until`.
  void Extended(std::string_view receipt, Deadline until);
  /// Given back: stale from now on.
  void GaveBack(std::string_view receipt) { Extended(receipt, clock_.Monotonic()); }
  /// Deleted: nothing needs to be known any more.
  void Forget(std::string_view receipt);
  /// When its visibility ends; kNoDeadline when it is not known.
  Deadline Expires(std::string_view receipt);
  /// How much longer SQS will let it be held; nullopt when it is not known.
  std::optional<std::chrono::milliseconds> HoldLeft(std::string_view receipt);

 private:
  struct Lease {
    Deadline received;
    Deadline until;
  };
  void Prune(Deadline now);

  Clock& clock_;
  std::mutex mutex_;  ///< Guards the rest.
  std::unordered_map<std::string, Lease> leases_;
  size_t prune_at_ = 1024;
};

}  // namespace calve::queue
