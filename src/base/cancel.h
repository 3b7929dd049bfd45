// Cooperative cancellation: one flag that long loops look at.
#pragma once

#include <atomic>

namespace calve {

/// Set once (from a signal handler too: the store is lock-free), read by many. Thread-safe.
class CancelToken {
 public:
  void Cancel() { cancelled_.store(true, std::memory_order_relaxed); }
  bool cancelled() const { return cancelled_.load(std::memory_order_relaxed); }

 private:
  std::atomic<bool> cancelled_{false};
};

}  // namespace calve
