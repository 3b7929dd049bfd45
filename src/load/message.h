// The chunk message on the queue (docs/ledger-format.md, "Messages").
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "load/plan.h"
#include "queue/queue.h"

namespace calve::load {

/// "Work on this chunk." Everything else is in the plan.
struct ChunkMessage {
  static constexpr int kVersion = 1;

  std::string state_prefix;  ///< Where the ledger is.
  std::string load_id;
  int generation = 0;
  int chunk = 0;
  std::optional<uint64_t> pinned_start;
};

/// With a dedup id that names load, generation, chunk and pin.
queue::Message MakeChunkMessage(const ChunkMessage& message);
/// kBadData when it is not one, with the reason.
Result<ChunkMessage> ParseChunkMessage(std::string_view body);

}  // namespace calve::load
