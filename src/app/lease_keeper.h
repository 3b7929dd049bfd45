// Heartbeats: keeps the messages that this process works on invisible to others.
#pragma once

#include <chrono>
#include <mutex>
#include <set>
#include <string>

#include "base/ticker.h"
#include "queue/queue.h"

namespace calve::app {

/// Extends every held receipt at a third of the visibility time-out, on a thread of its own: a queue that does not
/// answer holds up nothing else. Thread-safe.
class LeaseKeeper {
 public:
  LeaseKeeper(queue::Queue& queue, std::chrono::milliseconds visibility);

  void Hold(const std::string& receipt);
  void Release(const std::string& receipt);

 private:
  void Tick();

  queue::Queue& queue_;
  const std::chrono::milliseconds visibility_;
  std::chrono::steady_clock::time_point extended_;  ///< The ticker's alone.
  std::mutex mutex_;
  std::set<std::string> held_;  ///< Guarded by mutex_.
  Ticker ticker_;               ///< Last: it ends before what it uses.
};

}  // namespace calve::app
