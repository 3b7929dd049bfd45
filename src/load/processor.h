// What the protocol needs from the SQL engine: describe a query, and run it over a chunk. Implemented by transform.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "base/error.h"
#include "load/chunk_result.h"
#include "load/plan.h"

namespace calve::load {

/// Progress of everything that runs in this process. Thread-safe; monotone but for attempts that are thrown away.
struct Progress {
  std::atomic<uint64_t> bytes_read{0};
  std::atomic<uint64_t> rows_read{0};
  std::atomic<uint64_t> quarantined{0};
};

/// One attempt to make.
struct ChunkTask {
  const Plan& plan;
  Chunk chunk;
  std::optional<uint64_t> pinned_start;  ///< Start exactly here instead of guessing.
  std::string attempt_id;
  std::string quarantine_uri;  ///< Where to put bad records, if there are any.
  const CancelToken& cancel;
  Progress* progress = nullptr;  ///< May be null.
};

/// Not thread-safe: one a thread.
class ChunkProcessor {
 public:
  virtual ~ChunkProcessor() = default;
  /// Reads, transforms and writes a chunk; the data files are at their final place afterwards, but nobody knows of them
  /// until the result is published. On an error nothing that it wrote is left, as far as it can be removed.
  /// kBadData: the input cannot be taken (retrying does not help); kConflict: the source was replaced; kCancelled.
  virtual Result<ChunkResult> Process(const ChunkTask& task) = 0;
};

/// What SQL yields.
struct Described {
  std::vector<iceberg::Field> columns;  ///< Optional, without ids.
  /// Why its result over a source is not that over each chunk by itself, put together: "it aggregates ...". nullopt: it
  /// takes rows one by one.
  std::optional<std::string> not_row_wise;
};

/// Checks SQL against an empty chunk. Thread-safe.
class SqlDescriber {
 public:
  virtual ~SqlDescriber() = default;
  /// What plan.sql yields over plan's `chunk`. kInvalidArgument
  /// with the engine's message and position, for anything but one SELECT, for duplicate result names, and for a result
  /// type that Iceberg has no counterpart for (naming the cast that helps).
  virtual Result<Described> Describe(const Plan& plan) = 0;
};

}  // namespace calve::load
