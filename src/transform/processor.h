// Reads, transforms and writes a chunk with DuckDB.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/rng.h"
#include "load/processor.h"
#include "store/object_store.h"
#include "transform/session.h"

namespace calve::transform {

struct ProcessorOptions {
  std::string scratch_dir;          ///< A folder of this processor's own; created, and removed with it.
  uint64_t memory_limit_bytes = 0;  ///< For DuckDB; 0: its default.
  size_t read_buffer_bytes = 4U << 20U;
};

/// Not thread-safe: one a thread.
class DuckDbProcessor final : public load::ChunkProcessor {
 public:
  static Result<std::unique_ptr<DuckDbProcessor>> Make(store::ObjectStore& store, const ProcessorOptions& options);
  ~DuckDbProcessor() override;

  Result<load::ChunkResult> Process(const load::ChunkTask& task) override;

 private:
  DuckDbProcessor(store::ObjectStore& store, const ProcessorOptions& options, std::unique_ptr<Session> session)
      : store_(store), options_(options), session_(std::move(session)) {}

  Result<load::ChunkResult> Run(const load::ChunkTask& task, const std::string& directory);
  Result<load::ChunkResult> RunParquet(const load::ChunkTask& task, const std::string& directory);
  /// The same error, or kBadData when it is the file that cannot be read.
  Error Judge(const struct ParquetChunk& chunk, Error error);
  /// DuckDB itself does not survive some errors.
  Status Revive();
  Result<std::optional<uint64_t>> FindStart(const load::ChunkTask& task);
  Status Publish(const load::ChunkTask& task, std::vector<struct WrittenFile> files, load::ChunkResult& result);

  store::ObjectStore& store_;
  ProcessorOptions options_;
  std::unique_ptr<Session> session_;
};

}  // namespace calve::transform
