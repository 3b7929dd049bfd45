// A clock that tests own.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>

#include "base/clock.h"

namespace calve {

/// Time moves only by Advance, or, when automatic, also by the length of each SleepFor, which then returns at once
/// (and yields). Automatic suits one thread: with several, each one's sleeping makes time pass for all.
/// Manual: SleepFor blocks until another thread has advanced the clock far enough. Thread-safe.
class FakeClock final : public Clock {
 public:
  enum class Sleep { kAutomatic, kManual };

  explicit FakeClock(Sleep sleep = Sleep::kAutomatic,
                     TimestampMicros start = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1))
      : sleep_(sleep), wall_(start) {}

  TimestampMicros Now() override {
    const std::lock_guard lock(mutex_);
    return wall_;
  }

  std::chrono::steady_clock::time_point Monotonic() override {
    const std::lock_guard lock(mutex_);
    return monotonic_;
  }

  void SleepFor(std::chrono::milliseconds duration) override {
    if (sleep_ == Sleep::kAutomatic) {
      Advance(duration);
      std::this_thread::yield();
    } else {
      std::unique_lock lock(mutex_);
      const auto until = monotonic_ + duration;
      ++sleepers_;
      moved_.notify_all();
      moved_.wait(lock, [&] { return monotonic_ >= until; });
      --sleepers_;
    }
    slept_ms_ += duration.count();
  }

  /// Both clocks forward.
  void Advance(std::chrono::milliseconds duration) {
    const std::lock_guard lock(mutex_);
    wall_ += duration;
    monotonic_ += duration;
    moved_.notify_all();
  }

  /// The wall clock alone, forward or backward: somebody has set it.
  void JumpWallClock(std::chrono::milliseconds duration) {
    const std::lock_guard lock(mutex_);
    wall_ += duration;
  }

  /// Manual only: blocks until `count` threads are asleep, so that a test can advance without racing them.
  void AwaitSleepers(int count) {
    std::unique_lock lock(mutex_);
    moved_.wait(lock, [&] { return sleepers_ >= count; });
  }

  /// All sleeps that have ended, in milliseconds, summed over the threads.
  int64_t slept_ms() const { return slept_ms_; }

 private:
  const Sleep sleep_;
  std::mutex mutex_;
  std::condition_variable moved_;
  TimestampMicros wall_;
  std::chrono::steady_clock::time_point monotonic_{std::chrono::hours(1)};
  int sleepers_ = 0;
  std::atomic<int64_t> slept_ms_ = 0;
};

}  // namespace calve
