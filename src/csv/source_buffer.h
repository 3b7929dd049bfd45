// The source's bytes as the tokenisers want them: contiguous, padded, UTF-16 transcoded, with their offsets in the
// source.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"
#include "csv/dialect.h"
#include "csv/reader.h"

namespace calve::csv {

/// A window over the source that moves forward. Positions are relative to data(); Advance moves them. Not thread-safe.
class SourceBuffer {
 public:
  /// Readable bytes in front of data() (for positions one before a line start) and behind size().
  static constexpr size_t kPadding = 64;

  /// `read` yields the source from `offset_bytes` on. Up to `range_end_bytes` it is read in steps of `step_bytes`,
  /// behind it (where only the last record's end is wanted) in small ones.
  SourceBuffer(ReadBytes read, Encoding encoding, uint64_t offset_bytes, uint64_t range_end_bytes, size_t step_bytes);

  /// Drops the bytes before `keep_from` (which becomes position 0) and reads more, at least one byte unless the object
  /// ends.
  Status Advance(size_t keep_from);

  const char* data() const { return memory_.get() + kPadding; }
  size_t size() const { return size_; }
  bool at_end() const { return at_end_; }

  /// The source offset of the byte at `pos`. Constant time, but for UTF-16, where ascending positions are cheap.
  uint64_t SourceOffset(size_t pos);

  /// The first position whose source offset is at or behind the range's end; SIZE_MAX when it is behind the buffer.
  size_t RangeEnd() const { return range_end_pos_; }

 private:
  Status Reserve(size_t bytes);
  Result<size_t> ReadSome(char* to, size_t bytes);
  Status ReadUtf16(size_t bytes);
  void FindRangeEnd();

  ReadBytes read_;
  Encoding encoding_;
  uint64_t range_end_;
  size_t step_bytes_;
  std::unique_ptr<char[]> memory_;
  size_t capacity_ = 0;
  size_t size_ = 0;
  bool at_end_ = false;
  uint64_t base_ = 0;         // Source offset of position 0.
  uint64_t read_offset_ = 0;  // Source offset that `read_` yields next.
  size_t range_end_pos_ = SIZE_MAX;
  // UTF-16: source bytes not transcoded yet (less than a code point), and the last answer of SourceOffset.
  std::string undecoded_;
  std::string transcoded_;
  size_t memo_pos_ = 0;
  uint64_t memo_offset_ = 0;
};

/// Appends `bytes` (UTF-16) to `out` as UTF-8 and returns how many were used: an incomplete code point at the end is
/// left, unless `at_end`; then half a code unit comes out as the byte 0xFF, which is no UTF-8. A lone surrogate comes
/// out as three bytes that are no UTF-8 either: the reader's check refuses both.
size_t TranscodeUtf16(std::string_view bytes, bool big_endian, bool at_end, std::string* out);

/// The source bytes that the UTF-8 sequence led by `lead` was made from: 0 for a byte that leads none.
inline size_t Utf16SourceBytes(char lead) {
  const auto byte = static_cast<unsigned char>(lead);
  if ((byte & 0xC0) == 0x80) return 0;
  return byte == 0xFF ? 1 : byte >= 0xF0 ? 4 : 2;
}

}  // namespace calve::csv
