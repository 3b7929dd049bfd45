#include "app/config_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

#include "base/ascii.h"
#include "base/edit_distance.h"
#include "base/whole_number.h"

namespace calve::app {
namespace {

using Millis = std::chrono::milliseconds;

std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::unexpected<Error> Bad(std::string_view text, std::string_view what) {
  return Err(ErrorKind::kInvalidArgument, fmt::format("'{}' is not {}", text, what));
}

/// "1.5 MiB" -> 1.5 and "mib". Nothing when there is no number in front; signs and exponents are none of it.
std::optional<std::pair<double, std::string>> NumberAndUnit(std::string_view text) {
  text = Trim(text);
  size_t end = 0;
  while (end < text.size() && ((text[end] >= '0' && text[end] <= '9') || text[end] == '.')) ++end;
  double number = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + end, number, std::chars_format::fixed);
  if (error != std::errc() || stop != text.data() + end || end == 0) return std::nullopt;
  return std::pair(number, AsciiLower(Trim(text.substr(end))));
}

struct Unit {
  std::string_view name;
  double factor;
};

constexpr double kKi = 1024;
constexpr std::array<Unit, 18> kSizeUnits = {{{"", 1},
                                              {"b", 1},
                                              {"k", kKi},
                                              {"m", kKi* kKi},
                                              {"g", kKi* kKi* kKi},
                                              {"t", kKi* kKi* kKi* kKi},
                                              {"ki", kKi},
                                              {"mi", kKi* kKi},
                                              {"gi", kKi* kKi* kKi},
                                              {"ti", kKi* kKi* kKi* kKi},
                                              {"kib", kKi},
                                              {"mib", kKi* kKi},
                                              {"gib", kKi* kKi* kKi},
                                              {"tib", kKi* kKi* kKi* kKi},
                                              {"kb", 1e3},
                                              {"mb", 1e6},
                                              {"gb", 1e9},
                                              {"tb", 1e12}}};
constexpr std::array<Unit, 5> kTimeUnits = {{{"ms", 1}, {"", 1e3}, {"s", 1e3}, {"m", 60e3}, {"h", 3600e3}}};

template <size_t N>
std::optional<double> FactorOf(const std::array<Unit, N>& units, std::string_view name) {
  for (const Unit& unit : units) {
    if (unit.name == name) return unit.factor;
  }
  return std::nullopt;
}

struct NamedByte {
  std::string_view name;
  char byte;
};

constexpr std::array<NamedByte, 9> kNamedBytes = {{{"tab", '\t'},
                                                   {"comma", ','},
                                                   {"semicolon", ';'},
                                                   {"pipe", '|'},
                                                   {"space", ' '},
                                                   {"single", '\''},
                                                   {"double", '"'},
                                                   {"backslash", '\\'},
                                                   {"hash", '#'}}};

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

Result<int64_t> ParseInteger(std::string_view text, int64_t min, int64_t max) {
  const auto value = WholeNumber<int64_t>(text);
  if (value && *value >= min && *value <= max) return *value;
  if (max == std::numeric_limits<int64_t>::max()) return Bad(text, fmt::format("a number from {} up", min));
  return Bad(text, fmt::format("a number from {} to {}", min, max));
}

Result<uint64_t> ParseSize(std::string_view text, uint64_t min) {
  constexpr std::string_view kWhat = "a size such as 64MiB, 128MB or 1000000";
  const auto parts = NumberAndUnit(text);
  if (!parts) return Bad(text, kWhat);
  const std::optional<double> factor = FactorOf(kSizeUnits, parts->second);
  if (!factor) return Bad(text, kWhat);
  const double bytes = parts->first * *factor;
  if (!(bytes < 9.2e18)) return Bad(text, "a size that a file can have");
  if (bytes < static_cast<double>(min)) return Bad(text, fmt::format("at least {} bytes", min));
  return static_cast<uint64_t>(std::llround(bytes));
}

Result<Millis> ParseDuration(std::string_view text) {
  constexpr std::string_view kWhat = "a time from 1ms to 12h, such as 500ms, 60s or 2m";
  const auto parts = NumberAndUnit(text);
  if (!parts) return Bad(text, kWhat);
  const std::optional<double> factor = FactorOf(kTimeUnits, parts->second);
  if (!factor) return Bad(text, kWhat);
  const double millis = std::round(parts->first * *factor);
  if (!(millis >= 1 && millis <= 12 * 3600e3)) return Bad(text, kWhat);
  return Millis(static_cast<int64_t>(millis));
}

Result<double> ParsePercent(std::string_view text) {
  const auto parts = NumberAndUnit(text);
  if (!parts || parts->second != "%" || parts->first > 100) return Bad(text, "a share from 0% to 100%");
  return parts->first / 100;
}

Result<bool> ParseBool(std::string_view text) {
  const std::string word = AsciiLower(text);
  if (word == "yes" || word == "true" || word == "on" || word == "1") return true;
  if (word == "no" || word == "false" || word == "off" || word == "0") return false;
  return Bad(text, "yes or no");
}

Result<std::string> Unescape(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      out += text[i];
      continue;
    }
    const char kind = i + 1 < text.size() ? text[i + 1] : '\0';
    ++i;
    switch (kind) {
      case 't':
        out += '\t';
        break;
      case 'n':
        out += '\n';
        break;
      case 'r':
        out += '\r';
        break;
      case '0':
        out += '\0';
        break;
      case '\\':
      case '"':
      case '\'':
        out += kind;
        break;
      case 'x': {
        const int high = i + 1 < text.size() ? HexDigit(text[i + 1]) : -1;
        const int low = i + 2 < text.size() ? HexDigit(text[i + 2]) : -1;
        if (high < 0 || low < 0) return Bad(text, R"(text with escapes: \x wants two hexadecimal digits)");
        out += static_cast<char>(high * 16 + low);
        i += 2;
        break;
      }
      default:
        return Bad(text, R"(text with escapes: known are \t \n \r \0 \\ \" \' \xHH)");
    }
  }
  return out;
}

