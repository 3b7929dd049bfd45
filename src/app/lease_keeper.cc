#include "app/lease_keeper.h"

#include <vector>

namespace calve::app {

LeaseKeeper::LeaseKeeper(queue::Queue& queue, std::chrono::milliseconds visibility, std::function<void()> on_tick)
    : queue_(queue), visibility_(visibility), on_tick_(std::move(on_tick)), thread_([this] { Loop(); }) {}

LeaseKeeper::~LeaseKeeper() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void LeaseKeeper::Hold(const std::string& receipt) {
  const std::lock_guard lock(mutex_);
  held_.insert(receipt);
}

void LeaseKeeper::Release(const std::string& receipt) {
  const std::lock_guard lock(mutex_);
  held_.erase(receipt);
}

void LeaseKeeper::Loop() {
  auto extended = std::chrono::steady_clock::now();
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    wake_.wait_for(lock, std::chrono::milliseconds(200), [this] { return stopping_; });
    if (stopping_) return;
    std::vector<std::string> due;
    if (std::chrono::steady_clock::now() - extended >= visibility_ / 3) {
      due.assign(held_.begin(), held_.end());
      extended = std::chrono::steady_clock::now();
    }
    lock.unlock();
    for (const std::string& receipt : due) {
      const Status status = queue_.Extend(receipt, visibility_);
      if (!status.has_value() && status.error().kind == ErrorKind::kConflict) {
        // Somebody else has it now. Our attempt may go on: publishing decides whose result stands.
        Release(receipt);
      }
    }
    on_tick_();
    lock.lock();
  }
}

}  // namespace calve::app
