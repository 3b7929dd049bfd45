#include "csv/line_walker.h"

#include <algorithm>
#include <utility>

namespace calve::csv {
namespace {

constexpr size_t kStepBytes = 1U << 20U;

}  // namespace

LineWalker::LineWalker(const RecordParser& parser, ReadBytes read, uint64_t line_start)
    : parser_(parser), buffer_(std::move(read), parser.dialect().encoding, line_start, UINT64_MAX, kStepBytes) {}

Result<uint64_t> LineWalker::To(uint64_t target) {
  while (buffer_.SourceOffset(pos_) < target) {
    if (pos_ >= buffer_.size() && buffer_.at_end()) break;
    CALVE_RETURN_IF_ERROR(SkipLine());
  }
  return buffer_.SourceOffset(pos_);
}

Status LineWalker::SkipLine() {
  fields_.clear();
  const ParsedLine line = parser_.Parse(buffer_.data(), pos_, buffer_.size(), buffer_.at_end(), &fields_);
  if (line.kind == ParsedLine::Kind::kNeedMore) return More();
  pos_ = line.next;
  return line.defect == Defect::kOversized ? SkipToLineEnd(parser_, &buffer_, &pos_) : Status();
}

Status LineWalker::More() {
  CALVE_RETURN_IF_ERROR(buffer_.Advance(pos_));
  pos_ = 0;
  return {};
}

Status SkipToLineEnd(const RecordParser& parser, SourceBuffer* buffer, size_t* pos) {
  while (true) {
    const size_t next = parser.FindNewline(buffer->data(), *pos, buffer->size(), buffer->at_end());
    if (next != SIZE_MAX || buffer->at_end()) {
      *pos = next != SIZE_MAX ? next : buffer->size();
      return {};
    }
    // A record delimiter may have begun in the last bytes.
    const size_t keep = std::min(parser.newline_bytes() - 1, buffer->size() - *pos);
    CALVE_RETURN_IF_ERROR(buffer->Advance(buffer->size() - keep));
    *pos = 0;
  }
}

}  // namespace calve::csv
