#include "format_csv/show.h"

#include <fmt/format.h>

#include "base/utf8.h"

namespace calve::format_csv {
namespace {

std::string Quoted(std::string_view text) { return "'" + Printable(text) + "'"; }

std::string CharText(char c) { return c == '\0' ? "none" : Quoted(std::string_view(&c, 1)); }

std::string NewlineText(const csv::Dialect& dialect) {
  switch (dialect.newline) {
    case csv::Newline::kLf:
      return "LF";
    case csv::Newline::kCrLf:
      return "CRLF";
    case csv::Newline::kCr:
      return "CR";
    case csv::Newline::kAny:
      return "any of LF, CRLF, CR";
    case csv::Newline::kCustom:
      return Quoted(dialect.custom_newline);
  }
  return "";
}

}  // namespace

std::string DialectText(const csv::Dialect& dialect) {
  std::string out = fmt::format("delimiter {}, quote {}", Quoted(dialect.delimiter), CharText(dialect.quote));
  if (dialect.quote != '\0') {
    out += dialect.escape == dialect.quote ? " (doubled within)" : fmt::format(", escape {}", CharText(dialect.escape));
  }
  out += fmt::format(", lines end with {}, {}, {}", NewlineText(dialect), csv::EncodingName(dialect),
                     dialect.has_header ? "header" : "no header");
  if (dialect.header_offset_bytes > 0) out += fmt::format(" at byte {}", dialect.header_offset_bytes);
  if (dialect.comment != '\0') out += fmt::format(", comments {}", CharText(dialect.comment));
  if (dialect.trim) out += ", trimmed";
  if (dialect.trailing_delimiters > 0) out += ", delimiters at records' ends";
  if (dialect.literal_quotes) out += ", quotes inside fields literal";
  if (dialect.ragged == csv::Ragged::kPadNull) out += ", short records padded";
  std::string nulls;
  for (const std::string& null : dialect.null_strings) nulls += (nulls.empty() ? "" : " or ") + Quoted(null);
  return out + (nulls.empty() ? "" : ", null is " + nulls);
}

std::string ColumnNote(const csv::Column& column) {
  std::string note = column.keep_leading_zeros ? "text, so that its leading zeros stay" : "";
  for (const std::string& null : column.null_strings) note += (note.empty() ? "null is " : " or ") + Quoted(null);
  return note;
}

}  // namespace calve::format_csv
