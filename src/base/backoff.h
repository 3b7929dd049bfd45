// Exponential back-off with full jitter, as a pure function.
#pragma once

#include <chrono>

#include "base/rng.h"

namespace calve {

/// How a retry loop waits and when it gives up. Every figure is configurable.
struct BackoffPolicy {
  int max_retries = 20;
  std::chrono::milliseconds min_wait{100};
  std::chrono::milliseconds max_wait{10'000};
};

/// The wait before retry number `attempt` (0 for the first): uniform in [0, min(max_wait, min_wait * 2^attempt)],
/// and at least 1 ms, so that a herd spreads out over the whole interval.
std::chrono::milliseconds BackoffWait(const BackoffPolicy& policy, int attempt, Rng& rng);

}  // namespace calve
