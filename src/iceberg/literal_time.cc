#include "iceberg/literal_time.h"

#include <fmt/format.h>

#include <charconv>

namespace calve::iceberg {
namespace {

constexpr int64_t kDaysPerEra = 146'097;  // 400 years.
constexpr int64_t kEpochShift = 719'468;  // Days from 0000-03-01 to 1970-01-01.
constexpr int64_t kMaxYear = 300'000;     // What fits in microseconds of 64 bits, and a little more.

/// Takes exactly `count` digits off the front of `*text`.
std::optional<int64_t> TakeDigits(std::string_view* text, size_t count) {
  if (count == 0 || text->size() < count) return std::nullopt;
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + count, value);
  if (error != std::errc() || end != text->data() + count || value < 0 || text->front() == '-') return std::nullopt;
  text->remove_prefix(count);
  return value;
}

bool TakeChar(std::string_view* text, char c) {
  if (text->empty() || text->front() != c) return false;
  text->remove_prefix(1);
  return true;
}

bool IsLeap(int64_t year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

int DaysInMonth(int64_t year, int64_t month) {
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && IsLeap(year) ? 29 : kDays[month - 1];
}

}  // namespace

int64_t DaysFromCivil(const CivilDate& date) {
  // Years begin in March here, so that the leap day is a year's last one.
  const int64_t year = date.month <= 2 ? date.year - 1 : date.year;
  const int64_t era = FloorDiv(year, 400);
  const int64_t year_of_era = FloorMod(year, 400);
  const int64_t month_from_march = (date.month + 9) % 12;
  const int64_t day_of_year = (153 * month_from_march + 2) / 5 + date.day - 1;
  return era * kDaysPerEra + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - kEpochShift;
}

CivilDate CivilFromDays(int64_t days) {
  const int64_t shifted = days + kEpochShift;
  const int64_t era = FloorDiv(shifted, kDaysPerEra);
  const int64_t day_of_era = FloorMod(shifted, kDaysPerEra);
  const int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t month_from_march = (5 * day_of_year + 2) / 153;
  CivilDate date;
  date.day = static_cast<int>(day_of_year - (153 * month_from_march + 2) / 5 + 1);
  date.month = static_cast<int>(month_from_march < 10 ? month_from_march + 3 : month_from_march - 9);
  date.year = era * 400 + year_of_era + (date.month <= 2 ? 1 : 0);
  return date;
}

std::optional<int64_t> ParseDays(std::string_view text) {
  constexpr std::string_view kBc = " (BC)";
  const bool bc = text.ends_with(kBc);
  if (bc) text.remove_suffix(kBc.size());
  const size_t dash = text.find('-');
  if (dash == std::string_view::npos || dash < 4 || dash > 6) return std::nullopt;
  const auto year = TakeDigits(&text, dash);
  if (!year || !TakeChar(&text, '-')) return std::nullopt;
  const auto month = TakeDigits(&text, 2);
  if (!month || *month < 1 || *month > 12 || !TakeChar(&text, '-')) return std::nullopt;
  const auto day = TakeDigits(&text, 2);
  const int64_t astronomical = bc ? 1 - *year : *year;
  if (!day || !text.empty() || *day < 1 || *year > kMaxYear || (*year == 0 && !bc)) return std::nullopt;
  if (*day > DaysInMonth(astronomical, *month)) return std::nullopt;
  return DaysFromCivil({astronomical, static_cast<int>(*month), static_cast<int>(*day)});
}

std::optional<int64_t> ParseTimeOfDay(std::string_view text) {
  const auto hour = TakeDigits(&text, 2);
  if (!hour || !TakeChar(&text, ':')) return std::nullopt;
  const auto minute = TakeDigits(&text, 2);
  if (!minute || !TakeChar(&text, ':')) return std::nullopt;
  const auto second = TakeDigits(&text, 2);
  if (!second || *hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
  int64_t micros = 0;
  if (TakeChar(&text, '.')) {
    const size_t digits = text.size();
    if (digits > 6) return std::nullopt;
    const auto fraction = TakeDigits(&text, digits);
    if (!fraction) return std::nullopt;
    micros = *fraction;
    for (size_t i = digits; i < 6; ++i) micros *= 10;
  }
  if (!text.empty()) return std::nullopt;
  return *hour * kMicrosPerHour + (*minute * 60 + *second) * kMicrosPerSecond + micros;
}

std::optional<int64_t> ParseTimestamp(std::string_view text, bool zoned) {
  // DuckDB puts "(BC)" behind the date in either case: "0044-03-15 (BC) 10:00:00" and "0044-03-15 10:00:00 (BC)" are
  // taken.
  constexpr std::string_view kBc = " (BC)";
  std::string date(text.substr(0, text.find_first_of(" T")));
  if (date.size() == text.size()) return std::nullopt;
  std::string_view rest = text.substr(date.size() + 1);
  if (rest.ends_with(kBc)) {
    rest.remove_suffix(kBc.size());
    date += kBc;
  } else if (rest.starts_with("(BC) ")) {
    rest.remove_prefix(5);
    date += kBc;
  }
  int64_t offset_seconds = 0;
  if (zoned) {
    const size_t sign = rest.find_first_of("+-");
    if (sign == std::string_view::npos) return std::nullopt;
    std::string_view offset = rest.substr(sign + 1);
    rest = rest.substr(0, sign);
    const bool west = text[static_cast<size_t>(rest.data() + rest.size() - text.data())] == '-';
    const auto hours = TakeDigits(&offset, 2);
    if (!hours) return std::nullopt;
    offset_seconds = *hours * 3600;
    for (const int64_t unit : {60, 1}) {
      if (offset.empty()) break;
      if (!TakeChar(&offset, ':')) return std::nullopt;
      const auto part = TakeDigits(&offset, 2);
      if (!part) return std::nullopt;
      offset_seconds += *part * unit;
    }
    if (!offset.empty()) return std::nullopt;
    if (west) offset_seconds = -offset_seconds;
  }
  const auto days = ParseDays(date);
  const auto time = ParseTimeOfDay(rest);
  int64_t micros = 0;
  if (!days || !time || __builtin_mul_overflow(*days, kMicrosPerDay, &micros) ||
      __builtin_add_overflow(micros, *time - offset_seconds * kMicrosPerSecond, &micros)) {
    return std::nullopt;
  }
  return micros;
}

std::string FormatDays(int64_t days) {
  const CivilDate date = CivilFromDays(days);
  const std::string year = date.year > 9999
                               ? fmt::format("+{}", date.year)
                               : (date.year < 0 ? fmt::format("-{:04}", -date.year) : fmt::format("{:04}", date.year));
  return fmt::format("{}-{:02}-{:02}", year, date.month, date.day);
}

std::string FormatTimeOfDay(int64_t micros) {
  const int64_t seconds = micros / kMicrosPerSecond;
  const int64_t fraction = micros % kMicrosPerSecond;
  std::string text = fmt::format("{:02}:{:02}", seconds / 3600, seconds / 60 % 60);
  if (seconds % 60 != 0 || fraction != 0) text += fmt::format(":{:02}", seconds % 60);
  if (fraction != 0) {
    text += fraction % 1000 == 0 ? fmt::format(".{:03}", fraction / 1000) : fmt::format(".{:06}", fraction);
  }
  return text;
}

std::string FormatTimestamp(int64_t micros) {
  return FormatDays(FloorDiv(micros, kMicrosPerDay)) + "T" + FormatTimeOfDay(FloorMod(micros, kMicrosPerDay));
}

}  // namespace calve::iceberg
