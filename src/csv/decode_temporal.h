// Dates, times and time stamps as text (ISO 8601's extended forms), inlined into the reader's column loops. May read
// kDecodePadding bytes past the text's end, as decode_number.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "csv/decode_number.h"

namespace calve::csv {

/// The last date decoded: neighbouring rows tend to have the same one, and then neither check nor arithmetic is needed.
struct DateMemo {
  uint64_t year_month = 0x2D31302D30373931;  ///< The bytes "YYYY-MM-", at first 1970-01-.
  uint16_t day = 0x3130;                     ///< The bytes "DD", at first 01.
  int32_t days = 0;                          ///< Since 1970-01-01.
};

namespace detail {

inline constexpr int64_t kMicrosPerSecond = 1'000'000;
inline constexpr int64_t kMicrosPerDay = 86'400 * kMicrosPerSecond;

/// Days from 1970-01-01 to a proleptic Gregorian date (years 1..9999), counting years from March so that leap days come
/// last.
inline int32_t DaysFromDate(int32_t year, int32_t month, int32_t day) {
  const int32_t y = month <= 2 ? year - 1 : year;
  const int32_t m = month <= 2 ? month + 9 : month - 3;
  return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719468;
}

inline bool RealDate(int32_t year, int32_t month, int32_t day) {
  if (year < 1 || month < 1 || month > 12 || day < 1) return false;
  if (day <= 28) return true;
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  constexpr uint8_t kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return day <= kDays[month - 1] + (month == 2 && leap ? 1 : 0);
}

/// Ten bytes "YYYY-MM-DD".
inline bool DecodeTenByteDate(const char* p, DateMemo* memo, int32_t* days) {
  const uint64_t year_month = Load8(p);
  uint16_t day_text = 0;
  std::memcpy(&day_text, p + 8, sizeof(day_text));
  if (year_month == memo->year_month && day_text == memo->day) {
    *days = memo->days;
    return true;
  }
  // Digits become 0..9 and dashes 0; adding 0x76 (0x7f for the dashes) sets the high bit of everything else.
  const uint64_t t = year_month ^ 0x2D30302D30303030;
  if (((((t & ~kHighBits) + 0x7F76767F76767676) | t) & kHighBits) != 0) return false;
  if (!IsDigit(p[8]) || !IsDigit(p[9])) return false;
  const uint64_t pairs = t * 10 + (t >> 8U);  // Byte i: digit i and i + 1 as a number.
  const auto year = static_cast<int32_t>((pairs & 0xFF) * 100 + ((pairs >> 16U) & 0xFF));
  const auto month = static_cast<int32_t>((pairs >> 40U) & 0xFF);
  const int32_t day = (p[8] - '0') * 10 + (p[9] - '0');
  if (!RealDate(year, month, day)) return false;
  *days = DaysFromDate(year, month, day);
  *memo = DateMemo{year_month, day_text, *days};
  return true;
}

/// Eight bytes "HH:MM:SS" as seconds since midnight.
inline bool DecodeEightByteTime(const char* p, int64_t* seconds) {
  const uint64_t t = Load8(p) ^ 0x30303A30303A3030;
  const uint64_t pairs = t * 10 + (t >> 8U);
  const uint64_t hour = pairs & 0xFF;
  const uint64_t minute = (pairs >> 24U) & 0xFF;
  const uint64_t second = (pairs >> 48U) & 0xFF;
  const uint64_t wrong = (((t & ~kHighBits) + 0x76767F76767F7676) | t) & kHighBits;
  *seconds = static_cast<int64_t>(hour * 3600 + minute * 60 + second);
  return (wrong == 0) & (hour < 24) & (minute < 60) & (second < 60);
}

/// ".f" to ".ffffff", and more digits when they are zeros, as microseconds.
bool DecodeFraction(const char* p, size_t n, int64_t* micros);
/// What DecodeTimestamp leaves over: other lengths.
bool DecodeTimeOfDaySlowly(const char* p, size_t n, bool seconds_required, int64_t* micros);
/// "Z", " UTC", "+HH", "+HHMM", "+HH:MM" at the end of the text: its length and offset in minutes; false when there is
/// none.
bool SplitOffset(const char* p, size_t n, size_t* length, int32_t* minutes);

}  // namespace detail

/// YYYY-MM-DD.
inline bool DecodeDate(const char* p, size_t n, DateMemo* memo, int32_t* days) {
  return n == 10 && detail::DecodeTenByteDate(p, memo, days);
}

/// HH:MM:SS[.ffffff].
inline bool DecodeTime(const char* p, size_t n, int64_t* micros) {
  if (n == 8) {
    const bool good = detail::DecodeEightByteTime(p, micros);
    *micros *= detail::kMicrosPerSecond;
    return good;
  }
  return detail::DecodeTimeOfDaySlowly(p, n, /*seconds_required=*/true, micros);
}

/// YYYY-MM-DD, a blank or T, HH:MM[:SS[.ffffff]].
inline bool DecodeTimestamp(const char* p, size_t n, DateMemo* memo, int64_t* micros) {
  int32_t days = 0;
  if (n < 16 || (p[10] != ' ' && p[10] != 'T') || !detail::DecodeTenByteDate(p, memo, &days)) return false;
  int64_t time = 0;
  if (n == 19) {
    if (!detail::DecodeEightByteTime(p + 11, &time)) return false;
    time *= detail::kMicrosPerSecond;
  } else if (!detail::DecodeTimeOfDaySlowly(p + 11, n - 11, /*seconds_required=*/false, &time)) {
    return false;
  }
  *micros = days * detail::kMicrosPerDay + time;
  return true;
}

/// The same with an offset behind it, in UTC.
inline bool DecodeTimestampTz(const char* p, size_t n, DateMemo* memo, int64_t* micros) {
  size_t length = 0;
  int32_t minutes = 0;
  if (!detail::SplitOffset(p, n, &length, &minutes)) return false;
  if (!DecodeTimestamp(p, n - length, memo, micros)) return false;
  *micros -= minutes * 60 * detail::kMicrosPerSecond;
  return true;
}

}  // namespace calve::csv
