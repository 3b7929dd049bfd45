// The last one out commits: looks whether a load is complete and stitched, and if so puts it into the table.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/cancel.h"
#include "base/error.h"
#include "load/append_action.h"
#include "load/commit_loop.h"
#include "load/ledger.h"
#include "load/plan.h"
#include "load/stitch.h"

namespace calve::load {

/// The load is not over: these chunk messages must be on the queue (sending them again does no harm).
struct Waiting {
  std::vector<int> missing;              ///< Chunks without a result; from AfterChunk: when they were last counted.
  std::optional<NeedsPinnedRun> pinned;  ///< Else: all have one, but this one's guess was wrong.
};

/// It is in the table, and the ledger says so.
struct Finished {
  CommitRecord record;
  bool by_us = false;  ///< This call committed it; else it was found done.
  int conflicts = 0;   ///< Commits of others that came in between, when by_us.
};

/// It can never be committed under this plan, and the ledger says why.
struct LoadFailed {
  FailureRecord failure;
};

using FinishOutcome = std::variant<Waiting, Finished, LoadFailed>;

/// Thread-safe; any number of processes may call it for the same load at the same time.
class Finisher {
 public:
  Finisher(const CommitContext& context, Ledger& ledger, const CommitPolicy& policy)
      : context_(context), ledger_(ledger), policy_(policy) {}

  /// Judges by the published results alone, so everybody judges alike. Errors are CommitExactlyOnce's, and the store's.
  Result<FinishOutcome> TryFinish(const Plan& plan, const CancelToken& cancel);

  /// TryFinish for who has just seen to one chunk of a load that may have thousands: where another chunk, known to have
  /// been missing, still is, one small read says so and nothing is listed. Whoever publishes that one looks after it,
  /// and then sees ours.
  Result<FinishOutcome> AfterChunk(const Plan& plan, const CancelToken& cancel);

  /// With CommitMode::kChunk: puts one chunk's files into the table, once.
  Status CommitChunk(const Plan& plan, const ChunkResult& result, const CancelToken& cancel);

 private:
  Result<FinishOutcome> Commit(const Plan& plan, const std::vector<const ChunkResult*>& results,
                               const CancelToken& cancel);
  Result<FinishOutcome> Fail(const Plan& plan, const std::vector<ChunkResult>& results, FailureRecord failure);
  /// The load waits for these; unless it was declared failed.
  Result<FinishOutcome> Wait(const Plan& plan, std::vector<int> missing);
  Result<std::vector<ChunkResult>> ReadResults(const Plan& plan, const std::vector<ResultKey>& keys);
  Status DeleteDataFiles(const Plan& plan, const std::vector<ChunkResult>& results);
  void Remember(const Plan& plan, const std::vector<int>& missing);
  std::vector<int> Remembered(const Plan& plan) const;
  void DeleteUnused(const std::vector<ChunkResult>& results, const std::vector<const ChunkResult*>& used);
  Status CleanFormerGenerations(const Plan& plan);
  /// Files of the load, or of one of its chunks, as one snapshot.
  Result<CommitDone> Append(const Plan& plan, std::optional<int> chunk, iceberg::AppendRequest append,
                            uint64_t quarantined, const CancelToken& cancel);

  CommitContext context_;
  Ledger& ledger_;
  CommitPolicy policy_;
  mutable std::mutex mutex_;
  std::map<std::pair<std::string, int>, std::vector<int>> missing_;  ///< Of a generation, when last counted.
};

}  // namespace calve::load
