// Bad records of one attempt, as JSON Lines (docs/ledger-format.md, "Quarantine").
#pragma once

#include <cstdint>
#include <fstream>
#include <optional>
#include <string>

#include "base/bad_record.h"
#include "base/error.h"
#include "load/chunk_result.h"
#include "load/processor.h"
#include "store/object_store.h"

namespace calve::transform {

/// Collects in a local file, which is published when the attempt is. Not thread-safe.
class Quarantine {
 public:
  /// `path` is created with the first record. `task` outlives this.
  Quarantine(const load::ChunkTask& task, std::string path) : task_(task), path_(std::move(path)) {}

  /// kBadData when the plan's policy allows no bad record, or no further one.
  Status Add(const BadRecord& record);
  /// Puts what was added, if anything, where the task says, and says so in `result`.
  Status Publish(store::ObjectStore& store, load::ChunkResult& result);

  uint64_t count() const { return count_; }

 private:
  Status Write(const BadRecord& record);

  const load::ChunkTask& task_;
  std::string path_;
  std::ofstream file_;
  uint64_t count_ = 0;
  std::optional<load::FirstBadRecord> first_;
};

}  // namespace calve::transform
