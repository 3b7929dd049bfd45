#include "cli/text.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <ctime>

namespace calve::cli {
namespace {

/// A code point and the bytes it takes; length 0 when `text` does not start with a UTF-8 character (RFC 3629).
struct CodePoint {
  uint32_t value = 0;
  size_t length = 0;
};

CodePoint Decode(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t first = byte(0);
  if (first < 0x80) return {first, 1};
  const size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < length) return {};
  uint32_t value = first & (0xFFU >> (length + 1));
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80) return {};
    value = (value << 6U) | (byte(i) & 0x3FU);
  }
  static constexpr std::array<uint32_t, 5> kSmallest = {0, 0, 0x80, 0x800, 0x10000};
  if (value < kSmallest[length] || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) return {};
  return {value, length};
}

struct Range {
  uint32_t first;
  uint32_t last;
};

// The blocks that matter (Unicode 15, East_Asian_Width W and F; general category Mn of the common scripts).
constexpr std::array<Range, 12> kWide = {{{0x1100, 0x115F},
                                          {0x2E80, 0x303E},
                                          {0x3041, 0x33FF},
                                          {0x3400, 0x4DBF},
                                          {0x4E00, 0x9FFF},
                                          {0xA000, 0xA4CF},
                                          {0xAC00, 0xD7A3},
                                          {0xF900, 0xFAFF},
                                          {0xFE30, 0xFE6F},
                                          {0xFF00, 0xFF60},
                                          {0x1F300, 0x1FAFF},
                                          {0x20000, 0x3FFFD}}};
constexpr std::array<Range, 6> kCombining = {
    {{0x0300, 0x036F}, {0x0483, 0x0489}, {0x200B, 0x200F}, {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F}}};

template <size_t N>
bool Within(uint32_t value, const std::array<Range, N>& ranges) {
  for (const Range& range : ranges) {
    if (value >= range.first && value <= range.last) return true;
  }
  return false;
}

size_t Columns(uint32_t code_point) {
  if (Within(code_point, kCombining)) return 0;
  return Within(code_point, kWide) ? 2 : 1;
}

}  // namespace

std::string HumanBytes(uint64_t bytes) {
  if (bytes < 1024) return fmt::format("{} B", bytes);
  static constexpr std::array<std::string_view, 6> kUnits = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  double value = static_cast<double>(bytes) / 1024;
  size_t unit = 0;
  while (value >= 1023.95 && unit + 1 < kUnits.size()) {
    value /= 1024;
    ++unit;
  }
  return fmt::format("{:.1f} {}", value, kUnits[unit]);
}

std::string HumanCount(uint64_t count) {
  std::string digits = fmt::format("{}", count);
  for (size_t i = digits.size(); i > 3; i -= 3) digits.insert(i - 3, ",");
  return digits;
}

std::string HumanSeconds(double seconds) {
  if (!(seconds >= 0)) return "0 s";
  if (seconds < 9.95) return fmt::format("{:.1f} s", seconds);
  const auto whole = static_cast<uint64_t>(std::llround(std::fmin(seconds, 1e15)));
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  return fmt::format("{} h {:02} min", whole / 3600, whole % 3600 / 60);
}

std::string Plural(uint64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", HumanCount(count), noun, count == 1 ? "" : "s");
}

std::string UtcTime(int64_t epoch_ms) {
  if (epoch_ms == 0) return "-";
  const std::time_t seconds = epoch_ms / 1000;
  std::tm utc{};
  if (gmtime_r(&seconds, &utc) == nullptr) return "-";
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}Z", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday,
                     utc.tm_hour, utc.tm_min, utc.tm_sec);
}

std::string Printable(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const CodePoint at = Decode(text);
    if (at.length == 0) {
      out += fmt::format("\\x{:02X}", static_cast<uint8_t>(text[0]));
      text.remove_prefix(1);
      continue;
    }
    if (at.value == '\n') {
      out += "\\n";
    } else if (at.value == '\r') {
      out += "\\r";
    } else if (at.value == '\t') {
      out += "\\t";
    } else if (at.value < 0x20 || at.value == 0x7F) {
      out += fmt::format("\\x{:02X}", at.value);
    } else if (at.value >= 0x80 && at.value < 0xA0) {
      out += fmt::format("\\u{:04X}", at.value);
    } else {
      out += text.substr(0, at.length);
    }
    text.remove_prefix(at.length);
  }
  return out;
}

size_t DisplayWidth(std::string_view text) {
  size_t width = 0;
  while (!text.empty()) {
    const CodePoint at = Decode(text);
    width += at.length == 0 ? 1 : Columns(at.value);
    text.remove_prefix(at.length == 0 ? 1 : at.length);
  }
  return width;
}

std::string Clip(std::string_view text, size_t width) {
  if (DisplayWidth(text) <= width) return std::string(text);
  if (width == 0) return "";
  std::string out;
  size_t used = 0;
  while (!text.empty()) {
    const CodePoint at = Decode(text);
    const size_t length = at.length == 0 ? 1 : at.length;
    const size_t columns = at.length == 0 ? 1 : Columns(at.value);
    if (used + columns > width - 1) break;
    used += columns;
    out += text.substr(0, length);
    text.remove_prefix(length);
  }
  return out + "~";
}

}  // namespace calve::cli
