// One line at a time, every dialect, every defect: the definition of what a record is (docs/reading-rules.md). The
// tokeniser is a faster way to the same result where nothing is odd.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "csv/dialect.h"

namespace calve::csv {

/// A field's text in the buffer, without its quotes (and, when trimmed, without the blanks around).
struct FieldRef {
  uint32_t begin = 0;
  uint32_t end = 0;
  bool quoted = false;
  bool escaped = false;  ///< Has doubled quotes or escapes to be resolved.
  bool missing = false;  ///< Padded: the record ended before it.
};

enum class Defect {
  kNone,
  kStrayQuote,         ///< A quote inside an unquoted field.
  kTextAfterQuote,     ///< Text between a closing quote and the field's end.
  kUnterminatedQuote,  ///< No closing quote up to the record limit or the end of the object.
  kDanglingEscape,     ///< An escape with nothing behind it.
  kOversized,          ///< Longer than the record limit.
};

struct ParsedLine {
  enum class Kind { kRecord, kBlank, kComment, kNeedMore };
  Kind kind = Kind::kNeedMore;
  size_t end = 0;  ///< Behind its last byte, the record delimiter left out. Oversized: begin + limit.
  size_t next =
      0;  ///< The next line start. Oversized: its line's end must be looked for from `end` on with FindNewline.
  Defect defect = Defect::kNone;
  size_t defect_field = 0;
};

class RecordParser {
 public:
  /// `dialect` in the bytes of the buffer (delimiter and the like transcoded).
  RecordParser(const Dialect& dialect, uint64_t max_record_bytes);

  /// Parses the line at `begin` of the buffer's `size` bytes; its fields are appended to `fields`. kNeedMore: more
  /// bytes are needed to tell (never when `at_end`, never with more than the limit and a few bytes behind `begin`);
  /// nothing is appended then.
  ParsedLine Parse(const char* data, size_t begin, size_t size, bool at_end, std::vector<FieldRef>* fields) const;

  /// Where a line ends for a reader that does not know whether `from` is inside quotes: behind the first record
  /// delimiter at or behind it, wherever it stands. SIZE_MAX when there is none (or it cannot be told yet).
  size_t FindNewline(const char* data, size_t from, size_t size, bool at_end) const;

  /// The next line start of the record that `from` is in, given where in a field `from` stands, or SIZE_MAX when the
  /// bytes do not show it. `*clean` is cleared when quotes stand where, given that, none may.
  enum class Inside { kFieldStart, kUnquoted, kQuoted };
  size_t FinishRecord(const char* data, size_t from, size_t size, bool at_end, Inside inside, bool* clean) const;

  /// The record delimiter's length at `pos`: 0 when there is none, SIZE_MAX when more bytes are needed.
  size_t MatchNewline(const char* data, size_t pos, size_t size, bool at_end) const;

  /// Resolves doubled quotes or escapes in a field's text.
  void Unescape(const char* begin, const char* end, bool quoted, std::string* out) const;

  const Dialect& dialect() const { return dialect_; }
  uint64_t max_record_bytes() const { return max_record_; }
  /// Longest record delimiter.
  size_t newline_bytes() const { return newline_bytes_; }

 private:
  struct Scan;
  enum class Step { kDelimiter, kEndOfRecord, kMalformed, kNeedMore, kOversized };
  ParsedLine ParseFields(const char* data, size_t begin, size_t size, bool at_end, std::vector<FieldRef>* fields) const;
  Step Quoted(Scan* scan, FieldRef* field) const;
  Step Unquoted(Scan* scan, FieldRef* field) const;
  Step AfterField(Scan* scan, size_t pos) const;

  Dialect dialect_;
  uint64_t max_record_;
  size_t newline_bytes_ = 1;
  bool marks_ = false;  // A byte order mark in front of a record is no part of it.
  bool doubled_ = false;
  char backslash_ = '\0';   // An escape other than the quote; '\0': none.
  bool special_[256] = {};  // Bytes that an unquoted field's loop must look at.
};

}  // namespace calve::csv
