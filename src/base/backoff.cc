#include "base/backoff.h"

#include <algorithm>

namespace calve {

std::chrono::milliseconds BackoffWait(const BackoffPolicy& policy, int attempt, Rng& rng) {
  const auto shift = static_cast<unsigned>(std::clamp(attempt, 0, 30));
  const int64_t ceiling = std::min<int64_t>(policy.max_wait.count(), policy.min_wait.count() << shift);
  if (ceiling <= 1) return std::chrono::milliseconds(1);
  return std::chrono::milliseconds(1 + static_cast<int64_t>(rng.Next() % static_cast<uint64_t>(ceiling)));
}

}  // namespace calve
