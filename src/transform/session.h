// A DuckDB of our own, locked up: it sees the relation `chunk` and one private folder, and nothing else.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "transform/chunk_source.h"
#include "transform/duckdb_handle.h"
#include "transform/float_watch.h"
#include "transform/partition_interner.h"
#include "transform/row_watch.h"

namespace calve::transform {

struct SessionOptions {
  std::string private_dir;  ///< The only folder it may touch: data files are written here, large sorts spill here.
  uint64_t memory_limit_bytes = 0;  ///< 0: DuckDB's default.
};

/// One in-memory database with one thread, external access off and configuration locked. Not thread-safe; Interrupt is.
class Session {
 public:
  static Result<std::unique_ptr<Session>> Make(const SessionOptions& options);

  duckdb_connection connection() const { return connection_.get(); }
  ChunkSource& chunk() { return chunk_; }
  PartitionInterner& partitions() { return partitions_; }
  RowWatch& rows() { return rows_; }
  FloatWatch& floats() { return floats_; }
  const std::string& private_dir() const { return private_dir_; }

  /// Makes the relation `chunk` of the columns given to chunk().Reset.
  Status BindStream();
  /// Makes the relation `chunk` what `relation`, a SELECT of our own, yields.
  Status BindRelation(const std::string& relation);
  /// Makes the view kResultView of the user's SQL over `chunk`. kInvalidArgument for SQL that is not exactly one
  /// SELECT, with DuckDB's message.
  Status Prepare(const std::string& sql);

  /// Runs SQL. The error is that of what was read, by its own kind, when that is why it failed.
  Result<QueryResult> Run(const std::string& sql);

  /// False after an error that DuckDB itself does not survive: make another session.
  bool IsAlive() { return Query(connection(), "SELECT 1").has_value(); }

  /// Reads what the last query left of the chunk's stream, and throws the rows away.
  Status Drain();

  static constexpr const char* kResultView = "calve_result";

 private:
  Session() = default;

  std::string private_dir_;
  FloatWatch floats_;
  ChunkSource chunk_;  // Outlives the connection, whose functions point to it.
  PartitionInterner partitions_;
  RowWatch rows_;
  Database database_;
  Connection connection_;
};

}  // namespace calve::transform
