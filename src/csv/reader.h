// Reads a byte range of a CSV source strictly, straight into column vectors, in bounded memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bad_record.h"
#include "base/error.h"
#include "csv/dialect.h"

namespace calve::csv {

/// Where a column's decoded values go: the memory of one (DuckDB) vector, `capacity` values long.
/// VARCHAR values are 16 bytes: uint32 length; then up to 12 bytes inline, zero-padded. Longer ones are stored by
/// `assign_long`, which must copy the bytes.
struct ColumnSink {
  void* data = nullptr;
  uint64_t* validity =
      nullptr;  ///< Bit i of word i/64 set: value i is not null. The reader sets every bit below the count.
  void* context = nullptr;
  void (*assign_long)(void* context, size_t index, const char* bytes, size_t length) = nullptr;
};

/// Pulls source bytes: fills the span, returns how many (0 = end of the object).
using ReadBytes = std::function<Result<size_t>(std::span<std::byte>)>;

struct ReaderOptions {
  uint64_t max_record_bytes = 32U << 20U;  ///< A longer record goes to quarantine.
  uint64_t max_raw_bytes = 64U << 10U;
  size_t buffer_bytes =
      4U << 20U;  ///< What is read at a time; memory is a small multiple of it (and of a long record).
};

/// Counts and offsets of what was read. `first` and `end` are both line starts (the first byte of a record, an empty
/// line or a comment, or the end of the object): a chunk's end is the first line start at or behind its range's end, so
/// neighbours are stitched when one's end equals the next one's first.
struct ReadSummary {
  uint64_t first_offset_bytes = 0;
  uint64_t end_offset_bytes = 0;
  uint64_t records = 0;  ///< Good and bad.
  uint64_t bad = 0;
  uint64_t repeated_headers = 0;  ///< Records that equal the header, set aside: they are none.
};

/// Streams the records whose first byte lies in [start, range_end). Not thread-safe.
class ChunkReader {
 public:
  /// `start_bytes` must be a line start; `read` yields the source from there on (past range_end too, to finish the last
  /// record). `on_bad` is called in order, from Fill; its error stops the reading.
  static Result<std::unique_ptr<ChunkReader>> Make(const Dialect& dialect, std::span<const Column> columns,
                                                   uint64_t start_bytes, uint64_t range_end_bytes, ReadBytes read,
                                                   std::function<Status(BadRecord)> on_bad,
                                                   const ReaderOptions& options);
  virtual ~ChunkReader() = default;
  /// Decodes up to `capacity` good records into `sinks` (one a column, in order); how many; 0 = the range is done.
  /// `offsets`, when not null, receives each record's byte offset.
  virtual Result<size_t> Fill(std::span<const ColumnSink> sinks, size_t capacity, uint64_t* offsets) = 0;
  /// Complete once Fill has returned 0.
  virtual const ReadSummary& summary() const = 0;
};

}  // namespace calve::csv
