// Proleptic Gregorian dates and times of day as text, to the microsecond; years of any length, before year 1 too.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace calve::iceberg {

inline constexpr int64_t kMicrosPerSecond = 1'000'000;
inline constexpr int64_t kMicrosPerHour = 3600 * kMicrosPerSecond;
inline constexpr int64_t kMicrosPerDay = 24 * kMicrosPerHour;

/// a / b and a mod b, rounded towards minus infinity; b > 0.
constexpr int64_t FloorDiv(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }
constexpr int64_t FloorMod(int64_t a, int64_t b) { return a % b + (a % b < 0 ? b : 0); }

struct CivilDate {
  int64_t year = 1970;  ///< Astronomical: 0 is 1 BC.
  int month = 1;
  int day = 1;
};

/// Days since 1970-01-01 of a date, and back.
int64_t DaysFromCivil(const CivilDate& date);
CivilDate CivilFromDays(int64_t days);

/// "2015-01-31", also "12015-01-31" and "0044-03-15 (BC)"; nullopt when it is no date.
std::optional<int64_t> ParseDays(std::string_view text);
/// "10:00:00.5": microseconds since midnight, under 24 hours.
std::optional<int64_t> ParseTimeOfDay(std::string_view text);
/// "2015-01-31 10:00:00.5", with `zoned` an offset behind it ("+00", "-03:30"): microseconds since the epoch, UTC.
std::optional<int64_t> ParseTimestamp(std::string_view text, bool zoned);

/// "2015-01-31"; years before 0 and beyond 9999 with their sign.
std::string FormatDays(int64_t days);
/// "10:00", "10:00:05", "10:00:05.123", "10:00:05.123456": as short as it can be without losing anything (ISO 8601).
std::string FormatTimeOfDay(int64_t micros);
/// "2015-01-31T10:00".
std::string FormatTimestamp(int64_t micros);

}  // namespace calve::iceberg