Result<std::string> ParseBytes(std::string_view text) {
  for (const NamedByte& named : kNamedBytes) {
    if (AsciiLower(text) == named.name) return std::string(1, named.byte);
  }
  if (text == "\\") return std::string("\\");
  CALVE_ASSIGN_OR_RETURN(std::string bytes, Unescape(text));
  if (bytes.empty()) return Err(ErrorKind::kInvalidArgument, "it must not be empty");
  return bytes;
}

Result<char> ParseByte(std::string_view text) {
  CALVE_ASSIGN_OR_RETURN(const std::string bytes, ParseBytes(text));
  if (bytes.size() != 1 || bytes[0] == '\0' || bytes[0] == '\n' || bytes[0] == '\r') {
    return Bad(text, "one single-byte character that is no line break");
  }
  return bytes[0];
}

Result<std::pair<std::string, std::string>> ParseAssignment(std::string_view text) {
  const size_t equals = text.find('=');
  if (equals == std::string_view::npos || Trim(text.substr(0, equals)).empty() ||
      Trim(text.substr(equals + 1)).empty()) {
    return Bad(text, "of the form NAME=VALUE");
  }
  return std::pair(std::string(Trim(text.substr(0, equals))), std::string(Trim(text.substr(equals + 1))));
}

std::vector<std::string> SplitList(std::string_view text) {
  std::vector<std::string> pieces;
  size_t begin = 0;
  int depth = 0;
  for (size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && text[i] == '(') ++depth;
    if (i < text.size() && text[i] == ')') --depth;
    if (i < text.size() && (text[i] != ',' || depth > 0)) continue;
    const std::string_view piece = Trim(text.substr(begin, i - begin));
    if (!piece.empty()) pieces.emplace_back(piece);
    begin = i + 1;
  }
  return pieces;
}

std::string NearestName(std::string_view name, const std::vector<std::string>& known) {
  const std::string wanted = AsciiLower(name);
  std::string best;
  // A third of the letters may differ: more, and it is another word.
  size_t best_distance = std::max<size_t>(2, wanted.size() / 3) + 1;
  for (const std::string& candidate : known) {
    size_t distance = EditDistance(wanted, AsciiLower(candidate));
    // What was typed only begins it: `--partition` for `--partition-by`.
    if (wanted.size() >= 3 && AsciiLower(candidate).starts_with(wanted)) distance = 1;
    if (distance < best_distance && distance < candidate.size()) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

std::string DidYouMean(std::string_view name, const std::vector<std::string>& known) {
  const std::string nearest = NearestName(name, known);
  return nearest.empty() ? "" : fmt::format("; did you mean {}?", nearest);
}

}  // namespace calve::app
