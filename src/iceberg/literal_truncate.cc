// Cutting bounds of strings and binaries short without making them wrong.
#include <algorithm>

#include "iceberg/literal.h"
#include "iceberg/literal_utf8.h"

namespace calve::iceberg {
namespace {

/// The shortest string above every string that begins with `prefix`: its last code point that can be, incremented.
std::optional<std::string> IncrementLastCodePoint(std::string_view prefix) {
  while (!prefix.empty()) {
    size_t start = prefix.size() - 1;
    while (start > 0 && (static_cast<uint8_t>(prefix[start]) & 0xc0U) == 0x80U) --start;
    const auto last = FirstCodePoint(prefix.substr(start));
    if (!last) return std::nullopt;
    prefix.remove_suffix(prefix.size() - start);
    if (last->value == 0x10ffff) continue;
    std::string bound(prefix);
    AppendUtf8(last->value == 0xd7ff ? 0xe000 : last->value + 1, bound);  // Surrogates are no code points of UTF-8.
    return bound;
  }
  return std::nullopt;
}

std::optional<std::string> IncrementLastByte(std::string_view prefix) {
  std::string bound(prefix);
  while (!bound.empty()) {
    if (bound.back() != '\xff') {
      bound.back() = static_cast<char>(bound.back() + 1);
      return bound;
    }
    bound.pop_back();
  }
  return std::nullopt;
}

}  // namespace

std::string TruncateLowerBound(const Type& type, std::string_view value, int length) {
  const auto count = static_cast<size_t>(std::max(length, 0));
  if (type.id == TypeId::kString) return std::string(value.substr(0, CodePointPrefixBytes(value, count)));
  if (type.id == TypeId::kBinary || type.id == TypeId::kFixed) return std::string(value.substr(0, count));
  return std::string(value);
}

std::optional<std::string> TruncateUpperBound(const Type& type, std::string_view value, int length) {
  const auto count = static_cast<size_t>(std::max(length, 0));
  if (type.id == TypeId::kString) {
    const size_t bytes = CodePointPrefixBytes(value, count);
    if (bytes == value.size()) return std::string(value);
    return IncrementLastCodePoint(value.substr(0, bytes));
  }
  if (type.id == TypeId::kBinary || type.id == TypeId::kFixed) {
    if (value.size() <= count) return std::string(value);
    return IncrementLastByte(value.substr(0, count));
  }
  return std::string(value);
}

}  // namespace calve::iceberg
