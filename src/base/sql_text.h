// Names and texts in SQL statements.
#pragma once

#include <string>
#include <string_view>

namespace calve {

/// `text` between `quote`s, those in it doubled.
inline std::string SqlQuoted(std::string_view text, char quote) {
  std::string quoted(1, quote);
  for (const char c : text) quoted.append(c == quote ? 2U : 1U, c);
  return quoted + quote;
}

/// 'text': a string literal.
inline std::string SqlString(std::string_view text) { return SqlQuoted(text, '\''); }
/// "name": an identifier.
inline std::string SqlName(std::string_view name) { return SqlQuoted(name, '"'); }

}  // namespace calve
