#include "queue/sqs_receipts.h"

#include <algorithm>

#include "queue/limits.h"

namespace calve::queue {

void SqsReceipts::Received(std::string_view receipt, std::chrono::milliseconds visibility) {
  const std::lock_guard lock(mutex_);
  const Deadline now = clock_.Monotonic();
  if (leases_.size() >= prune_at_) Prune(now);
  leases_.insert_or_assign(std::string(receipt), Lease{.received = now, .until = now + visibility});
}

// Stale receipts must be remembered: a worker that was held up may still come with one. After the longest hold there is
// nobody left who could.
void SqsReceipts::Prune(Deadline now) {
  std::erase_if(leases_, [&](const auto& entry) { return entry.second.until + kMaxSqsHold < now; });
  prune_at_ = std::max<size_t>(1024, 2 * leases_.size());
}

Status SqsReceipts::Check(std::string_view call, std::string_view receipt) {
  if (Expires(receipt) <= clock_.Monotonic()) return StaleReceipt(call, receipt);
  return {};
}

void SqsReceipts::Extended(std::string_view receipt, Deadline until) {
  const std::lock_guard lock(mutex_);
  const auto it = leases_.find(std::string(receipt));
  if (it != leases_.end()) it->second.until = until;
}

void SqsReceipts::Forget(std::string_view receipt) {
  const std::lock_guard lock(mutex_);
  leases_.erase(std::string(receipt));
}

Deadline SqsReceipts::Expires(std::string_view receipt) {
  const std::lock_guard lock(mutex_);
  const auto it = leases_.find(std::string(receipt));
  return it == leases_.end() ? kNoDeadline : it->second.until;
}

std::optional<std::chrono::milliseconds> SqsReceipts::HoldLeft(std::string_view receipt) {
  const std::lock_guard lock(mutex_);
  const auto it = leases_.find(std::string(receipt));
  if (it == leases_.end()) return std::nullopt;
  const auto left = it->second.received + kMaxSqsHold - clock_.Monotonic();
  return std::max(std::chrono::milliseconds(0), std::chrono::floor<std::chrono::milliseconds>(left));
}

}  // namespace calve::queue
