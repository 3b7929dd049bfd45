// The commit loop: does an action to a table exactly once, whatever fails or is answered too late.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "base/backoff.h"
#include "base/cancel.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/rng.h"
#include "iceberg/catalog.h"
#include "load/action.h"
#include "store/object_store.h"

namespace calve::load {

/// CALVE_COMMIT_RETRIES, _MIN_WAIT_MS, _MAX_WAIT_MS, _DEADLINE_MS.
struct CommitPolicy {
  BackoffPolicy backoff{
      .max_retries = 30, .min_wait = std::chrono::milliseconds(50), .max_wait = std::chrono::milliseconds(10'000)};
  std::chrono::milliseconds deadline{600'000};  ///< For the whole loop, waits included.
};

/// What is changed.
struct CommitTarget {
  iceberg::TableIdentifier table;
  std::string table_uuid;  ///< The table that was planned for; another one is an error.
};

struct CommitDone {
  std::optional<int64_t> snapshot_id;  ///< See Done.
  bool was_there = false;  ///< Found in the history before anything was sent: a former attempt's, or somebody else's.
  int conflicts = 0;       ///< Rejections on the way.
};

/// What the loop works with. The references outlive it.
struct CommitContext {
  iceberg::Catalog& catalog;
  store::ObjectStore& store;
  Clock& clock;
  Rng& rng;
};

/// Load the newest metadata; Action::Find; if it is there, done; else build the action on it and send it once.
/// Rejected: delete what this attempt wrote, back off, again from the top. Unknown: delete nothing, back off, again
/// from the top. kUnprovable: it cannot be known whether it happened (history cut short, or the last answer was lost
/// and the table cannot be loaded). kNotFound: the table was dropped. kConflict: another table has its name.
/// kUnavailable: gave up, certainly not committed. kCancelled, kDeadlineExceeded: certainly not committed.
Result<CommitDone> CommitExactlyOnce(const CommitContext& context, const CommitPolicy& policy,
                                     const CommitTarget& target, Action& action, const CancelToken& cancel);

}  // namespace calve::load
