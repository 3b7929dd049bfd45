// How a ChunkReader is built, for those who must choose its way: tests and benchmarks.
#pragma once

#include <memory>

#include "csv/dialect.h"
#include "csv/reader.h"

namespace calve::csv {

/// All three give the same records.
enum class ReaderPath {
  kBest,      ///< The best tokeniser for this processor, where the dialect lets it.
  kPortable,  ///< The portable tokeniser.
  kGeneral,   ///< The record parser alone.
};

struct ReaderInput {
  uint64_t start_bytes = 0;
  uint64_t range_end_bytes = 0;
  ReadBytes read;
  std::function<Status(BadRecord)> on_bad;
};

Result<std::unique_ptr<ChunkReader>> MakeChunkReader(ReaderPath path, const Dialect& dialect,
                                                     std::span<const Column> columns, ReaderInput input,
                                                     const ReaderOptions& options);

/// kInvalidArgument when the dialect cannot be told apart from itself (an empty delimiter, a quote that is the
/// delimiter ...); else the dialect in the bytes that the tokenisers see (latin-1: its texts in latin-1).
Result<Dialect> ByteDialect(const Dialect& dialect);

}  // namespace calve::csv
