#include "csv/utf8.h"

#include <fmt/format.h>

#include <cstdint>
#include <cstring>

namespace calve::csv {
namespace {

// The length of the well-formed sequence at `text[i]`, 0 when there is none (RFC 3629 section 4).
size_t SequenceLength(std::string_view text, size_t i) {
  const auto byte = [&](size_t k) -> uint8_t { return k < text.size() ? static_cast<uint8_t>(text[k]) : uint8_t{0}; };
  const auto tail = [&](size_t k) { return (byte(k) & 0xC0) == 0x80; };
  const uint8_t lead = byte(i);
  if (lead < 0x80) return 1;
  if (lead < 0xC2) return 0;
  if (lead < 0xE0) return tail(i + 1) ? 2 : 0;
  const uint8_t second = byte(i + 1);
  if (lead < 0xF0) {
    if (!tail(i + 1) || !tail(i + 2)) return 0;
    if (lead == 0xE0 && second < 0xA0) return 0;
    if (lead == 0xED && second > 0x9F) return 0;
    return 3;
  }
  if (lead > 0xF4 || !tail(i + 1) || !tail(i + 2) || !tail(i + 3)) return 0;
  if (lead == 0xF0 && second < 0x90) return 0;
  if (lead == 0xF4 && second > 0x8F) return 0;
  return 4;
}

uint64_t Load(const char* p) {
  uint64_t v = 0;
  std::memcpy(&v, p, sizeof(v));
  return v;
}

constexpr uint64_t kHigh = 0x8080808080808080;
constexpr uint64_t kOnes = 0x0101010101010101;

}  // namespace

size_t FirstInvalidUtf8(std::string_view text) {
  size_t i = 0;
  while (i < text.size()) {
    if (i + 8 <= text.size() && (Load(text.data() + i) & kHigh) == 0) {
      i += 8;
      continue;
    }
    const size_t length = SequenceLength(text, i);
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

std::string Printable(std::string_view bytes, size_t max_bytes) {
  std::string out;
  size_t i = 0;
  while (i < bytes.size() && out.size() < max_bytes) {
    const size_t length = SequenceLength(bytes, i);
    const auto byte = static_cast<uint8_t>(bytes[i]);
    if (length == 0 || byte < 0x20 || byte == 0x7F) {
      out += fmt::format("\\x{:02x}", byte);
      ++i;
    } else {
      out += bytes.substr(i, length);
      i += length;
    }
  }
  if (i < bytes.size()) out += "...";
  return out;
}

}  // namespace calve::csv
