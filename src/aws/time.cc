#include "aws/time.h"

#include <chrono>

namespace calve::aws {
namespace {

/// Takes what it reads from the front of a text; `ok` stays false once something did not fit.
struct Scanner {
  std::string_view rest;
  bool ok = true;

  int Digits(size_t count) {
    if (rest.size() < count) ok = false;
    int value = 0;
    for (size_t i = 0; ok && i < count; ++i) {
      if (rest[i] < '0' || rest[i] > '9') ok = false;
      value = value * 10 + (rest[i] - '0');
    }
    if (ok) rest.remove_prefix(count);
    return ok ? value : 0;
  }

  bool Take(char c) {
    if (rest.empty() || rest.front() != c) return false;
    rest.remove_prefix(1);
    return true;
  }

  void Must(char c) { ok = ok && Take(c); }
};

}  // namespace

std::optional<TimestampMicros> ParseIsoTime(std::string_view text) {
  Scanner in{text};
  const int year = in.Digits(4);
  in.Must('-');
  const int month = in.Digits(2);
  in.Must('-');
  const int day = in.Digits(2);
  in.Must('T');
  const int hour = in.Digits(2);
  in.Must(':');
  const int minute = in.Digits(2);
  in.Must(':');
  const int second = in.Digits(2);
  if (!in.ok) return std::nullopt;
  int micros = 0;
  if (in.Take('.')) {
    int scale = 100'000;
    size_t digits = 0;
    for (; !in.rest.empty() && in.rest.front() >= '0' && in.rest.front() <= '9'; ++digits) {
      micros += in.Digits(1) * scale;
      scale /= 10;
    }
    if (digits == 0) return std::nullopt;
  }
  std::chrono::minutes offset(0);
  if (!in.Take('Z')) {
    const bool behind = in.Take('-');
    if (!behind) in.Must('+');
    const int hours = in.Digits(2);
    in.Take(':');
    offset = std::chrono::hours(hours) + std::chrono::minutes(in.Digits(2));
    if (behind) offset = -offset;
  }
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!in.ok || !in.rest.empty() || !date.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  return std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
         std::chrono::seconds(second) + std::chrono::microseconds(micros) - offset;
}

}  // namespace calve::aws
