#include "csv/record_parser.h"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "base/utf8.h"

namespace calve::csv {

// One walk over a record's bytes.
struct RecordParser::Scan {
  const char* data;
  size_t size;
  bool at_end;
  size_t limit;        // The record may not be longer than up to here.
  size_t pos;          // Where the field starts; then, after a step, where it stopped.
  size_t newline = 0;  // Length of the record delimiter found.
  Defect defect = Defect::kNone;
};

RecordParser::RecordParser(const Dialect& dialect, uint64_t max_record_bytes)
    : dialect_(dialect),
      max_record_(max_record_bytes),
      marks_(dialect.encoding != Encoding::kCharset),
      doubled_(dialect.quote != '\0' && dialect.escape == dialect.quote),
      backslash_(dialect.escape == dialect.quote ? '\0' : dialect.escape) {
  const auto mark = [this](char c) { special_[static_cast<unsigned char>(c)] = true; };
  mark(dialect_.delimiter[0]);
  if (dialect_.quote != '\0') mark(dialect_.quote);
  if (backslash_ != '\0') mark(backslash_);
  switch (dialect_.newline) {
    case Newline::kLf:
      mark('\n');
      break;
    case Newline::kCr:
      mark('\r');
      break;
    case Newline::kCrLf:
      mark('\r');
      newline_bytes_ = 2;
      break;
    case Newline::kAny:
      mark('\r');
      mark('\n');
      newline_bytes_ = 2;
      break;
    case Newline::kCustom:
      mark(dialect_.custom_newline[0]);
      newline_bytes_ = dialect_.custom_newline.size();
      break;
  }
}

namespace {

// Whether `text` stands at `pos`: its length, 0, or SIZE_MAX when the bytes at hand end inside it.
size_t MatchText(std::string_view text, const char* data, size_t pos, size_t size, bool at_end) {
  const size_t here = std::min(text.size(), size - pos);
  if (std::memcmp(data + pos, text.data(), here) != 0) return 0;
  if (here == text.size()) return here;
  return at_end ? 0 : SIZE_MAX;
}

}  // namespace

size_t RecordParser::MatchNewline(const char* data, size_t pos, size_t size, bool at_end) const {
  if (pos >= size) return at_end ? 0 : SIZE_MAX;
  const char c = data[pos];
  switch (dialect_.newline) {
    case Newline::kLf:
      return c == '\n' ? 1 : 0;
    case Newline::kCr:
      return c == '\r' ? 1 : 0;
    case Newline::kCrLf:
      return MatchText("\r\n", data, pos, size, at_end);
    case Newline::kAny:
      if (c == '\n') return 1;
      if (c != '\r') return 0;
      if (pos + 1 >= size) return at_end ? 1 : SIZE_MAX;
      return data[pos + 1] == '\n' ? 2 : 1;
    case Newline::kCustom:
      return MatchText(dialect_.custom_newline, data, pos, size, at_end);
  }
  return 0;
}

size_t RecordParser::FindNewline(const char* data, size_t from, size_t size, bool at_end) const {
  for (size_t pos = from; pos < size; ++pos) {
    if (!special_[static_cast<unsigned char>(data[pos])]) continue;
    const size_t length = MatchNewline(data, pos, size, at_end);
    if (length == SIZE_MAX) return SIZE_MAX;
    if (length > 0) return pos + length;
  }
  return SIZE_MAX;
}

// What stands at `pos`, where a field has ended.
RecordParser::Step RecordParser::AfterField(Scan* scan, size_t pos) const {
  scan->pos = pos;
  if (pos >= scan->size) return scan->at_end ? Step::kEndOfRecord : Step::kNeedMore;
  const size_t newline = MatchNewline(scan->data, pos, scan->size, scan->at_end);
  if (newline == SIZE_MAX) return Step::kNeedMore;
  if (newline > 0) {
    scan->newline = newline;
    return Step::kEndOfRecord;
  }
  const size_t delimiter = MatchText(dialect_.delimiter, scan->data, pos, scan->size, scan->at_end);
  if (delimiter == SIZE_MAX) return Step::kNeedMore;
  if (delimiter == 0) return Step::kMalformed;
  scan->pos = pos + delimiter;
  return Step::kDelimiter;
}

// From the opening quote at scan->pos on. kMalformed leaves scan->pos where it was.
RecordParser::Step RecordParser::Quoted(Scan* scan, FieldRef* field) const {
  const char* const data = scan->data;
  const size_t open = scan->pos;
  const size_t stop = std::min(scan->size, scan->limit);
  bool escaped = false;
  size_t pos = open + 1;
  while (true) {
    if (backslash_ == '\0') {
      const void* quote = pos < stop ? std::memchr(data + pos, dialect_.quote, stop - pos) : nullptr;
      pos = quote == nullptr ? stop : static_cast<size_t>(static_cast<const char*>(quote) - data);
    } else {
      while (pos < stop && data[pos] != dialect_.quote && data[pos] != backslash_) ++pos;
    }
    if (pos >= stop) {
      if (scan->size < scan->limit && !scan->at_end) return Step::kNeedMore;
      scan->defect = Defect::kUnterminatedQuote;
      return Step::kMalformed;
    }
    if (data[pos] == backslash_ && backslash_ != '\0') {
      escaped = true;
      pos += 2;
      continue;
    }
    if (!doubled_) break;
    if (pos + 1 >= scan->size && !scan->at_end) return Step::kNeedMore;
    if (pos + 1 >= scan->size || data[pos + 1] != dialect_.quote) break;
    escaped = true;
    pos += 2;
  }
  *field = FieldRef{static_cast<uint32_t>(open + 1), static_cast<uint32_t>(pos), true, escaped};
  size_t after = pos + 1;
  if (dialect_.trim) {
    while (after < scan->size && data[after] == ' ') ++after;
  }
  const Step step = AfterField(scan, after);
  if (step == Step::kMalformed) {
    scan->defect = Defect::kTextAfterQuote;
    scan->pos = open;
  }
  return step;
}

// From scan->pos on, inside an unquoted field that began at field->begin.
RecordParser::Step RecordParser::Unquoted(Scan* scan, FieldRef* field) const {
  const char* const data = scan->data;
  size_t pos = scan->pos;
  Step step = Step::kMalformed;
  while (step == Step::kMalformed) {
    const size_t stop = std::min(scan->size, scan->limit + 1);
    while (pos < stop && !special_[static_cast<unsigned char>(data[pos])]) ++pos;
    if (pos > scan->limit) return Step::kOversized;
    step = AfterField(scan, pos);
    if (step != Step::kMalformed) break;
    if (data[pos] == backslash_ && backslash_ != '\0') {
      field->escaped = true;
      if (pos + 1 >= scan->size) {
        if (!scan->at_end) return Step::kNeedMore;
        scan->defect = Defect::kDanglingEscape;
        ++pos;
      } else {
        pos += 2;
      }
      continue;
    }
    const bool quote = data[pos] == dialect_.quote && dialect_.quote != '\0' && !dialect_.literal_quotes;
    if (quote && scan->defect == Defect::kNone) {
      scan->defect = Defect::kStrayQuote;
    }
    ++pos;
  }
  if (step == Step::kNeedMore) return step;
  size_t end = pos;
  if (dialect_.trim) {
    while (end > field->begin && data[end - 1] == ' ') --end;
    while (field->begin < end && data[field->begin] == ' ') ++field->begin;
  }
  field->end = static_cast<uint32_t>(end);
  return step;
}

ParsedLine RecordParser::ParseFields(const char* data, size_t begin, size_t size, bool at_end,
                                     std::vector<FieldRef>* fields) const {
  ParsedLine line;
  Scan scan{data, size, at_end, begin + static_cast<size_t>(max_record_), begin};
  const size_t fields_before = fields->size();
  while (true) {
    const size_t start = scan.pos;
    FieldRef field{static_cast<uint32_t>(start), 0};
    size_t text = start;
    if (dialect_.trim) {
      while (text < size && text < scan.limit && data[text] == ' ') ++text;
    }
    scan.defect = Defect::kNone;
    Step step = Step::kMalformed;
    if (dialect_.quote != '\0' && text < size && data[text] == dialect_.quote) {
      scan.pos = text;
      step = Quoted(&scan, &field);
      if (step == Step::kMalformed) {
        // Not a quoted field: its quote is a character like others.
        field = FieldRef{static_cast<uint32_t>(start), 0};
        scan.pos = text + 1;
      }
    }
    if (step == Step::kMalformed) step = Unquoted(&scan, &field);
    if (step == Step::kNeedMore) {
      fields->resize(fields_before);
      return ParsedLine{};
    }
    if (scan.defect != Defect::kNone && line.defect == Defect::kNone) {
      line.defect = scan.defect;
      line.defect_field = fields->size() - fields_before;
    }
    line.kind = ParsedLine::Kind::kRecord;
    if (step == Step::kOversized || (step == Step::kEndOfRecord && scan.pos - begin > max_record_)) {
      line.defect = Defect::kOversized;
      line.end = line.next = scan.limit;
      return line;
    }
    fields->push_back(field);
    if (step == Step::kEndOfRecord) {
      line.end = scan.pos;
      line.next = scan.pos + scan.newline;
      return line;
    }
  }
}

ParsedLine RecordParser::Parse(const char* data, size_t begin, size_t size, bool at_end,
                               std::vector<FieldRef>* fields) const {
  ParsedLine line;
  if (begin >= size) return line;
  if (marks_ && data[begin] == kByteOrderMark[0]) {
    // Of a file that was appended.
    const size_t mark = MatchText(kByteOrderMark, data, begin, size, at_end);
    if (mark == SIZE_MAX) return line;
    begin += mark;
    if (begin >= size && !at_end) return line;
  }
  constexpr char kCtrlZ = '\x1A';  // DOS's mark of a text's end.
  if (at_end && (begin == size || (begin + 1 == size && data[begin] == kCtrlZ))) {
    line.kind = ParsedLine::Kind::kComment;
    line.end = line.next = size;
    return line;
  }
  if (dialect_.comment != '\0' && data[begin] == dialect_.comment) {
    const size_t next = FindNewline(data, begin, size, at_end);
    if (next == SIZE_MAX && !at_end && size - begin <= max_record_ + newline_bytes_) return line;
    line.kind = ParsedLine::Kind::kComment;
    if (next == SIZE_MAX && !at_end) {
      // A comment has no say in what follows: its end is found without keeping it.
      line.defect = Defect::kOversized;
      line.end = line.next = size - newline_bytes_;
    } else {
      line.end = line.next = next == SIZE_MAX ? size : next;
    }
    return line;
  }
  const size_t newline = MatchNewline(data, begin, size, at_end);
  if (newline == SIZE_MAX) return line;
  if (newline > 0) {
    line.kind = ParsedLine::Kind::kBlank;
    line.end = begin;
    line.next = begin + newline;
    return line;
  }
  return ParseFields(data, begin, size, at_end, fields);
}

size_t RecordParser::FinishRecord(const char* data, size_t from, size_t size, bool at_end, Inside inside,
                                  bool* clean) const {
  size_t rest = from;
  if (inside != Inside::kFieldStart) {
    Scan scan{data, size, at_end, from + static_cast<size_t>(max_record_), from};
    FieldRef field{static_cast<uint32_t>(from), 0};
    Step step = Step::kMalformed;
    if (inside == Inside::kQuoted) {
      scan.pos = from - 1;  // As if an opening quote stood in front of it: wraps at 0, and Quoted adds the one again.
      step = Quoted(&scan, &field);
      if (step == Step::kMalformed) scan.pos = from;
    }
    if (step == Step::kMalformed) step = Unquoted(&scan, &field);
    if (scan.defect != Defect::kNone) *clean = false;
    if (step == Step::kEndOfRecord) return scan.pos + scan.newline;
    if (step != Step::kDelimiter) return SIZE_MAX;
    rest = scan.pos;
  }
  std::vector<FieldRef> fields;
  if (rest >= size) return at_end ? size : SIZE_MAX;
  const ParsedLine line = ParseFields(data, rest, size, at_end, &fields);
  if (line.defect != Defect::kNone) *clean = false;
  return line.kind == ParsedLine::Kind::kRecord && line.defect != Defect::kOversized ? line.next : SIZE_MAX;
}

void RecordParser::Unescape(const char* begin, const char* end, bool quoted, std::string* out) const {
  out->clear();
  const char escape = backslash_ != '\0' ? backslash_ : (quoted && doubled_) ? dialect_.quote : '\0';
  for (const char* p = begin; p < end; ++p) {
    if (escape != '\0' && *p == escape && p + 1 < end) ++p;
    out->push_back(*p);
  }
}

}  // namespace calve::csv
