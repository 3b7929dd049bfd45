// Splits samples into records as the reader does (record_parser.h): what it would send to quarantine is marked.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "csv/dialect.h"
#include "csv/record_parser.h"

namespace calve::csv {

struct SniffRecord {
  uint32_t begin = 0;
  uint32_t end = 0;   ///< Behind its last byte, the record delimiter left out.
  uint32_t next = 0;  ///< Where the next line starts.
  uint32_t first_field = 0;
  uint32_t fields = 0;
  uint32_t trailing_empty = 0;  ///< Fields at its end that are empty or blank.
  bool malformed = false;       ///< A stray quote, text behind a closing quote, no closing quote: to quarantine.
  bool blank = false;           ///< An empty line.
  bool comment = false;
};

struct SniffRecords {
  std::string_view text;
  std::vector<SniffRecord> records;
  std::vector<FieldRef> fields;

  /// The record's fields, the first `at_most` of them: there may be fewer.
  std::span<const FieldRef> FieldsOf(const SniffRecord& record, uint32_t at_most = UINT32_MAX) const {
    return std::span(fields).subspan(record.first_field, std::min(record.fields, at_most));
  }
};

/// Splits `text` from `from` on into at most `max_records` records by `dialect`. A last record that the text may cut
/// short is left out unless `at_end`. A malformed quote costs its own line only: splitting goes on behind the first
/// line end after the record's start, as a person's eye would.
SniffRecords SplitRecords(std::string_view text, const Dialect& dialect, size_t from, bool at_end,
                          size_t max_records = std::numeric_limits<size_t>::max());

/// The field's value, escapes resolved; `buffer` holds it when it had some.
std::string_view FieldText(const SniffRecords& records, const FieldRef& field, const Dialect& dialect,
                           std::string& buffer);

/// Length of the line end at `at` under the dialect's newline, 0 when there is none.
size_t LineEndAt(std::string_view text, size_t at, const Dialect& dialect);

/// The first line end at or behind `from` (quotes not heeded); npos when there is none.
size_t FindLineEnd(std::string_view text, size_t from, const Dialect& dialect);

}  // namespace calve::csv
