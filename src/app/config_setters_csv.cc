// The overrides of what sniffing finds: section [csv] of calve.toml.
#include <fmt/format.h>

#include <utility>

#include "app/config_setters.h"
#include "app/config_values.h"
#include "base/ascii.h"
#include "csv/charset.h"
#include "csv/dialect.h"

namespace calve::app {
namespace {

using Values = OptionValues;

std::unexpected<Error> Invalid(std::string message) { return Err(ErrorKind::kInvalidArgument, std::move(message)); }

/// A character, "none" ('\0') or "auto" (nothing: sniffing finds it).
Result<std::optional<char>> CharacterOrNone(const std::string& text) {
  if (text == "auto") return std::optional<char>();
  if (text == "none") return std::optional<char>('\0');
  CALVE_ASSIGN_OR_RETURN(const char byte, ParseByte(text));
  return std::optional<char>(byte);
}

}  // namespace

Status SetDelimiter(Settings& settings, const Values& values) {
  settings.load.read.csv.delimiter.reset();
  if (values.front() == "auto") return {};
  CALVE_ASSIGN_OR_RETURN(std::string delimiter, ParseBytes(values.front()));
  if (delimiter.find_first_of("\r\n") != std::string::npos) return Invalid("a line break ends a record; see --newline");
  settings.load.read.csv.delimiter = std::move(delimiter);
  return {};
}

Status SetQuote(Settings& settings, const Values& values) {
  CALVE_ASSIGN_OR_RETURN(settings.load.read.csv.quote, CharacterOrNone(values.front()));
  return {};
}

// Applied after SetQuote: "doubled" means the quote character itself, so it settles the quote too.
Status SetEscape(Settings& settings, const Values& values) {
  if (values.front() != "doubled") {
    CALVE_ASSIGN_OR_RETURN(settings.load.read.csv.escape, CharacterOrNone(values.front()));
    return {};
  }
  if (!settings.load.read.csv.quote) settings.load.read.csv.quote = '"';
  if (*settings.load.read.csv.quote == '\0')
    return Invalid("doubled quotes need a quote character, but the quote is none");
  settings.load.read.csv.escape = settings.load.read.csv.quote;
  return {};
}

Status SetHeader(Settings& settings, const Values& values) {
  settings.load.read.csv.header.reset();
  if (values.front() == "auto") return {};
  const Result<bool> header = ParseBool(values.front());
  if (!header.has_value()) return Invalid(fmt::format("'{}' is not yes, no or auto", values.front()));
  settings.load.read.csv.header = *header;
  return {};
}

Status SetNull(Settings& settings, const Values& values) {
  settings.load.read.csv.null_strings = values;
  return {};
}

Status SetSkip(Settings& settings, const Values& values) {
  CALVE_ASSIGN_OR_RETURN(const int64_t lines, ParseInteger(values.front(), 0, 1'000'000'000));
  settings.load.read.csv.skip_lines = static_cast<uint64_t>(lines);
  return {};
}

Status SetEncoding(Settings& settings, const Values& values) {
  settings.load.read.csv.encoding.reset();
  settings.load.read.csv.charset.clear();
  std::string name = AsciiLower(values.front());
  if (name == "auto") return {};
  if (name == "utf8") name = "utf-8";
  csv::Dialect dialect;
  if (!csv::SetEncoding(name, dialect)) return Invalid(fmt::format("'{}' is no name of an encoding", values.front()));
  if (dialect.encoding == csv::Encoding::kCharset) {
    if (auto known = csv::Charset::Find(name); !known) return Invalid(known.error().message);
  }
  settings.load.read.csv.encoding = dialect.encoding;
  settings.load.read.csv.charset = dialect.charset;
  return {};
}

Status SetNewline(Settings& settings, const Values& values) {
  settings.load.read.csv.newline.reset();
  settings.load.read.csv.custom_newline.reset();
  const std::string& name = values.front();
  if (name == "auto") return {};
  if (name == "lf") {
    settings.load.read.csv.newline = csv::Newline::kLf;
  } else if (name == "crlf") {
    settings.load.read.csv.newline = csv::Newline::kCrLf;
  } else if (name == "cr") {
    settings.load.read.csv.newline = csv::Newline::kCr;
  } else if (name == "any") {
    settings.load.read.csv.newline = csv::Newline::kAny;
  } else {
    CALVE_ASSIGN_OR_RETURN(std::string bytes, ParseBytes(name));
    if (bytes == "\n" || bytes == "\r\n" || bytes == "\r") {
      settings.load.read.csv.newline = bytes == "\n"     ? csv::Newline::kLf
                                       : bytes == "\r\n" ? csv::Newline::kCrLf
                                                         : csv::Newline::kCr;
      return {};
    }
    settings.load.read.csv.newline = csv::Newline::kCustom;
    settings.load.read.csv.custom_newline = std::move(bytes);
  }
  return {};
}

Status SetComment(Settings& settings, const Values& values) {
  CALVE_ASSIGN_OR_RETURN(settings.load.read.csv.comment, CharacterOrNone(values.front()));
  return {};
}

Status SetRagged(Settings& settings, const Values& values) {
  const std::string& text = values.front();
  // The plan's own word for it is taken, too.
  const bool pad = text == "pad" || text == "pad-null";
  if (!pad && text != "bad") return Invalid(fmt::format("'{}' is not bad or pad", text));
  settings.load.read.csv.ragged = pad ? csv::Ragged::kPadNull : csv::Ragged::kBad;
  return {};
}

Status SetInnerQuotes(Settings& settings, const Values& values) {
  const std::string& text = values.front();
  if (text != "literal" && text != "bad") return Invalid(fmt::format("'{}' is not literal or bad", text));
  settings.load.read.csv.literal_quotes = text == "literal";
  return {};
}

Status SetHeaderRows(Settings& settings, const Values& values) {
  CALVE_ASSIGN_OR_RETURN(const int64_t rows, ParseInteger(values.front(), 1, 100));
  settings.load.read.csv.header_rows = static_cast<uint64_t>(rows);
  settings.load.read.csv.header = true;
  return {};
}

Status SetTrim(Settings& settings, const Values& values) {
  CALVE_ASSIGN_OR_RETURN(settings.load.read.csv.trim, ParseBool(values.front()));
  return {};
}

Status SetAllVarchar(Settings& settings, const Values& values) {
  CALVE_ASSIGN_OR_RETURN(settings.load.read.csv.all_varchar, ParseBool(values.front()));
  return {};
}

Status SetColumn(Settings& settings, const Values& values) {
  settings.load.read.csv.columns.clear();
  for (const std::string& value : values) {
    CALVE_ASSIGN_OR_RETURN(const auto assignment, ParseAssignment(value));
    CALVE_ASSIGN_OR_RETURN(const csv::ColumnType type, csv::ParseTypeName(assignment.second));
    if (!settings.load.read.csv.columns.emplace(assignment.first, type).second)
      return Invalid(assignment.first + " is given twice");
  }
  return {};
}

}  // namespace calve::app
