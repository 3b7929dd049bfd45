#include "csv/dialect.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/hash.h"
#include "base/utf8.h"
#include "base/whole_number.h"
#include "csv/charset.h"

namespace calve::csv {
namespace {

constexpr uint64_t kDialectVersion = 1;

template <typename E>
using Names = std::span<const std::pair<E, std::string_view>>;

constexpr std::array<std::pair<Encoding, std::string_view>, 3> kEncodings{
    {{Encoding::kUtf8, "utf-8"}, {Encoding::kUtf16Le, "utf-16le"}, {Encoding::kUtf16Be, "utf-16be"}}};
constexpr std::array<std::pair<Newline, std::string_view>, 5> kNewlines{{{Newline::kLf, "lf"},
                                                                         {Newline::kCrLf, "crlf"},
                                                                         {Newline::kCr, "cr"},
                                                                         {Newline::kAny, "any"},
                                                                         {Newline::kCustom, "custom"}}};
constexpr std::array<std::pair<Ragged, std::string_view>, 2> kRagged{
    {{Ragged::kBad, "bad"}, {Ragged::kPadNull, "pad-null"}}};

constexpr std::array<std::pair<TypeKind, std::string_view>, 12> kTypeNames{{{TypeKind::kBoolean, "BOOLEAN"},
                                                                            {TypeKind::kInteger, "INTEGER"},
                                                                            {TypeKind::kBigInt, "BIGINT"},
                                                                            {TypeKind::kFloat, "FLOAT"},
                                                                            {TypeKind::kDouble, "DOUBLE"},
                                                                            {TypeKind::kDecimal, "DECIMAL"},
                                                                            {TypeKind::kDate, "DATE"},
                                                                            {TypeKind::kTime, "TIME"},
                                                                            {TypeKind::kTimestamp, "TIMESTAMP"},
                                                                            {TypeKind::kTimestampTz, "TIMESTAMPTZ"},
                                                                            {TypeKind::kUuid, "UUID"},
                                                                            {TypeKind::kVarchar, "VARCHAR"}}};
constexpr std::array<std::pair<TypeKind, std::string_view>, 19> kTypeAliases{
    {{TypeKind::kBoolean, "BOOL"},
     {TypeKind::kBoolean, "LOGICAL"},
     {TypeKind::kInteger, "INT"},
     {TypeKind::kInteger, "INT4"},
     {TypeKind::kBigInt, "LONG"},
     {TypeKind::kBigInt, "INT8"},
     {TypeKind::kFloat, "REAL"},
     {TypeKind::kFloat, "FLOAT4"},
     {TypeKind::kDouble, "FLOAT8"},
     {TypeKind::kDouble, "DOUBLE PRECISION"},
     {TypeKind::kDecimal, "NUMERIC"},
     {TypeKind::kTime, "TIME WITHOUT TIME ZONE"},
     {TypeKind::kTimestamp, "DATETIME"},
     {TypeKind::kTimestamp, "TIMESTAMP WITHOUT TIME ZONE"},
     {TypeKind::kTimestampTz, "TIMESTAMP WITH TIME ZONE"},
     {TypeKind::kVarchar, "TEXT"},
     {TypeKind::kVarchar, "STRING"},
     {TypeKind::kVarchar, "CHAR"},
     {TypeKind::kVarchar, "BPCHAR"}}};

template <typename E>
std::string_view NameOf(Names<E> names, E value) {
  for (const auto& [e, name] : names) {
    if (e == value) return name;
  }
  return "";
}

template <typename E>
Result<E> Named(Names<E> names, const Json& json, std::string_view key) {
  CALVE_ASSIGN_OR_RETURN(const std::string text, JsonGet<std::string>(json, key));
  for (const auto& [e, name] : names) {
    if (name == text) return e;
  }
  return Err(ErrorKind::kCorrupt, fmt::format("field '{}' has the unknown value '{}'", key, text));
}

// Text goes in as a JSON string; bytes that are not UTF-8, which JSON cannot hold, as {"hex": "a7"}.
Json TextToJson(std::string_view text) {
  if (ValidUtf8(text)) return Json(std::string(text));
  std::string hex;
  for (const char c : text) hex += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return Json{{"hex", hex}};
}

Result<std::string> TextFromJson(const Json& json, std::string_view key) {
  if (json.is_string()) return json.get<std::string>();
  CALVE_ASSIGN_OR_RETURN(const std::string hex, JsonGet<std::string>(json, "hex"));
  auto text = FromHex(hex);
  if (!text) return Err(ErrorKind::kCorrupt, fmt::format("field '{}' is not hexadecimal", key));
  return *std::move(text);
}

Result<std::string> TextField(const Json& json, std::string_view key) {
  CALVE_ASSIGN_OR_RETURN(const Json value, JsonGet<Json>(json, key));
  return TextFromJson(value, key);
}

Json TextsToJson(const std::vector<std::string>& texts) {
  Json json = Json::array();
  for (const std::string& text : texts) json.push_back(TextToJson(text));
  return json;
}

Result<std::vector<std::string>> TextsField(const Json& json, std::string_view key) {
  CALVE_ASSIGN_OR_RETURN(const Json values, JsonGet<Json>(json, key));
  if (!values.is_array()) return Err(ErrorKind::kCorrupt, fmt::format("field '{}' is not an array", key));
  std::vector<std::string> texts;
  for (const Json& value : values) {
    CALVE_ASSIGN_OR_RETURN(std::string text, TextFromJson(value, key));
    texts.push_back(std::move(text));
  }
  return texts;
}

constexpr uint64_t kMaxTrailing = 1'000'000;

// One byte, null for '\0' ("there is none").
Json ByteToJson(char c) { return c == '\0' ? Json(nullptr) : TextToJson({&c, 1}); }

Result<char> ByteField(const Json& json, std::string_view key) {
  CALVE_ASSIGN_OR_RETURN(const std::optional<Json> value, JsonFind<Json>(json, key));
  if (!value) return '\0';
  CALVE_ASSIGN_OR_RETURN(const std::string text, TextFromJson(*value, key));
  if (text.size() != 1) return Err(ErrorKind::kCorrupt, fmt::format("field '{}' is not one byte", key));
  return text[0];
}

std::string Upper(std::string_view text) {
  // Upper case, blanks squeezed to one.
  std::string upper;
  for (const char c : text) {
    const bool blank = c == ' ' || c == '\t';
    if (blank && (upper.empty() || upper.back() == ' ')) continue;
    upper += blank ? ' ' : (c >= 'a' && c <= 'z') ? static_cast<char>(c - 'a' + 'A') : c;
  }
  while (!upper.empty() && upper.back() == ' ') upper.pop_back();
  return upper;
}

std::optional<TypeKind> KindNamed(std::string_view upper) {
  for (const auto& [kind, name] : kTypeNames) {
    if (name == upper) return kind;
  }
  for (const auto& [kind, name] : kTypeAliases) {
    if (name == upper) return kind;
  }
  return std::nullopt;
}

// "10,2" or "10" behind DECIMAL.
bool ParsePrecisionScale(std::string_view args, ColumnType* type) {
  const auto number = [](std::string_view text, uint8_t* out) {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    const auto value = WholeNumber<uint8_t>(text);
    *out = value.value_or(0);
    return value.has_value();
  };
  const size_t comma = args.find(',');
  type->scale = 0;
  if (!number(args.substr(0, comma), &type->precision)) return false;
  if (comma != std::string_view::npos && !number(args.substr(comma + 1), &type->scale)) return false;
  return type->precision >= 1 && type->precision <= 38 && type->scale <= type->precision;
}

}  // namespace

std::string TypeName(const ColumnType& type) {
  std::string name(NameOf<TypeKind>(kTypeNames, type.kind));
  if (type.kind == TypeKind::kDecimal) name += fmt::format("({},{})", type.precision, type.scale);
  return name;
}

Result<ColumnType> ParseTypeName(std::string_view text) {
  const std::string upper = Upper(text);
  std::string_view base = upper;
  std::optional<std::string_view> args;
  if (const size_t open = upper.find('('); open != std::string::npos && upper.back() == ')') {
    base = std::string_view(upper).substr(0, open);
    if (!base.empty() && base.back() == ' ') base.remove_suffix(1);
    args = std::string_view(upper).substr(open + 1, upper.size() - open - 2);
  }
  const std::optional<TypeKind> kind = KindNamed(base);
  if (kind == TypeKind::kDecimal) {
    // Without a precision: 18 digits, 3 behind the point, as DuckDB and PostgreSQL's kin take it.
    ColumnType type{TypeKind::kDecimal, 18, 3};
    if (!args || ParsePrecisionScale(*args, &type)) return type;
    return Err(
        ErrorKind::kInvalidArgument,
        fmt::format("'{}': DECIMAL takes a precision of 1 to 38 and a scale up to it, e.g. DECIMAL(10,2)", text));
  }
  // VARCHAR(20) is let through as DuckDB does; its length binds nothing.
  const bool takes_length = kind == TypeKind::kVarchar;
  if (kind && (!args || takes_length)) return ColumnType{*kind};
  if (base == "VARCHAR" || base == "CHARACTER VARYING") return ColumnType{TypeKind::kVarchar};
  std::string known;
  for (const auto& [k, name] : kTypeNames) {
    known += fmt::format("{}{}", known.empty() ? "" : ", ", k == TypeKind::kDecimal ? "DECIMAL(p,s)" : name);
  }
  return Err(ErrorKind::kInvalidArgument, fmt::format("unknown column type '{}'; the known ones are {}", text, known));
}

std::string EncodingName(const Dialect& dialect) {
  return dialect.encoding == Encoding::kCharset ? dialect.charset
                                                : std::string(NameOf<Encoding>(kEncodings, dialect.encoding));
}

bool SetEncoding(std::string_view name, Dialect& dialect) {
  for (const auto& [encoding, known] : kEncodings) {
    if (name != known) continue;
    dialect.encoding = encoding;
    dialect.charset.clear();
    return true;
  }
  if (!Charset::IsName(name)) return false;
  dialect.encoding = Encoding::kCharset;
  dialect.charset = name;
  return true;
}

Json DialectToJson(const Dialect& dialect) {
  Json json;
  json["version"] = kDialectVersion;
  json["delimiter"] = TextToJson(dialect.delimiter);
  json["quote"] = ByteToJson(dialect.quote);
  json["escape"] = ByteToJson(dialect.escape);
  json["newline"] = NameOf<Newline>(kNewlines, dialect.newline);
  json["custom_newline"] = TextToJson(dialect.custom_newline);
  json["comment"] = ByteToJson(dialect.comment);
  json["null_strings"] = TextsToJson(dialect.null_strings);
  json["quoted_null"] = dialect.quoted_null;
  json["trim"] = dialect.trim;
  json["encoding"] = EncodingName(dialect);
  json["ragged"] = NameOf<Ragged>(kRagged, dialect.ragged);
  // Those that plans did not always have stand there when they say something.
  if (dialect.trailing_delimiters > 0) json["trailing_delimiters"] = dialect.trailing_delimiters;
  if (dialect.literal_quotes) json["literal_quotes"] = true;
  if (!dialect.header.empty()) json["header"] = TextToJson(dialect.header);
  json["skip_empty_lines"] = dialect.skip_empty_lines;
  json["has_header"] = dialect.has_header;
  json["header_offset_bytes"] = dialect.header_offset_bytes;
  json["data_offset_bytes"] = dialect.data_offset_bytes;
  return json;
}

Result<Dialect> DialectFromJson(const Json& json) {
  CALVE_ASSIGN_OR_RETURN(const uint64_t version, JsonGet<uint64_t>(json, "version"));
  if (version != kDialectVersion) {
    return Err(ErrorKind::kCorrupt,
               fmt::format("dialect of version {}; this program reads version {}", version, kDialectVersion));
  }
  Dialect d;
  CALVE_ASSIGN_OR_RETURN(d.delimiter, TextField(json, "delimiter"));
  CALVE_ASSIGN_OR_RETURN(d.quote, ByteField(json, "quote"));
  CALVE_ASSIGN_OR_RETURN(d.escape, ByteField(json, "escape"));
  CALVE_ASSIGN_OR_RETURN(d.newline, Named<Newline>(kNewlines, json, "newline"));
  CALVE_ASSIGN_OR_RETURN(d.custom_newline, TextField(json, "custom_newline"));
  CALVE_ASSIGN_OR_RETURN(d.comment, ByteField(json, "comment"));
  CALVE_ASSIGN_OR_RETURN(d.null_strings, TextsField(json, "null_strings"));
  CALVE_ASSIGN_OR_RETURN(d.quoted_null, JsonGet<bool>(json, "quoted_null"));
  CALVE_ASSIGN_OR_RETURN(d.trim, JsonGet<bool>(json, "trim"));
  CALVE_ASSIGN_OR_RETURN(const std::string encoding, JsonGet<std::string>(json, "encoding"));
  if (!SetEncoding(encoding, d)) {
    return Err(ErrorKind::kCorrupt, fmt::format("field 'encoding' has the unknown value '{}'", encoding));
  }
  CALVE_ASSIGN_OR_RETURN(d.ragged, Named<Ragged>(kRagged, json, "ragged"));
  CALVE_ASSIGN_OR_RETURN(const std::optional<uint64_t> trailing, JsonFind<uint64_t>(json, "trailing_delimiters"));
  if (trailing.value_or(0) > kMaxTrailing) return Err(ErrorKind::kCorrupt, "field 'trailing_delimiters' is too large");
  d.trailing_delimiters = static_cast<uint32_t>(trailing.value_or(0));
  CALVE_ASSIGN_OR_RETURN(const std::optional<bool> literal, JsonFind<bool>(json, "literal_quotes"));
  d.literal_quotes = literal.value_or(false);
  if (json.contains("header")) {
    CALVE_ASSIGN_OR_RETURN(d.header, TextField(json, "header"));
  }
  CALVE_ASSIGN_OR_RETURN(d.skip_empty_lines, JsonGet<bool>(json, "skip_empty_lines"));
  CALVE_ASSIGN_OR_RETURN(d.has_header, JsonGet<bool>(json, "has_header"));
  CALVE_ASSIGN_OR_RETURN(d.header_offset_bytes, JsonGet<uint64_t>(json, "header_offset_bytes"));
  CALVE_ASSIGN_OR_RETURN(d.data_offset_bytes, JsonGet<uint64_t>(json, "data_offset_bytes"));
  return d;
}

Json ColumnToJson(const Column& column) {
  Json json;
  json["name"] = TextToJson(column.name);
  json["source_name"] = TextToJson(column.source_name);
  json["type"] = TypeName(column.type);
  if (!column.null_strings.empty()) json["null_strings"] = TextsToJson(column.null_strings);
  if (column.keep_leading_zeros) json["keep_leading_zeros"] = true;
  return json;
}

Result<Column> ColumnFromJson(const Json& json) {
  Column column;
  CALVE_ASSIGN_OR_RETURN(column.name, TextField(json, "name"));
  CALVE_ASSIGN_OR_RETURN(column.source_name, TextField(json, "source_name"));
  CALVE_ASSIGN_OR_RETURN(const std::string type, JsonGet<std::string>(json, "type"));
  Result<ColumnType> parsed = ParseTypeName(type);
  if (!parsed) return Err(ErrorKind::kCorrupt, parsed.error().message);
  column.type = *parsed;
  if (json.contains("null_strings")) {
    CALVE_ASSIGN_OR_RETURN(column.null_strings, TextsField(json, "null_strings"));
  }
  CALVE_ASSIGN_OR_RETURN(const std::optional<bool> zeros, JsonFind<bool>(json, "keep_leading_zeros"));
  column.keep_leading_zeros = zeros.value_or(false);
  return column;
}

}  // namespace calve::csv
