// How a chunk of a source becomes the relation `chunk`: one attempt, in DuckDB. docs/formats.md says how to add a
// format.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "load/processor.h"
#include "store/object_store.h"
#include "transform/quarantine.h"
#include "transform/session.h"

namespace calve::transform {

/// What one attempt reads from, and with. Outlives its input.
struct InputContext {
  store::ObjectStore& store;
  const load::ChunkTask& task;
  const std::string& directory;  ///< The attempt's own, within the session's private folder.
  size_t read_buffer_bytes;
  Quarantine& quarantine;  ///< For bad records.
};

/// What was read of a chunk.
struct ReadAccount {
  uint64_t end_offset_bytes = 0;  ///< Where the first record behind the chunk starts.
  uint64_t records = 0;           ///< Good and bad.
  uint64_t repeated_headers = 0;
  uint64_t rows = 0;  ///< That `chunk` had.
};

/// One attempt at one chunk. Not thread-safe.
class ChunkInput {
 public:
  virtual ~ChunkInput() = default;
  /// Where the chunk's first record starts: known, pinned, or guessed; nullopt: nobody could say.
  virtual Result<std::optional<uint64_t>> FirstRecord() = 0;
  /// Makes the relation `chunk`, of the records that start in [first, chunk.end). False: there are none, and no need to
  /// run anything.
  virtual Result<bool> Bind(Session& session, uint64_t first) = 0;
  /// Reads what the SQL has left (a LIMIT stops early), so that every record is accounted for.
  virtual Result<ReadAccount> Finish(Session& session) = 0;
  /// The error of a query over `chunk`; or kBadData, when it is the source that cannot be read. `session` may be
  /// another one than the query's.
  virtual Error Judge(Session& /*session*/, Error error) { return error; }
};

/// Thread-safe.
class InputFormat {
 public:
  virtual ~InputFormat() = default;
  virtual std::string_view name() const = 0;  ///< Plan::format
  /// Whether its streams look at the floating-point values that they make (session.floats()); else that is done in SQL.
  virtual bool looks_at_floats() const { return false; }
  /// kCorrupt for a plan whose pin cannot be.
  virtual Result<std::unique_ptr<ChunkInput>> Open(const InputContext& context) const = 0;
};

using InputFormats = std::vector<std::unique_ptr<const InputFormat>>;

}  // namespace calve::transform
