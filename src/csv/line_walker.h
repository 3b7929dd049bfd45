// Goes from line start to line start as the reader does, without decoding.
#pragma once

#include <cstdint>
#include <vector>

#include "base/error.h"
#include "csv/reader.h"
#include "csv/record_parser.h"
#include "csv/source_buffer.h"

namespace calve::csv {

/// Not thread-safe.
class LineWalker {
 public:
  /// `line_start` is one; `read` yields the source from there on. `parser` is borrowed.
  LineWalker(const RecordParser& parser, ReadBytes read, uint64_t line_start);

  /// The first line start at or behind `target` (or behind the last one returned), or the end of the object.
  Result<uint64_t> To(uint64_t target);

 private:
  Status SkipLine();
  Status More();

  const RecordParser& parser_;
  SourceBuffer buffer_;
  size_t pos_ = 0;
  std::vector<FieldRef> fields_;
};

/// Moves `*pos` from inside a line that is too long to be held to the next line start, in bounded memory.
Status SkipToLineEnd(const RecordParser& parser, SourceBuffer* buffer, size_t* pos);

}  // namespace calve::csv
