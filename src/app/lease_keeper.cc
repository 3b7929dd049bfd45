#include "app/lease_keeper.h"

#include <vector>

namespace calve::app {

LeaseKeeper::LeaseKeeper(queue::Queue& queue, std::chrono::milliseconds visibility)
    : queue_(queue),
      visibility_(visibility),
      extended_(std::chrono::steady_clock::now()),
      ticker_(std::chrono::milliseconds(200), [this] { Tick(); }) {}

void LeaseKeeper::Hold(const std::string& receipt) {
  const std::lock_guard lock(mutex_);
  held_.insert(receipt);
}

void LeaseKeeper::Release(const std::string& receipt) {
  const std::lock_guard lock(mutex_);
  held_.erase(receipt);
}

void LeaseKeeper::Tick() {
  const auto now = std::chrono::steady_clock::now();
  if (now - extended_ < visibility_ / 3) return;
  extended_ = now;
  std::vector<std::string> due;
  {
    const std::lock_guard lock(mutex_);
    due.assign(held_.begin(), held_.end());
  }
  for (const std::string& receipt : due) {
    const Status status = queue_.Extend(receipt, visibility_);
    if (!status.has_value() && status.error().kind == ErrorKind::kConflict) {
      // Somebody else has it now. Our attempt may go on: publishing decides whose result stands.
      Release(receipt);
    }
  }
}

}  // namespace calve::app
