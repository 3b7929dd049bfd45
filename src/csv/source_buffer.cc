#include "csv/source_buffer.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/utf8.h"

namespace calve::csv {
namespace {

// Read at a time behind the range's end.
constexpr size_t kTailStepBytes = 64U << 10U;

bool IsUtf16(Encoding encoding) { return encoding == Encoding::kUtf16Le || encoding == Encoding::kUtf16Be; }

}  // namespace

size_t TranscodeUtf16(std::string_view bytes, bool big_endian, bool at_end, std::string* out) {
  const auto unit = [&](size_t i) -> char32_t {
    const auto a = static_cast<uint8_t>(bytes[i]);
    const auto b = static_cast<uint8_t>(bytes[i + 1]);
    return big_endian ? static_cast<char32_t>(a << 8U | b) : static_cast<char32_t>(b << 8U | a);
  };
  size_t i = 0;
  while (i + 2 <= bytes.size()) {
    const char32_t first = unit(i);
    if (first >= 0xD800 && first < 0xDC00) {
      if (i + 4 > bytes.size() && !at_end) return i;
      if (i + 4 <= bytes.size()) {
        const char32_t second = unit(i + 2);
        if (second >= 0xDC00 && second < 0xE000) {
          AppendCodePoint(0x10000 + ((first - 0xD800) << 10U) + (second - 0xDC00), out);
          i += 4;
          continue;
        }
      }
    }
    AppendCodePoint(first, out);
    i += 2;
  }
  if (at_end && i < bytes.size()) {
    out->push_back('\xFF');
    ++i;
  }
  return i;
}

SourceBuffer::SourceBuffer(ReadBytes read, Encoding encoding, uint64_t offset_bytes, uint64_t range_end_bytes,
                           size_t step_bytes)
    : read_(std::move(read)),
      encoding_(encoding),
      range_end_(range_end_bytes),
      step_bytes_(std::clamp<size_t>(step_bytes, 1, size_t{1} << 30U)),
      memory_(new char[2 * kPadding]()),
      base_(offset_bytes),
      read_offset_(offset_bytes),
      memo_offset_(offset_bytes) {
  FindRangeEnd();
}

Status SourceBuffer::Reserve(size_t bytes) {
  if (bytes <= capacity_) return {};
  // Positions are 32 bits wide (FieldRef, TokenizeJob::ends).
  if (bytes > (size_t{3} << 30U)) return Err(ErrorKind::kInternal, "a CSV record needs a buffer of more than 3 GiB");
  const size_t grown = std::max(bytes, capacity_ + capacity_ / 2);
  std::unique_ptr<char[]> memory(new char[grown + 2 * kPadding]);
  std::memset(memory.get(), 0, kPadding);
  std::memcpy(memory.get() + kPadding, data(), size_);
  memory_ = std::move(memory);
  capacity_ = grown;
  return {};
}

Result<size_t> SourceBuffer::ReadSome(char* to, size_t bytes) {
  size_t got = 0;
  while (got < bytes) {
    CALVE_ASSIGN_OR_RETURN(const size_t n, read_(std::as_writable_bytes(std::span(to + got, bytes - got))));
    if (n == 0) {
      at_end_ = true;
      break;
    }
    got += n;
  }
  read_offset_ += got;
  return got;
}

Status SourceBuffer::Advance(size_t keep_from) {
  if (keep_from > 0) {
    base_ = SourceOffset(keep_from);
    memo_pos_ = 0;
    memo_offset_ = base_;
    std::memmove(memory_.get() + kPadding, data() + keep_from, size_ - keep_from);
    size_ -= keep_from;
  }
  if (!at_end_) {
    const uint64_t ahead = range_end_ > read_offset_ ? range_end_ - read_offset_ : 0;
    size_t step = static_cast<size_t>(std::min<uint64_t>(step_bytes_, ahead + kTailStepBytes));
    // A record that does not fit doubles what is held, so that reading it over and over stays linear.
    step = std::max(step, size_);
    if (IsUtf16(encoding_)) {
      CALVE_RETURN_IF_ERROR(ReadUtf16(step));
    } else {
      CALVE_RETURN_IF_ERROR(Reserve(size_ + step));
      CALVE_ASSIGN_OR_RETURN(const size_t got, ReadSome(memory_.get() + kPadding + size_, step));
      size_ += got;
    }
    std::memset(memory_.get() + kPadding + size_, 0, kPadding);
  } else {
    std::memset(memory_.get() + kPadding + size_, 0, kPadding);
  }
  FindRangeEnd();
  return {};
}

Status SourceBuffer::ReadUtf16(size_t bytes) {
  const size_t before = size_;
  while (size_ == before && !at_end_) {
    const size_t left = undecoded_.size();
    undecoded_.resize(left + std::max<size_t>(bytes, 2));
    CALVE_ASSIGN_OR_RETURN(const size_t got, ReadSome(undecoded_.data() + left, undecoded_.size() - left));
    undecoded_.resize(left + got);
    transcoded_.clear();
    const size_t used = TranscodeUtf16(undecoded_, encoding_ == Encoding::kUtf16Be, at_end_, &transcoded_);
    undecoded_.erase(0, used);
    CALVE_RETURN_IF_ERROR(Reserve(size_ + transcoded_.size()));
    std::memcpy(memory_.get() + kPadding + size_, transcoded_.data(), transcoded_.size());
    size_ += transcoded_.size();
  }
  return {};
}

uint64_t SourceBuffer::SourceOffset(size_t pos) {
  if (!IsUtf16(encoding_)) return base_ + pos;
  if (pos < memo_pos_) {
    memo_pos_ = 0;
    memo_offset_ = base_;
  }
  for (; memo_pos_ < pos; ++memo_pos_) memo_offset_ += Utf16SourceBytes(data()[memo_pos_]);
  return memo_offset_;
}

void SourceBuffer::FindRangeEnd() {
  range_end_pos_ = SIZE_MAX;
  if (!IsUtf16(encoding_)) {
    if (range_end_ <= base_) {
      range_end_pos_ = 0;
    } else if (range_end_ - base_ <= size_) {
      range_end_pos_ = static_cast<size_t>(range_end_ - base_);
    }
    return;
  }
  uint64_t offset = base_;
  for (size_t pos = 0; pos <= size_; ++pos) {
    if (offset >= range_end_) {
      range_end_pos_ = pos;
      return;
    }
    if (pos < size_) offset += Utf16SourceBytes(data()[pos]);
  }
}

}  // namespace calve::csv
