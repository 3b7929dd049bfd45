// Texts of ASCII, whatever the locale.
#pragma once

#include <string>
#include <string_view>

namespace calve {

/// `text` with its ASCII letters in lower case; other bytes stay.
inline std::string AsciiLower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  }
  return lower;
}

}  // namespace calve
