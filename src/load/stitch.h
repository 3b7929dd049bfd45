// Stitching: the proof that the published chunk results are the whole source, each record once.
#pragma once

#include <cstdint>
#include <variant>
#include <vector>

#include "base/error.h"
#include "load/chunk_result.h"
#include "load/plan.h"

namespace calve::load {

/// The chunk's guess was wrong (or it made none): run it again from exactly here.
struct NeedsPinnedRun {
  int chunk = 0;
  uint64_t start_bytes = 0;
};

/// Not all chunks have a result yet.
struct NotComplete {
  std::vector<int> missing;
};

/// A chunk was published as failed: this plan never commits. (A run that only guessed its start never publishes a
/// failure: the guess may be what failed. It publishes "undecided", and the pinned run decides.)
struct Failed {
  int chunk = 0;
  ChunkFailure failure;
};

/// One result a chunk, in order, each starting where the one before ended.
struct Stitched {
  std::vector<const ChunkResult*> results;
};

using StitchOutcome = std::variant<Stitched, NeedsPinnedRun, NotComplete, Failed>;

/// Pure. `results`: all that are published, in any order. By induction over the chunks: chunk 0 starts at the first
/// record after the header, which is exact; a result that starts at an exact line start ends at one; so equality of
/// each start with the end before makes every boundary exact, whatever was guessed. kCorrupt when a result contradicts
/// the plan.
Result<StitchOutcome> Stitch(const Plan& plan, const std::vector<ChunkResult>& results);

}  // namespace calve::load
