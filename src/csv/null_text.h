// What is null in a column: the dialect's null strings, the column's own, and blanks where the type is not text.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "csv/dialect.h"

namespace calve::csv {

/// Whether `text`, in whatever case, is one of the marks by which people say that a value is missing: "NA", "null",
/// "-", "#N/A", "(blank)" ... Not "nan", which is a DOUBLE.
bool IsNullMark(std::string_view text);

/// No byte but blanks and tabs.
bool IsBlankText(std::string_view text);

/// The rule for one column, shared by sniffing, speculation and reading (docs/reading-rules.md). Immutable.
class NullTexts {
 public:
  /// `dialect` is as the bytes are compared: ByteDialect's for a reader; the column's own strings are made to match.
  NullTexts(const Dialect& dialect, const Column& column);

  /// Whether a text of `length` bytes can be null, blanks alone apart: a fast no.
  bool MayBeNull(size_t length) const { return ((lengths_ >> std::min<size_t>(length, 63)) & 1U) != 0; }

  /// `raw` is the field's text between its quotes, if it has any, before escapes.
  bool Matches(std::string_view raw, bool quoted) const;

  /// Whether a null string is a number, e.g. "-999".
  bool numeric() const { return numeric_; }

 private:
  std::vector<std::string> texts_;
  uint64_t lengths_ = 0;  // Bit n: one of them has n bytes (63: or more).
  bool typed_ = false;
  bool quoted_null_ = false;
  bool numeric_ = false;
};

}  // namespace calve::csv
