#include "csv/decode.h"

#include <array>
#include <cmath>
#include <string>

#include "csv/decode_number.h"
#include "csv/decode_simple.h"
#include "csv/decode_temporal.h"
#include "csv/int128.h"

namespace calve::csv {
namespace detail {
namespace {

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool SameNoCase(const char* p, size_t n, std::string_view lower) {
  if (n != lower.size()) return false;
  for (size_t i = 0; i < n; ++i) {
    if (Lower(p[i]) != lower[i]) return false;
  }
  return true;
}

// The parts of a number's text; false when it is none.
struct NumberText {
  bool negative = false;
  std::string_view integral;
  std::string_view fraction;
  bool has_point = false;
  bool has_exponent = false;
};

bool SplitNumber(std::string_view text, bool exponent_allowed, NumberText* out) {
  size_t i = 0;
  const auto digits = [&] {
    const size_t from = i;
    while (i < text.size() && IsDigit(text[i])) ++i;
    return text.substr(from, i - from);
  };
  if (i < text.size() && (text[i] == '-' || text[i] == '+')) out->negative = text[i++] == '-';
  out->integral = digits();
  if (i < text.size() && text[i] == '.') {
    out->has_point = true;
    ++i;
    out->fraction = digits();
  }
  if (out->integral.empty() && out->fraction.empty()) return false;
  if (out->integral.size() > 1 && out->integral[0] == '0') return false;
  if (exponent_allowed && i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    out->has_exponent = true;
    ++i;
    if (i < text.size() && (text[i] == '-' || text[i] == '+')) ++i;
    if (digits().empty()) return false;
  }
  return i == text.size();
}

// Whether `value`, read from the digits of an integer, is that integer: identifiers must not be rounded.
bool HoldsInteger(double value, std::string_view digits) {
  if (digits.size() <= 15) return true;
  if (digits.size() > 38) return false;
  Uint128 exact = 0;
  for (const char c : digits) exact = exact * 10 + static_cast<unsigned>(c - '0');
  return static_cast<Uint128>(std::fabs(value)) == exact;
}

}  // namespace

bool DecodeDoubleSlowly(const char* p, size_t n, double* out) {
  if (n == 0) return false;
  if (SameNoCase(p, n, "nan")) {
    *out = std::numeric_limits<double>::quiet_NaN();
    return true;
  }
  const size_t sign = *p == '-' || *p == '+' ? 1 : 0;
  if (SameNoCase(p + sign, n - sign, "inf") || SameNoCase(p + sign, n - sign, "infinity")) {
    *out = *p == '-' ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity();
    return true;
  }
  NumberText number;
  if (!SplitNumber({p, n}, /*exponent_allowed=*/true, &number)) return false;
  const char* const from = p + (*p == '+' ? 1 : 0);  // from_chars knows no plus sign.
  const auto [end, error] = std::from_chars(from, p + n, *out);
  // Overflow and underflow are refused.
  if (error != std::errc() || end != p + n || std::isinf(*out)) return false;
  const auto zero = [](std::string_view digits) { return digits.find_first_not_of('0') == std::string_view::npos; };
  if (*out == 0 && !(zero(number.integral) && zero(number.fraction))) return false;
  return number.has_point || number.has_exponent || HoldsInteger(*out, number.integral);
}

bool DecodeFloatSlowly(const char* p, size_t n, float* out) {
  double wide = 0;
  if (!DecodeDouble(p, n, &wide)) return false;
  *out = static_cast<float>(wide);
  if (!std::isfinite(wide)) return true;
  const char* const from = p + (*p == '+' ? 1 : 0);
  const auto [end, error] = std::from_chars(from, p + n, *out);  // Rounded once, not by way of a double.
  if (error != std::errc() || end != p + n || !std::isfinite(*out) || (*out == 0 && wide != 0)) return false;
  const bool integer = std::string_view(p, n).find_first_of(".eE") == std::string_view::npos;
  return !integer || static_cast<double>(*out) == wide;
}

bool DecodeDecimalSlowly(const char* p, size_t n, uint8_t precision, uint8_t scale, Int128* out) {
  NumberText number;
  if (!SplitNumber({p, n}, /*exponent_allowed=*/false, &number)) return false;
  std::string_view fraction = number.fraction;
  while (fraction.size() > scale && fraction.back() == '0') fraction.remove_suffix(1);
  if (fraction.size() > scale) return false;
  const std::string_view integral = number.integral == "0" ? std::string_view() : number.integral;
  if (integral.size() + scale > precision) return false;
  Uint128 value = 0;
  for (const char c : integral) value = value * 10 + static_cast<unsigned>(c - '0');
  for (size_t i = 0; i < scale; ++i)
    value = value * 10 + (i < fraction.size() ? static_cast<unsigned>(fraction[i] - '0') : 0U);
  if (number.negative && value == 0) return false;
  *out = number.negative ? -static_cast<Int128>(value) : static_cast<Int128>(value);
  return true;
}

bool DecodeFraction(const char* p, size_t n, int64_t* micros) {
  if (n < 2 || *p != '.') return false;
  *micros = 0;
  for (size_t i = 1; i < n || i <= 6; ++i) {
    const char c = i < n ? p[i] : '0';
    if (!IsDigit(c)) return false;
    if (i <= 6) {
      *micros = *micros * 10 + (c - '0');
    } else if (c != '0') {
      return false;
    }
  }
  return true;
}

bool DecodeTimeOfDaySlowly(const char* p, size_t n, bool seconds_required, int64_t* micros) {
  int64_t seconds = 0;
  int64_t fraction = 0;
  if (n == 5 && !seconds_required) {
    const std::array<char, 8> full{p[0], p[1], p[2], p[3], p[4], ':', '0', '0'};
    if (!DecodeEightByteTime(full.data(), &seconds)) return false;
  } else if (n < 8 || !DecodeEightByteTime(p, &seconds) || (n > 8 && !DecodeFraction(p + 8, n - 8, &fraction))) {
    return false;
  }
  *micros = seconds * kMicrosPerSecond + fraction;
  return true;
}

bool SplitOffset(const char* p, size_t n, size_t* length, int32_t* minutes) {
  const std::string_view text(p, n);
  *minutes = 0;
  if (text.ends_with('Z')) {
    *length = 1;
    return true;
  }
  if (text.ends_with(" UTC")) {
    *length = 4;
    return true;
  }
  // The sign's place: no sign but the date's dashes stands in the first 16 bytes.
  if (n < 19) return false;
  const size_t sign = text.find_first_of("+-", 16);
  if (sign == std::string_view::npos) return false;
  const std::string_view offset = text.substr(sign + 1);
  const bool colon = offset.size() == 5 && offset[2] == ':';
  if (offset.size() != 2 && offset.size() != 4 && !colon) return false;
  const char last[4] = {offset[0], offset[1], offset.size() > 2 ? offset[offset.size() - 2] : '0',
                        offset.size() > 2 ? offset[offset.size() - 1] : '0'};
  for (const char c : last) {
    if (!IsDigit(c)) return false;
  }
  const int32_t h = (last[0] - '0') * 10 + (last[1] - '0');
  const int32_t m = (last[2] - '0') * 10 + (last[3] - '0');
  if (h > 15 || m > 59) return false;
  *length = n - sign;
  *minutes = (text[sign] == '-' ? -1 : 1) * (h * 60 + m);
  return true;
}

bool DecodeUuidText(const char* p, Int128* out) {
  Uint128 value = 0;
  for (size_t i = 0; i < 36; ++i) {
    const char c = Lower(p[i]);
    if (i == 8 || i == 13 || i == 18 || i == 23) {
      if (c != '-') return false;
      continue;
    }
    const bool letter = c >= 'a' && c <= 'f';
    if (!letter && !IsDigit(c)) return false;
    value = (value << 4U) | static_cast<unsigned>(letter ? c - 'a' + 10 : c - '0');
  }
  *out = static_cast<Int128>(value ^ (static_cast<Uint128>(1) << 127U));
  return true;
}

}  // namespace detail

namespace {

template <typename Int>
bool StoreDecimal(const ColumnType& type, const char* p, size_t n, void* out) {
  Int value{};
  if (!DecodeDecimal(p, n, type.precision, type.scale, &value)) return false;
  std::memcpy(out, &value, sizeof(value));
  return true;
}

bool DecodePadded(const ColumnType& type, const char* p, size_t n, void* out) {
  DateMemo memo;
  const auto store = [out](bool good, const auto& value) {
    if (good) std::memcpy(out, &value, sizeof(value));
    return good;
  };
  switch (type.kind) {
    case TypeKind::kBoolean: {
      uint8_t value = 0;
      return store(DecodeBoolean(p, n, &value), value);
    }
    case TypeKind::kInteger: {
      int32_t value = 0;
      return store(DecodeInteger(p, n, &value), value);
    }
    case TypeKind::kBigInt: {
      int64_t value = 0;
      return store(DecodeInteger(p, n, &value), value);
    }
    case TypeKind::kFloat: {
      float value = 0;
      return store(DecodeFloat(p, n, &value), value);
    }
    case TypeKind::kDouble: {
      double value = 0;
      return store(DecodeDouble(p, n, &value), value);
    }
    case TypeKind::kDecimal:
      switch (PhysicalSize(type)) {
        case 2:
          return StoreDecimal<int16_t>(type, p, n, out);
        case 4:
          return StoreDecimal<int32_t>(type, p, n, out);
        case 8:
          return StoreDecimal<int64_t>(type, p, n, out);
        default:
          return StoreDecimal<Int128>(type, p, n, out);
      }
    case TypeKind::kDate: {
      int32_t value = 0;
      return store(DecodeDate(p, n, &memo, &value), value);
    }
    case TypeKind::kTime: {
      int64_t value = 0;
      return store(DecodeTime(p, n, &value), value);
    }
    case TypeKind::kTimestamp: {
      int64_t value = 0;
      return store(DecodeTimestamp(p, n, &memo, &value), value);
    }
    case TypeKind::kTimestampTz: {
      int64_t value = 0;
      return store(DecodeTimestampTz(p, n, &memo, &value), value);
    }
    case TypeKind::kUuid: {
      Int128 value = 0;
      return store(DecodeUuid(p, n, &value), value);
    }
    case TypeKind::kVarchar:
      return true;
  }
  return false;
}

bool DecodeCopy(const ColumnType& type, std::string_view text, void* to) {
  constexpr size_t kShort = 64;
  if (text.size() <= kShort) {
    std::array<char, kShort + 2 * kDecodePadding> padded{};
    std::memcpy(padded.data() + kDecodePadding, text.data(), text.size());
    return DecodePadded(type, padded.data() + kDecodePadding, text.size(), to);
  }
  std::string padded(text.size() + 2 * kDecodePadding, '\0');
  std::memcpy(padded.data() + kDecodePadding, text.data(), text.size());
  return DecodePadded(type, padded.data() + kDecodePadding, text.size(), to);
}

// What another type's form says without loss: "118.00" is an integer, a bare date is its midnight.
bool DecodeNarrower(const ColumnType& type, std::string_view text, void* to) {
  if (type.kind == TypeKind::kInteger || type.kind == TypeKind::kBigInt) {
    const size_t point = text.find('.');
    if (point == std::string_view::npos || point + 1 == text.size()) return false;
    if (text.find_first_not_of('0', point + 1) != std::string_view::npos) return false;
    return point > 0 && DecodeCopy(type, text.substr(0, point), to);
  }
  if (type.kind == TypeKind::kTimestamp) {
    int32_t days = 0;
    if (!DecodeCopy({TypeKind::kDate}, text, &days)) return false;
    const int64_t micros = int64_t{days} * detail::kMicrosPerDay;
    std::memcpy(to, &micros, sizeof(micros));
    return true;
  }
  return false;
}

}  // namespace

bool DecodeField(const ColumnType& type, std::string_view text, void* out) {
  if (type.kind == TypeKind::kVarchar) return true;
  if (text.empty()) return false;
  Int128 ignored = 0;
  void* const to = out != nullptr ? out : &ignored;
  return DecodeCopy(type, text, to) || DecodeNarrower(type, text, to);
}

size_t PhysicalSize(const ColumnType& type) {
  switch (type.kind) {
    case TypeKind::kBoolean:
      return 1;
    case TypeKind::kInteger:
    case TypeKind::kFloat:
    case TypeKind::kDate:
      return 4;
    case TypeKind::kBigInt:
    case TypeKind::kDouble:
    case TypeKind::kTime:
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampTz:
      return 8;
    case TypeKind::kDecimal:
      return type.precision <= 4 ? 2 : type.precision <= 9 ? 4 : type.precision <= 18 ? 8 : 16;
    case TypeKind::kUuid:
    case TypeKind::kVarchar:
      return 16;
  }
  return 16;
}

}  // namespace calve::csv
