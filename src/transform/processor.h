// Reads, transforms and writes a chunk with DuckDB.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/rng.h"
#include "load/processor.h"
#include "store/object_store.h"
#include "transform/input.h"
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
  /// `formats`: those that plans may have; outlive this.
  static Result<std::unique_ptr<DuckDbProcessor>> Make(store::ObjectStore& store, const InputFormats& formats,
                                                       const ProcessorOptions& options);
  ~DuckDbProcessor() override;

  Result<load::ChunkResult> Process(const load::ChunkTask& task) override;

 private:
  DuckDbProcessor(store::ObjectStore& store, const InputFormats& formats, const ProcessorOptions& options,
                  std::unique_ptr<Session> session)
      : store_(store), formats_(formats), options_(options), session_(std::move(session)) {}

  Result<const InputFormat*> FindFormat(const std::string& name) const;
  Result<load::ChunkResult> Run(const InputFormat& format, const load::ChunkTask& task, const std::string& directory);
  /// Runs the SQL over what `input` has bound, and accounts for all that was read.
  Result<std::vector<struct WrittenFile>> Transform(const load::ChunkTask& task, ChunkInput& input,
                                                    const std::string& directory, load::ChunkResult& result);
  /// DuckDB itself does not survive some errors.
  Status Revive();
  Status Publish(const load::ChunkTask& task, std::vector<struct WrittenFile> files, load::ChunkResult& result);

  store::ObjectStore& store_;
  const InputFormats& formats_;
  ProcessorOptions options_;
  std::unique_ptr<Session> session_;
};

}  // namespace calve::transform
