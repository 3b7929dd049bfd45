// What a source's fields and records may be separated by: the candidates of which ChooseDialect chooses.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "csv/sniff.h"
#include "csv/sniff_text.h"

namespace calve::csv {

struct Delimiter {
  std::string text;
  double prior = 1.0;
  bool weak = false;
};

struct NewlineChoice {
  Newline newline = Newline::kAny;
  std::string custom;
  double prior = 1.0;
};

/// Those of one character, the common ones first; weak ones stand in ordinary text too.
const std::vector<Delimiter>& SingleDelimiters();
/// Comma, semicolon, tab, bar.
constexpr bool IsCommonDelimiter(char c) { return c == ',' || c == ';' || c == '\t' || c == '|'; }
constexpr bool IsCommonDelimiter(std::string_view delimiter) {
  return delimiter.size() == 1 && IsCommonDelimiter(delimiter[0]);
}
/// Runs of two to four punctuation characters and spaces that stand in most lines of `head`: "||", ", ", "|~|".
std::vector<Delimiter> MultiCharDelimiters(std::string_view head);
/// What the samples' records may end with, the likeliest first, never empty; what was said, alone.
std::vector<NewlineChoice> NewlineChoices(const SampledText& sampled, std::string_view head,
                                          const SniffOverrides& overrides);

}  // namespace calve::csv
