// What has landed and is not in the table: looked up in the ledger, and put on the queue of notifications.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "app/environment.h"
#include "base/cancel.h"
#include "base/error.h"

namespace calve::app {

struct BackfillEntry {
  std::string source;
  uint64_t size_bytes = 0;
  std::string status;  ///< "loaded", "sent" (or would be, with dry_run), "empty"
  std::string load_id;
};

/// Every object below `prefix` (a folder, an s3:// prefix or a pattern), the warehouse's own left out. What the ledger
/// does not have as committed is sent to `events` as a source message; sending twice does no harm. Costs one HEAD and
/// one GET an object. kNotFound when there is nothing at all.
Result<std::vector<BackfillEntry>> Backfill(Environment& environment, queue::Queue& events, const std::string& prefix,
                                            const CancelToken& cancel);

}  // namespace calve::app
