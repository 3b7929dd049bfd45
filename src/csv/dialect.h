// How a CSV source is written, and what its columns are: what the plan pins and the reader obeys.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/json.h"

namespace calve::csv {

enum class Encoding {
  kUtf8,
  kCharset,  ///< Dialect::charset: one that extends ASCII.
  kUtf16Le,
  kUtf16Be
};

/// What ends a record (RFC 4180 section 2 says CRLF; the world says more). kAny takes LF, CRLF and CR, each where it
/// stands; kCustom takes Dialect::custom_newline only.
enum class Newline { kLf, kCrLf, kCr, kAny, kCustom };

/// What a record with too few or too many fields is.
enum class Ragged {
  kBad,      ///< To quarantine (default).
  kPadNull,  ///< Too few: the rest are null. Too many: still bad.
};

struct Dialect {
  std::string delimiter = ",";  ///< One or more bytes.
  char quote = '"';             ///< '\0': no quoting.
  char escape = '"';  ///< Equal to quote: doubled quotes. Else (e.g. '\\') it makes the next byte literal. '\0': none.
  Newline newline = Newline::kAny;
  std::string custom_newline;
  char comment = '\0';                           ///< A line that begins with it is passed over; '\0': none.
  std::vector<std::string> null_strings = {""};  ///< A field equal to one of these is null (see NullTexts).
  bool quoted_null = false;                      ///< Quoted text too may be null; other types' quotes do not matter.
  bool trim = false;  ///< Spaces around unquoted fields (and around quotes) are not part of them.
  Encoding encoding = Encoding::kUtf8;
  std::string charset;  ///< kCharset: which, by a name of Charset's.
  Ragged ragged = Ragged::kBad;
  uint32_t trailing_delimiters = 0;  ///< So many may end a record: the empty fields behind its last column are none.
  bool literal_quotes = false;       ///< A quote inside an unquoted field is a character like others, no defect.
  bool skip_empty_lines = true;      ///< For files with one column an empty line is a null value instead.
  bool has_header = true;
  /// The header's record as it stands in the source, as text; a record that equals it is the header of a file that was
  /// appended, and no record. Empty: not looked for.
  std::string header;
  uint64_t header_offset_bytes =
      0;  ///< Where the header (or, without one, the first record) starts: after BOM and preamble.
  uint64_t data_offset_bytes = 0;  ///< Where the first record after the header starts. Chunk 0 starts here.
};

enum class TypeKind {
  kBoolean,
  kInteger,
  kBigInt,
  kFloat,
  kDouble,
  kDecimal,
  kDate,
  kTime,
  kTimestamp,
  kTimestampTz,
  kUuid,
  kVarchar
};

/// A column's type. Physical form of decoded values (DuckDB's own): BOOLEAN uint8_t; INTEGER int32_t; BIGINT int64_t;
/// FLOAT float; DOUBLE double; DECIMAL int16_t / int32_t / int64_t / __int128 by precision <= 4 / 9 / 18 / 38; DATE
/// int32_t days since 1970-01-01; TIME int64_t us since midnight; TIMESTAMP / TIMESTAMPTZ int64_t us since the epoch;
/// UUID __int128 with the top bit flipped; VARCHAR a 16-byte string (see ColumnSink).
struct ColumnType {
  TypeKind kind = TypeKind::kVarchar;
  uint8_t precision = 0;  ///< DECIMAL: digits in all, 1..38.
  uint8_t scale = 0;      ///< DECIMAL: digits behind the point.

  friend bool operator==(const ColumnType&, const ColumnType&) = default;
};

struct Column {
  std::string name;         ///< Normalised and unique: what SQL sees.
  std::string source_name;  ///< As the header has it.
  ColumnType type;
  bool keep_leading_zeros = false;  ///< VARCHAR because its sampled numbers had leading zeros. For `plan` to say.
  std::vector<std::string> null_strings{};  ///< Null in this column, quoted or not, beside the dialect's.

  friend bool operator==(const Column&, const Column&) = default;
};

/// "DECIMAL(10,2)", "BIGINT", ...: SQL's name, as DuckDB takes it.
std::string TypeName(const ColumnType& type);
/// The other way round, case-insensitive, the usual aliases too (INT, LONG, TEXT, STRING, DATETIME, "TIMESTAMP WITH
/// TIME ZONE", NUMERIC ...). kInvalidArgument, listing the known ones.
Result<ColumnType> ParseTypeName(std::string_view text);

/// "utf-8", "utf-16le", "utf-16be", or the charset's name.
std::string EncodingName(const Dialect& dialect);
/// The other way round; false: `name` cannot be one. Whether a charset is known shows when it is used.
bool SetEncoding(std::string_view name, Dialect& dialect);

/// Versioned JSON as it stands in the plan (docs/plan-format.md). Total functions over every value.
Json DialectToJson(const Dialect& dialect);
Result<Dialect> DialectFromJson(const Json& json);
Json ColumnToJson(const Column& column);
Result<Column> ColumnFromJson(const Json& json);

}  // namespace calve::csv
