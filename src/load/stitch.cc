#include "load/stitch.h"

#include <fmt/format.h>

#include <map>
#include <utility>

namespace calve::load {
namespace {

/// What every usable result of a chunk keeps: it ends at the first line start at or behind the chunk's end.
Status CheckResult(const Plan& plan, const Chunk& chunk, const ChunkResult& result) {
  const bool last = chunk.index + 1 == plan.chunk_count();
  const bool end_fits = last
                            ? result.end_offset_bytes == plan.cuts.extent
                            : result.end_offset_bytes >= chunk.end_bytes && result.end_offset_bytes <= plan.cuts.extent;
  if (!end_fits || result.end_offset_bytes < result.first_offset_bytes) {
    return Err(ErrorKind::kCorrupt,
               fmt::format("chunk {} of load {} reports bytes [{}, {}), which cannot be of the range [{}, {})",
                           chunk.index, plan.load_id, result.first_offset_bytes, result.end_offset_bytes,
                           chunk.start_bytes, chunk.end_bytes));
  }
  if (result.records != result.rows_in + result.quarantined) {
    return Err(ErrorKind::kCorrupt,
               fmt::format("chunk {} of load {} counts {} records, but {} rows and {} quarantined", chunk.index,
                           plan.load_id, result.records, result.rows_in, result.quarantined));
  }
  return {};
}

}  // namespace

Result<StitchOutcome> Stitch(const Plan& plan, const std::vector<ChunkResult>& results) {
  std::map<int, const ChunkResult*> guessed;
  std::map<std::pair<int, uint64_t>, const ChunkResult*> pinned;
  for (const ChunkResult& result : results) {
    if (result.failure) return StitchOutcome(Failed{result.chunk, *result.failure});
    if (result.chunk < 0 || result.chunk >= plan.chunk_count()) {
      return Err(ErrorKind::kCorrupt, fmt::format("load {} has a result for chunk {}, of {} chunks", plan.load_id,
                                                  result.chunk, plan.chunk_count()));
    }
    if (result.pinned_start) {
      pinned[{result.chunk, *result.pinned_start}] = &result;
    } else {
      guessed[result.chunk] = &result;
    }
  }
  NotComplete incomplete;
  for (int i = 0; i < plan.chunk_count(); ++i) {
    if (!guessed.contains(i)) incomplete.missing.push_back(i);
  }
  if (!incomplete.missing.empty()) return StitchOutcome(std::move(incomplete));

  Stitched stitched;
  uint64_t expected = plan.ChunkAt(0).start_bytes;
  for (int i = 0; i < plan.chunk_count(); ++i) {
    const ChunkResult* result = guessed[i];
    if (result->undecided || result->first_offset_bytes != expected) {
      const auto it = pinned.find({i, expected});
      if (it == pinned.end()) return StitchOutcome(NeedsPinnedRun{i, expected});
      result = it->second;
      if (result->undecided || result->first_offset_bytes != expected) {
        return Err(ErrorKind::kCorrupt, fmt::format("chunk {} of load {} was pinned to byte {} but started at {}", i,
                                                    plan.load_id, expected, result->first_offset_bytes));
      }
    }
    CALVE_RETURN_IF_ERROR(CheckResult(plan, plan.ChunkAt(i), *result));
    stitched.results.push_back(result);
    expected = result->end_offset_bytes;
  }
  return StitchOutcome(std::move(stitched));
}

}  // namespace calve::load
