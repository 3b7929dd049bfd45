#include <algorithm>
#include <string>
#include <vector>

#include "csv/boundaries.h"
#include "csv/decode.h"
#include "csv/null_text.h"
#include "csv/reader_internal.h"
#include "csv/record_parser.h"
#include "csv/source_buffer.h"

namespace calve::csv {
namespace {

using Inside = RecordParser::Inside;

// Records that a hypothesis is judged by: more would not tell more.
constexpr size_t kJudgedRecords = 200;

// What follows when the place asked about is, or is not, inside quotes.
struct Hypothesis {
  size_t line = SIZE_MAX;  // The first line start, SIZE_MAX when the window shows none.
  bool clean = true;       // No quote where none may be, up to there.
  size_t good = 0;
  size_t total = 0;

  // Between 0 and 1. Few records tell little: one half is mixed in.
  double Share() const {
    return (static_cast<double>(good) + 0.5) / (static_cast<double>(total) + 1 + (clean ? 0 : 1));
  }
  bool Convincing() const { return line != SIZE_MAX && Share() >= 0.5; }
};

class Speculation {
 public:
  Speculation(const Dialect& dialect, std::span<const Column> columns, std::string_view window, bool at_end)
      : dialect_(dialect),
        parser_(dialect, ReaderOptions{}.max_record_bytes),
        columns_(columns),
        window_(window),
        at_end_(at_end) {
    for (const Column& column : columns) nulls_.emplace_back(dialect, column);
  }

  // The first line start at or behind `pos` (`from` <= `pos`: where a run of quotes around it starts).
  std::optional<size_t> FirstLine(size_t pos) const {
    size_t from = pos;
    if (dialect_.quote != '\0') {
      while (from > 0 && window_[from - 1] == dialect_.quote) --from;
    }
    if (Escaped(from)) ++from;
    from = std::min(from, window_.size());
    Hypothesis outside = Outside(from, pos);
    if (dialect_.quote == '\0') return outside.line != SIZE_MAX ? std::optional(outside.line) : std::nullopt;
    Hypothesis inside;
    inside.line = Finish(from, Inside::kQuoted, &inside.clean);
    Judge(&outside);
    Judge(&inside);
    if (outside.line != SIZE_MAX && inside.line != SIZE_MAX) {
      return outside.Share() >= inside.Share() ? outside.line : inside.line;
    }
    // One way shows no line start: its quote may be closed behind the window. Only a clear case is taken.
    if (outside.Convincing()) return outside.line;
    if (inside.Convincing()) return inside.line;
    return std::nullopt;
  }

 private:
  // Whether an odd number of escapes in front of `pos` makes its byte literal.
  bool Escaped(size_t pos) const {
    if (dialect_.escape == '\0' || dialect_.escape == dialect_.quote) return false;
    size_t escapes = 0;
    while (escapes < pos && window_[pos - escapes - 1] == dialect_.escape) ++escapes;
    return escapes % 2 == 1;
  }

  Hypothesis Outside(size_t from, size_t pos) const {
    Hypothesis h;
    if (const size_t line = LineStartAround(from); line != SIZE_MAX) {
      h.line = line >= pos ? line : Finish(line, Inside::kFieldStart, &h.clean);
      return h;
    }
    // A delimiter that ends here, or that `from` is in the middle of.
    const std::string_view delimiter = dialect_.delimiter;
    for (size_t back = std::min(delimiter.size(), from); back > 0; --back) {
      if (window_.substr(from - back, delimiter.size()) != delimiter || Escaped(from - back)) continue;
      h.line = Finish(from - back + delimiter.size(), Inside::kFieldStart, &h.clean);
      return h;
    }
    h.line = Finish(from, Inside::kUnquoted, &h.clean);
    return h;
  }

  // The line start behind a record delimiter that ends at `from`, or that `from` is in the middle of.
  size_t LineStartAround(size_t from) const {
    for (size_t back = std::min(parser_.newline_bytes(), from); back > 0; --back) {
      const size_t length = parser_.MatchNewline(window_.data(), from - back, window_.size(), at_end_);
      if (length != SIZE_MAX && length >= back && !Escaped(from - back)) return from - back + length;
    }
    return SIZE_MAX;
  }

