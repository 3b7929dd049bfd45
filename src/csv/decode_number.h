// Numbers as text, inlined into the reader's column loops. Every function here may read up to kDecodePadding bytes in
// front of the text and behind its end (the reader's buffer and DecodeField's copy have them); what is read there has
// no influence.
#pragma once

#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <system_error>

#include "csv/decimal_scaling.h"
#include "csv/int128.h"

namespace calve::csv {

/// Readable bytes around the text that the decoders ask for.
inline constexpr size_t kDecodePadding = 32;

namespace detail {

inline constexpr uint64_t kZeros = 0x3030303030303030;
inline constexpr uint64_t kHighBits = 0x8080808080808080;
inline constexpr uint64_t kPow10[] = {1ULL,
                                      10ULL,
                                      100ULL,
                                      1000ULL,
                                      10000ULL,
                                      100000ULL,
                                      1000000ULL,
                                      10000000ULL,
                                      100000000ULL,
                                      1000000000ULL,
                                      10000000000ULL,
                                      100000000000ULL,
                                      1000000000000ULL,
                                      10000000000000ULL,
                                      100000000000000ULL,
                                      1000000000000000ULL,
                                      10000000000000000ULL,
                                      100000000000000000ULL,
                                      1000000000000000000ULL,
                                      10000000000000000000ULL};
/// Of sixteen bytes in two words, the last n.
inline constexpr uint64_t kLastBytes[17][2] = {
    {0x0000000000000000, 0x0000000000000000}, {0x0000000000000000, 0xFF00000000000000},
    {0x0000000000000000, 0xFFFF000000000000}, {0x0000000000000000, 0xFFFFFF0000000000},
    {0x0000000000000000, 0xFFFFFFFF00000000}, {0x0000000000000000, 0xFFFFFFFFFF000000},
    {0x0000000000000000, 0xFFFFFFFFFFFF0000}, {0x0000000000000000, 0xFFFFFFFFFFFFFF00},
    {0x0000000000000000, 0xFFFFFFFFFFFFFFFF}, {0xFF00000000000000, 0xFFFFFFFFFFFFFFFF},
    {0xFFFF000000000000, 0xFFFFFFFFFFFFFFFF}, {0xFFFFFF0000000000, 0xFFFFFFFFFFFFFFFF},
    {0xFFFFFFFF00000000, 0xFFFFFFFFFFFFFFFF}, {0xFFFFFFFFFF000000, 0xFFFFFFFFFFFFFFFF},
    {0xFFFFFFFFFFFF0000, 0xFFFFFFFFFFFFFFFF}, {0xFFFFFFFFFFFFFF00, 0xFFFFFFFFFFFFFFFF},
    {0xFFFFFFFFFFFFFFFF, 0xFFFFFFFFFFFFFFFF},
};

inline uint64_t Load8(const char* p) {
  uint64_t v = 0;
  std::memcpy(&v, p, sizeof(v));
  return v;
}

inline bool IsDigit(char c) { return static_cast<unsigned char>(c - '0') <= 9; }

/// The high bit of each byte of `v` that is no ASCII digit.
inline uint64_t NonDigits(uint64_t v) {
  const uint64_t t = v ^ kZeros;
  return (((t & ~kHighBits) + 0x7676767676767676) | t) & kHighBits;
}

/// The number that eight ASCII digits make, the first in memory being the highest (three multiplications;
/// little-endian).
inline uint64_t EightDigits(uint64_t v) {
  v = (v & 0x0F0F0F0F0F0F0F0F) * 2561 >> 8;
  v = (v & 0x00FF00FF00FF00FF) * 6553601 >> 16;
  return (v & 0x0000FFFF0000FFFF) * 42949672960001 >> 32;
}

/// `n` (0..8) digits at `p`, right-aligned behind zeros, as text.
inline uint64_t AlignDigits(const char* p, size_t n) {
  const uint64_t shift = 64 - 8 * n;
  return n == 0 ? kZeros : (Load8(p) << shift) | (shift == 0 ? 0 : kZeros >> (64 - shift));
}

/// Reads `n` (0..19) digits; false when one of them is none.
inline bool Digits(const char* p, size_t n, uint64_t* out) {
  if (n <= 8) {
    const uint64_t v = AlignDigits(p, n);
    *out = EightDigits(v);
    return NonDigits(v) == 0;
  }
  const uint64_t low = Load8(p + n - 8);
  if (n <= 16) {
    const uint64_t high = AlignDigits(p, n - 8);
    *out = EightDigits(high) * kPow10[8] + EightDigits(low);
    return (NonDigits(high) | NonDigits(low)) == 0;
  }
  const uint64_t middle = Load8(p + n - 16);
  const uint64_t high = AlignDigits(p, n - 16);
  *out = (EightDigits(high) * kPow10[8] + EightDigits(middle)) * kPow10[8] + EightDigits(low);
  return (NonDigits(high) | NonDigits(middle) | NonDigits(low)) == 0;
}

/// A double's value in the forms that the quick way leaves over: exponents, many digits, inf and nan.
bool DecodeDoubleSlowly(const char* p, size_t n, double* out);
bool DecodeFloatSlowly(const char* p, size_t n, float* out);
/// A decimal of any length.
bool DecodeDecimalSlowly(const char* p, size_t n, uint8_t precision, uint8_t scale, Int128* out);

}  // namespace detail

/// [+-] digits. No leading zero but for "0" itself; "-0" would lose its sign and is refused.
template <typename Int>
inline bool DecodeInteger(const char* p, size_t n, Int* out) {
  if (n == 1) {  // Codes and counts, all down a column.
    *out = static_cast<Int>(*p - '0');
    return detail::IsDigit(*p);
  }
  bool negative = false;
  if (n > 1 && !detail::IsDigit(*p)) {
    negative = *p == '-';
    if (!negative && *p != '+') return false;
    ++p;
    --n;
  }
  if (n == 0 || n > 19) return false;
  uint64_t magnitude = 0;
  if (!detail::Digits(p, n, &magnitude)) return false;
  if (*p == '0' && (n > 1 || negative)) return false;
  const uint64_t limit = static_cast<uint64_t>(std::numeric_limits<Int>::max()) + (negative ? 1 : 0);
  if (magnitude > limit) return false;
  *out = static_cast<Int>(negative ? 0 - magnitude : magnitude);
  return true;
}

/// [+-] digits [. digits] [e [+-] digits], inf, nan; correctly rounded. The quick way is Clinger's: an integer up to
/// 2^53 divided by a power of ten up to 10^22 is exact.
inline bool DecodeDouble(const char* p, size_t n, double* out) {
  const char* const text = p;
  const size_t length = n;
  const bool negative = *p == '-';
  const size_t sign = (negative || *p == '+') ? 1 : 0;
  p += sign;
  n -= sign;
  const uint64_t head = detail::Load8(p);
  const uint64_t stops = detail::NonDigits(head);
  size_t integral = stops == 0 ? 8 : static_cast<size_t>(__builtin_ctzll(stops)) >> 3U;
  integral = integral > n ? n : integral;
  const size_t point = integral < n ? 1 : 0;
  const size_t fraction = n - integral - point;
  const bool usual = (integral < 8) & (integral + fraction - 1 < 17) & (fraction <= 16) &
                     ((point == 0) | (p[integral] == '.')) & ((integral <= 1) | (*p != '0'));
  if (usual) [[likely]] {
    // The digits up to the point shifted up, those behind it read from their end backwards and masked: the lengths,
    // which vary from row to row, decide no branch.
    const uint64_t whole = detail::EightDigits((head << 8U) << (56 - 8 * integral));
    const uint64_t* const mask = detail::kLastBytes[fraction];
    const uint64_t high = (detail::Load8(p + n - 16) ^ detail::kZeros) & mask[0];
    const uint64_t low = (detail::Load8(p + n - 8) ^ detail::kZeros) & mask[1];
    const uint64_t wrong = (((high & ~detail::kHighBits) + 0x7676767676767676) | high |
                            ((low & ~detail::kHighBits) + 0x7676767676767676) | low) &
                           detail::kHighBits;
    const uint64_t mantissa =
        whole * detail::kPow10[fraction] + detail::EightDigits(high) * detail::kPow10[8] + detail::EightDigits(low);
    // An integer that a double cannot hold must be refused, which is seen to elsewhere.
    const bool exact = (point == 1) | (mantissa <= (uint64_t{1} << 53U));
    if ((wrong == 0) & exact && ScaleDecimal(mantissa, fraction, negative, out)) [[likely]]
      return true;
  }
  return detail::DecodeDoubleSlowly(text, length, out);
}

/// As DecodeDouble takes it, correctly rounded to a float; integers only when a float holds them.
inline bool DecodeFloat(const char* p, size_t n, float* out) { return detail::DecodeFloatSlowly(p, n, out); }

/// [+-] digits [. digits], at most `scale` of them behind the point but for trailing zeros, as a multiple of 10^-scale.
template <typename Int>
inline bool DecodeDecimal(const char* p, size_t n, uint8_t precision, uint8_t scale, Int* out) {
  const char* const text = p;
  const size_t length = n;
  const bool negative = *p == '-';
  const size_t sign = (negative || *p == '+') ? 1 : 0;
  p += sign;
  n -= sign;
  const uint64_t head = detail::Load8(p);
  const uint64_t stops = detail::NonDigits(head);
  size_t integral = stops == 0 ? 8 : static_cast<size_t>(__builtin_ctzll(stops)) >> 3U;
  if (integral > n) integral = n;
  const size_t point = integral < n ? 1 : 0;
  const size_t fraction = n - integral - point;
  if (precision <= 18 && integral > 0 && integral < 8 && fraction <= scale && fraction <= 8 &&
      integral + scale <= precision && (point == 0 || p[integral] == '.') && (integral == 1 || *p != '0')) {
    uint64_t whole = 0;
    uint64_t parts = 0;
    if (!detail::Digits(p, integral, &whole) || !detail::Digits(p + integral + 1, fraction, &parts)) return false;
    const uint64_t value = (whole * detail::kPow10[fraction] + parts) * detail::kPow10[scale - fraction];
    if (negative && value == 0) return false;
    *out = static_cast<Int>(negative ? 0 - value : value);
    return true;
  }
  Int128 wide = 0;
  if (!detail::DecodeDecimalSlowly(text, length, precision, scale, &wide)) return false;
  *out = static_cast<Int>(wide);
  return true;
}

}  // namespace calve::csv
