// `calve status`: the ledger, as people want to see it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/environment.h"
#include "base/error.h"
#include "load/ledger.h"

namespace calve::app {

/// One load in the ledger.
struct LoadStatus {
  std::string load_id;
  std::string source;
  std::string table;
  std::string status;  ///< "committed", "failed", "unfinished"
  uint64_t size_bytes = 0;
  int chunks = 0;
  int chunks_done = 0;
  std::optional<load::CommitRecord> commit;
  std::optional<load::FailureRecord> failure;
  int64_t planned_ms = 0;
  uint64_t rows = 0;  ///< So far, when unfinished.
  uint64_t quarantined = 0;
  std::vector<std::string> quarantine_uris;
  std::optional<load::FirstBadRecord> first_bad;
  std::vector<queue::DeadLetter> dead_letters;  ///< This load's, on either queue.
  queue::QueueStats queue;                      ///< `calve run`'s own queue of this load.
  queue::QueueStats workers_queue;              ///< The queue of chunks that workers share, of all loads together.
};

/// All loads, newest first; with `load_id_prefix` only those that begin so. Nothing is written or created.
Result<std::vector<LoadStatus>> ReadStatus(Environment& environment, const std::string& load_id_prefix);

}  // namespace calve::app
