// Literals from the text of DuckDB's statistics, and from and to the text of uuids and decimals.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "iceberg/literal.h"
#include "iceberg/literal_time.h"

namespace calve::iceberg {
namespace {

template <typename T>
std::optional<Literal> ParseNumber(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if constexpr (std::is_floating_point_v<T>) {
    if (std::isnan(value)) return std::nullopt;  // NaN is no bound.
  }
  return Literal(value);
}

std::optional<Literal> ParseDecimal(const Type& type, std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  Int128 unscaled = 0;
  int digits = 0;
  int fraction = -1;  // Digits behind the point; -1 before it.
  bool any = false;
  for (const char c : text) {
    if (c == '.' && fraction < 0) {
      fraction = 0;
      continue;
    }
    if (c < '0' || c > '9') return std::nullopt;
    any = true;
    if (fraction >= type.scale) {
      if (c != '0') return std::nullopt;
      continue;
    }
    if (fraction >= 0) ++fraction;
    if (unscaled != 0 || c != '0') ++digits;
    if (digits > 38) return std::nullopt;
    unscaled = unscaled * 10 + (c - '0');
  }
  if (!any) return std::nullopt;
  for (int i = std::max(fraction, 0); i < type.scale; ++i) {
    if (unscaled != 0) ++digits;
    if (digits > 38) return std::nullopt;
    unscaled *= 10;
  }
  if (digits > type.precision) return std::nullopt;
  return Literal(DecimalValue{negative ? -unscaled : unscaled});
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<std::string> ParseHex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  for (size_t i = 0; i < text.size(); i += 2) {
    const int high = HexDigit(text[i]);
    const int low = HexDigit(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes.push_back(static_cast<char>(high << 4 | low));
  }
  return bytes;
}

std::optional<Literal> ParseBoolean(std::string_view text) {
  if (text == "1" || text == "true") return Literal(true);
  if (text == "0" || text == "false") return Literal(false);
  return std::nullopt;
}

template <typename T>
std::optional<Literal> ToLiteral(const std::optional<T>& value) {
  if (!value) return std::nullopt;
  return Literal(*value);
}

/// A zero with the sign that makes it the smaller or the greater of the two.
void SignZero(Literal& value, double zero) {
  if (auto* f = std::get_if<float>(&value); f != nullptr && *f == 0.0F) *f = static_cast<float>(zero);
  if (auto* d = std::get_if<double>(&value); d != nullptr && *d == 0.0) *d = zero;
}

}  // namespace

std::string UuidToText(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text.push_back('-');
    text.push_back(kDigits[static_cast<uint8_t>(bytes[i]) >> 4U]);
    text.push_back(kDigits[static_cast<uint8_t>(bytes[i]) & 15U]);
  }
  return text;
}

std::optional<std::string> UuidFromText(std::string_view text) {
  if (text.size() != 36) return std::nullopt;
  std::string digits;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash != (text[i] == '-')) return std::nullopt;
    if (!dash) digits.push_back(text[i]);
  }
  return ParseHex(digits);
}

std::string DecimalToText(Int128 unscaled, int scale) {
  // In unsigned arithmetic, where the lowest value has its magnitude too.
  auto rest = static_cast<UInt128>(unscaled);
  if (unscaled < 0) rest = -rest;
  std::string text;
  for (int digit = 0; rest != 0 || digit <= scale; ++digit) {
    if (digit == scale && scale > 0) text.insert(text.begin(), '.');
    text.insert(text.begin(), static_cast<char>('0' + static_cast<int>(rest % 10)));
    rest /= 10;
  }
  return unscaled < 0 ? "-" + text : text;
}

std::optional<Literal> LiteralFromText(const Type& type, std::string_view text) {
  switch (type.id) {
    case TypeId::kBoolean:
      return ParseBoolean(text);
    case TypeId::kInt:
      return ParseNumber<int32_t>(text);
    case TypeId::kLong:
      return ParseNumber<int64_t>(text);
    case TypeId::kFloat:
      return ParseNumber<float>(text);
    case TypeId::kDouble:
      return ParseNumber<double>(text);
    case TypeId::kDecimal:
      return ParseDecimal(type, text);
    case TypeId::kDate: {
      const auto days = ParseDays(text);
      if (!days || *days != static_cast<int32_t>(*days)) return std::nullopt;
      return Literal(static_cast<int32_t>(*days));
    }
    case TypeId::kTime:
      return ToLiteral(ParseTimeOfDay(text));
    case TypeId::kTimestamp:
      return ToLiteral(ParseTimestamp(text, false));
    case TypeId::kTimestampTz:
      return ToLiteral(ParseTimestamp(text, true));
    case TypeId::kString:
      return Literal(std::string(text));
    case TypeId::kUuid:
      return ToLiteral(UuidFromText(text));
    case TypeId::kBinary:
      return ToLiteral(ParseHex(text));  // DuckDB's statistics show blobs as plain hexadecimal.
    case TypeId::kFixed: {
      const auto bytes = ParseHex(text);
      if (!bytes || bytes->size() != static_cast<size_t>(type.length)) return std::nullopt;
      return Literal(*bytes);
    }
    default:
      return std::nullopt;
  }
}

ColumnBounds BoundsFromText(const Type& type, std::string_view min, std::string_view max, int length) {
  ColumnBounds bounds;
  if (type.id == TypeId::kUuid && min != max) return bounds;
  if (auto literal = LiteralFromText(type, min)) {
    SignZero(*literal, -0.0);
    if (auto bytes = SerializeLiteral(type, *literal)) {
      bounds.lower = length > 0 ? TruncateLowerBound(type, *bytes, length) : *bytes;
    }
  }
  if (auto literal = LiteralFromText(type, max)) {
    SignZero(*literal, 0.0);
    if (auto bytes = SerializeLiteral(type, *literal)) {
      bounds.upper = length > 0 ? TruncateUpperBound(type, *bytes, length) : *bytes;
    }
  }
  return bounds;
}

}  // namespace calve::iceberg