  size_t Finish(size_t from, Inside inside, bool* clean) const {
    return parser_.FinishRecord(window_.data(), from, window_.size(), at_end_, inside, clean);
  }

  void Judge(Hypothesis* h) const {
    std::vector<FieldRef> fields;
    for (size_t pos = h->line; pos < window_.size() && h->total < kJudgedRecords;) {
      fields.clear();
      const ParsedLine line = parser_.Parse(window_.data(), pos, window_.size(), at_end_, &fields);
      if (line.kind == ParsedLine::Kind::kNeedMore || line.defect == Defect::kOversized) break;
      if (line.kind == ParsedLine::Kind::kRecord) {
        ++h->total;
        if (line.defect == Defect::kNone && Fits(fields)) ++h->good;
      }
      pos = line.next;
    }
  }

  bool Fits(const std::vector<FieldRef>& fields) const {
    const bool pads = dialect_.ragged == Ragged::kPadNull;
    if (pads ? fields.size() > columns_.size() : fields.size() != columns_.size()) return false;
    std::string value;
    for (size_t i = 0; i < fields.size(); ++i) {
      if (columns_[i].type.kind == TypeKind::kVarchar) continue;
      const FieldRef& field = fields[i];
      const std::string_view text = window_.substr(field.begin, field.end - field.begin);
      if (nulls_[i].Matches(text, field.quoted)) continue;
      parser_.Unescape(text.data(), text.data() + text.size(), field.quoted, &value);
      if (!DecodeField(columns_[i].type, value, nullptr)) return false;
    }
    return true;
  }

  const Dialect& dialect_;
  RecordParser parser_;
  std::span<const Column> columns_;
  std::vector<NullTexts> nulls_;
  std::string_view window_;
  bool at_end_;
};

}  // namespace

std::optional<uint64_t> SpeculateFirstLine(const Dialect& dialect, std::span<const Column> columns,
                                           std::string_view window, uint64_t window_offset, uint64_t range_start,
                                           bool at_end) {
  const uint64_t window_end = window_offset + window.size();
  const Result<Dialect> bytes = ByteDialect(dialect);
  if (!bytes || range_start < window_offset || range_start > window_end) return std::nullopt;
  // The one line start that is known.
  if (range_start <= dialect.data_offset_bytes) {
    return dialect.data_offset_bytes <= window_end ? std::optional(dialect.data_offset_bytes) : std::nullopt;
  }
  if (range_start == window_end) return at_end ? std::optional(window_end) : std::nullopt;
  // What stands in front of the data (a preamble, say) is no context.
  if (window_offset < dialect.data_offset_bytes) {
    window.remove_prefix(dialect.data_offset_bytes - window_offset);
    window_offset = dialect.data_offset_bytes;
  }
  const bool big_endian = dialect.encoding == Encoding::kUtf16Be;
  if (!big_endian && dialect.encoding != Encoding::kUtf16Le) {
    const auto line =
        Speculation(*bytes, columns, window, at_end).FirstLine(static_cast<size_t>(range_start - window_offset));
    return line ? std::optional(window_offset + *line) : std::nullopt;
  }
  // UTF-16: from a code unit's start on, as UTF-8; positions are mapped there and back.
  if ((window_offset - dialect.data_offset_bytes) % 2 != 0) {
    window.remove_prefix(1);
    ++window_offset;
  }
  std::string text;
  TranscodeUtf16(window, big_endian, at_end, &text);
  uint64_t offset = window_offset;
  size_t pos = 0;
  for (; pos < text.size() && (offset < range_start || Utf16SourceBytes(text[pos]) == 0); ++pos) {
    offset += Utf16SourceBytes(text[pos]);
  }
  const auto line = Speculation(*bytes, columns, text, at_end).FirstLine(pos);
  if (!line) return std::nullopt;
  for (; pos < *line; ++pos) offset += Utf16SourceBytes(text[pos]);
  return offset;
}

}  // namespace calve::csv
