// Heartbeats: keeps the messages that this process works on invisible to others.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include "queue/queue.h"

namespace calve::app {

/// A thread that extends every held receipt at a third of the visibility time-out, and calls `on_tick` five times a
/// second. Thread-safe.
class LeaseKeeper {
 public:
  LeaseKeeper(queue::Queue& queue, std::chrono::milliseconds visibility, std::function<void()> on_tick);
  ~LeaseKeeper();
  LeaseKeeper(const LeaseKeeper&) = delete;
  LeaseKeeper& operator=(const LeaseKeeper&) = delete;

  void Hold(const std::string& receipt);
  void Release(const std::string& receipt);

 private:
  void Loop();

  queue::Queue& queue_;
  const std::chrono::milliseconds visibility_;
  const std::function<void()> on_tick_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::set<std::string> held_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace calve::app
