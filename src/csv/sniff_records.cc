#include "csv/sniff_records.h"

#include <algorithm>

#include "csv/null_text.h"
#include "csv/record_parser.h"

namespace calve::csv {
namespace {

/// A record that runs on longer than this has a stray quote in it.
constexpr uint64_t kMaxRecordBytes = uint64_t{256} << 10U;
/// As much of a sample may be left out as a record that it cuts short; for more, a stray quote is to blame.
constexpr size_t kMaxCutBytes = size_t{16} << 10U;

/// The line at `at`; kNeedMore when the text cuts it short.
ParsedLine ParseLine(const RecordParser& parser, std::string_view text, size_t at, bool at_end,
                     std::vector<FieldRef>& fields) {
  fields.clear();
  ParsedLine line = parser.Parse(text.data(), at, text.size(), at_end, &fields);
  // Whatever the parser says, a record moves on: SplitRecords depends on it to come to an end.
  if (line.next <= at) line.kind = ParsedLine::Kind::kNeedMore;
  if (line.kind != ParsedLine::Kind::kNeedMore || text.size() - at <= kMaxCutBytes) return line;
  // As if nothing followed: a quote that nothing closes then is a character of its own line.
  fields.clear();
  ParsedLine own = parser.Parse(text.data(), at, text.size(), true, &fields);
  return own.next > at && own.next < text.size() ? own : line;
}

}  // namespace

size_t LineEndAt(std::string_view text, size_t at, const Dialect& dialect) {
  const char c = text[at];
  switch (dialect.newline) {
    case Newline::kLf:
      return c == '\n' ? 1 : 0;
    case Newline::kCr:
      return c == '\r' ? 1 : 0;
    case Newline::kCrLf:
      return c == '\r' && at + 1 < text.size() && text[at + 1] == '\n' ? 2 : 0;
    case Newline::kAny:
      if (c == '\n') return 1;
      if (c != '\r') return 0;
      return at + 1 < text.size() && text[at + 1] == '\n' ? 2 : 1;
    case Newline::kCustom:
      return !dialect.custom_newline.empty() && text.substr(at, dialect.custom_newline.size()) == dialect.custom_newline
                 ? dialect.custom_newline.size()
                 : 0;
  }
  return 0;
}

size_t FindLineEnd(std::string_view text, size_t from, const Dialect& dialect) {
  switch (dialect.newline) {
    case Newline::kLf:
      return text.find('\n', from);
    case Newline::kCr:
      return text.find('\r', from);
    case Newline::kCrLf:
      return text.find("\r\n", from);
    case Newline::kAny:
      return text.find_first_of("\r\n", from);
    case Newline::kCustom:
      return text.find(dialect.custom_newline, from);
  }
  return std::string_view::npos;
}

SniffRecords SplitRecords(std::string_view text, const Dialect& dialect, size_t from, bool at_end, size_t max_records) {
  SniffRecords out;
  out.text = text;
  const RecordParser parser(dialect, kMaxRecordBytes);
  std::vector<FieldRef> fields;
  size_t at = from;
  while (at < text.size() && out.records.size() < max_records) {
    const ParsedLine line = ParseLine(parser, text, at, at_end, fields);
    if (line.kind == ParsedLine::Kind::kNeedMore) break;
    SniffRecord record;
    record.begin = static_cast<uint32_t>(at);
    record.end = static_cast<uint32_t>(line.end);
    record.next = static_cast<uint32_t>(line.next);
    record.blank = line.kind == ParsedLine::Kind::kBlank;
    record.comment = line.kind == ParsedLine::Kind::kComment;
    record.malformed = line.defect != Defect::kNone;
    if (line.defect == Defect::kOversized) {
      const size_t next = parser.FindNewline(text.data(), line.end, text.size(), at_end);
      if (next == SIZE_MAX) break;
      record.next = static_cast<uint32_t>(next);
    } else {
      record.first_field = static_cast<uint32_t>(out.fields.size());
      record.fields = static_cast<uint32_t>(fields.size());
      const auto filled = std::find_if(fields.rbegin(), fields.rend(), [&](const FieldRef& field) {
        return field.quoted || !IsBlankText(text.substr(field.begin, field.end - field.begin));
      });
      record.trailing_empty = static_cast<uint32_t>(filled - fields.rbegin());
      out.fields.insert(out.fields.end(), fields.begin(), fields.end());
    }
    out.records.push_back(record);
    at = record.next;
  }
  return out;
}

std::string_view FieldText(const SniffRecords& records, const FieldRef& field, const Dialect& dialect,
                           std::string& buffer) {
  const std::string_view raw = records.text.substr(field.begin, field.end - field.begin);
  if (!field.escaped) return raw;
  buffer.clear();
  for (size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] == dialect.escape && i + 1 < raw.size()) ++i;
    buffer.push_back(raw[i]);
  }
  return buffer;
}

}  // namespace calve::csv
