// Time and sleeping, behind an interface so that tests own them. Nothing else in calve reads a clock.
#pragma once

#include <chrono>
#include <cstdint>

namespace calve {

/// Wall-clock time, microseconds since the Unix epoch, UTC.
using TimestampMicros = std::chrono::sys_time<std::chrono::microseconds>;

/// A point on the monotonic clock; deadlines are passed down as these.
using Deadline = std::chrono::steady_clock::time_point;

/// The deadline that never comes.
inline constexpr Deadline kNoDeadline = Deadline::max();

/// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual TimestampMicros Now() = 0;
  virtual std::chrono::steady_clock::time_point Monotonic() = 0;
  /// Sleeps for `duration`; may return early only when the process is being stopped.
  virtual void SleepFor(std::chrono::milliseconds duration) = 0;
};

/// The machine's clock. Lives as long as the process.
Clock& SystemClock();

/// Milliseconds since the Unix epoch, as Iceberg's metadata holds them.
inline int64_t ToMillis(TimestampMicros t) {
  return std::chrono::floor<std::chrono::milliseconds>(t).time_since_epoch().count();
}

}  // namespace calve
