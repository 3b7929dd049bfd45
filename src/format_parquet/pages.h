// Are the pages of a Parquet file what its footer says? Looked at before their rows count as read: an engine that takes
// a footer's word reads what a damaged file does not hold.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "base/error.h"

namespace calve::format_parquet {

/// A column of a row group, as the footer has it.
struct ColumnChunk {
  uint64_t row_group = 0;    ///< Its number in the file.
  std::string column;        ///< Its path in the schema, for messages.
  uint64_t first_bytes = 0;  ///< Of its first page, in the file ...
  uint64_t end_bytes = 0;    ///< ... and where at the latest its last one ends.
  uint64_t values = 0;       ///< Nulls included.
};

/// Walks the pages of each column chunk in the file at `path`, from header to header: they lie within the chunk's
/// bytes, those of data have the footer's number of values (rows are not counted: writers of lists said values there),
/// and where a page has a checksum, its bytes have that one. kBadData naming row group, column, page, offset and what
/// is wrong; kCancelled. Reads headers, and of pages only those with a checksum.
Status CheckPages(const std::string& path, const std::vector<ColumnChunk>& chunks, const CancelToken& cancel);

}  // namespace calve::format_parquet
