#include "base/utf8.h"

#include <fmt/format.h>

#include <cstdint>
#include <cstring>

namespace calve {
namespace {

uint64_t Load(const char* p) {
  uint64_t v = 0;
  std::memcpy(&v, p, sizeof(v));
  return v;
}

constexpr uint64_t kHigh = 0x8080808080808080;
constexpr uint64_t kOnes = 0x0101010101010101;

}  // namespace

size_t Utf8Length(std::string_view text, size_t at) {
  const auto byte = [&](size_t k) -> uint8_t { return k < text.size() ? static_cast<uint8_t>(text[k]) : uint8_t{0}; };
  const auto tail = [&](size_t k) { return (byte(k) & 0xC0) == 0x80; };
  if (at >= text.size()) return 0;
  const uint8_t lead = byte(at);
  if (lead < 0x80) return 1;
  if (lead < 0xC2) return 0;
  if (lead < 0xE0) return tail(at + 1) ? 2 : 0;
  const uint8_t second = byte(at + 1);
  if (lead < 0xF0) {
    if (!tail(at + 1) || !tail(at + 2)) return 0;
    if (lead == 0xE0 && second < 0xA0) return 0;
    if (lead == 0xED && second > 0x9F) return 0;
    return 3;
  }
  if (lead > 0xF4 || !tail(at + 1) || !tail(at + 2) || !tail(at + 3)) return 0;
  if (lead == 0xF0 && second < 0x90) return 0;
  if (lead == 0xF4 && second > 0x8F) return 0;
  return 4;
}

char32_t CodePointOf(std::string_view sequence) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(sequence[i]); };
  if (sequence.size() <= 1) return sequence.empty() ? 0 : byte(0);
  char32_t value = byte(0) & (0xFFU >> (sequence.size() + 1));
  for (size_t i = 1; i < sequence.size(); ++i) value = (value << 6U) | (byte(i) & 0x3FU);
  return value;
}

size_t FirstInvalidUtf8(std::string_view text) {
  size_t i = 0;
  while (i < text.size()) {
    if (i + 8 <= text.size() && (Load(text.data() + i) & kHigh) == 0) {
      i += 8;
      continue;
    }
    const size_t length = Utf8Length(text, i);
    if (length == 0) return i;
    i += length;
  }
  return i;
}

bool PlainAscii(std::string_view text) {
  // `v - kOnes` borrows into the high bit of the lowest zero byte; on pure ASCII there are no false alarms below it.
  const char* p = text.data();
  const char* end = p + text.size();
  uint64_t seen = 0;
  for (; end - p >= 32; p += 32) {
    const uint64_t a = Load(p), b = Load(p + 8), c = Load(p + 16), d = Load(p + 24);
    seen |= a | (a - kOnes) | b | (b - kOnes) | c | (c - kOnes) | d | (d - kOnes);
  }
  for (; p < end; ++p) {
    if (static_cast<signed char>(*p) <= 0) return false;
  }
  return (seen & kHigh) == 0;
}

void AppendCodePoint(char32_t c, std::string* out) {
  const auto put = [out](char32_t byte) { out->push_back(static_cast<char>(static_cast<uint8_t>(byte))); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xC0 | (c >> 6));
    put(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    put(0xE0 | (c >> 12));
    put(0x80 | ((c >> 6) & 0x3F));
    put(0x80 | (c & 0x3F));
  } else {
    put(0xF0 | (c >> 18));
    put(0x80 | ((c >> 12) & 0x3F));
    put(0x80 | ((c >> 6) & 0x3F));
    put(0x80 | (c & 0x3F));
  }
}

std::string MendedUtf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size();) {
    const size_t length = Utf8Length(text, i);
    if (length == 0) {
      AppendCodePoint(0xFFFD, &out);
      ++i;
    } else {
      out.append(text.substr(i, length));
      i += length;
    }
  }
  return out;
}

std::string Printable(std::string_view text, size_t max_bytes) {
  std::string out;
  size_t i = 0;
  while (i < text.size() && out.size() < max_bytes) {
    const size_t length = Utf8Length(text, i);
    const std::string_view sequence = text.substr(i, length);
    const char32_t code = CodePointOf(sequence);
    if (length == 0) {
      out += fmt::format("\\x{:02x}", static_cast<uint8_t>(text[i]));
    } else if (code == '\n') {
      out += "\\n";
    } else if (code == '\r') {
      out += "\\r";
    } else if (code == '\t') {
      out += "\\t";
    } else if (code < 0x20 || code == 0x7F) {
      out += fmt::format("\\x{:02x}", static_cast<uint32_t>(code));
    } else if (code >= 0x80 && code < 0xA0) {
      out += fmt::format("\\u{:04x}", static_cast<uint32_t>(code));
    } else {
      out += sequence;
    }
    i += length == 0 ? 1 : length;
  }
  if (i < text.size()) out += "...";
  return out;
}

std::string Printable(std::string_view text) { return Printable(text, std::string_view::npos); }

}  // namespace calve
