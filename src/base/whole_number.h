// Numbers in text: all of it, or none.
#pragma once

#include <charconv>
#include <concepts>
#include <optional>
#include <string_view>

namespace calve {

/// The decimal number that `text` is, from its first to its last character: digits, with a '-' in front where T has
/// negative values. nullopt for anything else, and for what T does not hold.
template <std::integral T>
std::optional<T> WholeNumber(std::string_view text) {
  T value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end) return std::nullopt;
  return value;
}

}  // namespace calve
