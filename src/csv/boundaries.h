// Where records start: guessed from a window (speculation), or found exactly in one pass (scan).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "csv/dialect.h"
#include "csv/reader.h"

namespace calve::csv {

/// A guess at the first line start at or behind `range_start` in `window`, the source's bytes from `window_offset` on
/// (window_offset <= range_start; it should begin a few bytes early, so that a delimiter just before the range is
/// seen). Weighs "range_start is inside a quoted field" against "it is not" by quote parity, field counts and the
/// columns' types. Returns nullopt when the window shows no line start: the chunk must then be run with its start
/// pinned. A wrong guess is no error: stitching finds it. Postcondition: result in [range_start, window_offset +
/// window.size()]. `at_end`: the window reaches the end of the object.
std::optional<uint64_t> SpeculateFirstLine(const Dialect& dialect, std::span<const Column> columns,
                                           std::string_view window, uint64_t window_offset, uint64_t range_start,
                                           bool at_end);

/// Opens the source at a byte offset.
using OpenAt = std::function<Result<ReadBytes>(uint64_t offset_bytes)>;

/// The exact first line start at or behind each of `cuts` (ascending, all >= dialect.data_offset_bytes), found in one
/// pass over [data_offset, size), on `threads` threads: each range's quote parity is computed for both possible states
/// at its start, then stitched. Equal to what a sequential reading with the same `max_record_bytes` gives (a stretch
/// with odd quoting, or a dialect that the fast pass does not know, is read sequentially). `open` is called from
/// several threads at a time.
Result<std::vector<uint64_t>> ScanLineStarts(const Dialect& dialect, std::span<const uint64_t> cuts,
                                             uint64_t size_bytes, const OpenAt& open, int threads,
                                             uint64_t max_record_bytes);

}  // namespace calve::csv
