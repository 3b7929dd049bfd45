#include "csv/sniff_evidence.h"

#include <algorithm>

#include "base/ascii.h"
#include "csv/decode.h"
#include "csv/null_text.h"
#include "csv/sniff_score.h"

namespace calve::csv {
namespace {

bool HasDigit(std::string_view text) { return text.find_first_of("0123456789") != std::string_view::npos; }
bool IsAddress(std::string_view text) {
  return text.find("://") != std::string_view::npos || text.find('@') != std::string_view::npos;
}
size_t Words(std::string_view text) { return static_cast<size_t>(std::ranges::count(text, ' ')) + 1; }

/// "RI-3895" -> "aa-9999".
std::string ShapeOf(std::string_view text) {
  std::string shape(text.substr(0, 64));
  for (char& c : shape) {
    if (c >= '0' && c <= '9') c = '9';
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) c = 'a';
  }
  return shape;
}

}  // namespace

std::string Trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return std::string(text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1));
}

bool LooksMissing(std::string_view text) { return IsNullMark(text) || AsciiLower(text) == "nan"; }

bool LooksLikeYear(std::string_view text) {
  return text.size() == 4 && text.find_first_not_of("0123456789") == std::string_view::npos && text >= "1500" &&
         text <= "2199";
}

bool IsBracketed(std::string_view text) {
  return text.size() >= 2 &&
         ((text.front() == '(' && text.back() == ')') || (text.front() == '[' && text.back() == ']'));
}

bool IsRule(std::string_view text) {
  return text.size() >= 2 && text.find_first_not_of("-=_+ ") == std::string_view::npos;
}

bool IsLowerCase(std::string_view text) { return !text.empty() && text[0] >= 'a' && text[0] <= 'z'; }

void Profile::Add(std::string_view value) {
  inference.Add(value, /*marks=*/true);
  ++count;
  with_digit += HasDigit(value);
  addresses += IsAddress(value);
  words += Words(value);
  years += LooksLikeYear(value);
  lower_case += IsLowerCase(value);
  min_length = std::min(min_length, value.size());
  max_length = std::max(max_length, value.size());
  if (values.size() < 500) ++values[std::string(value.substr(0, 64))];
  if (shapes.size() < 500) ++shapes[ShapeOf(value)];
}

void WeighCell(const std::string& cell, const Profile& profile, Evidence& out) {
  if (profile.count == 0) {
    out.data += LooksTyped(cell);
    return;
  }
  if (LooksMissing(cell)) {
    ++out.data;
    return;
  }
  if (profile.type.kind != TypeKind::kVarchar) {
    const bool fits = DecodeField(profile.type, cell, nullptr);
    (fits ? out.data : out.header) += 3;
    (fits ? out.typed_for : out.typed_against) += 1;
    return;
  }
  const auto repeated = profile.values.find(cell);
  if (repeated != profile.values.end() && (repeated->second >= 2 || profile.count < 20)) out.data += 2;
  if (LooksTyped(cell)) ++out.data;
  const auto share = [&](uint64_t n) { return n * 5 >= profile.count * 4; };
  const auto shape = profile.shapes.find(ShapeOf(cell));
  const bool same_shape = shape != profile.shapes.end() && shape->second * 2 >= profile.count;
  if (share(profile.with_digit)) {
    if (!HasDigit(cell)) out.header += 2;
    if (same_shape && HasDigit(cell)) out.data += 2;
  }
  if (share(profile.addresses)) (IsAddress(cell) ? out.data : out.header) += 2;
  if (profile.count >= 5 && profile.min_length == profile.max_length) {
    (cell.size() == profile.min_length ? out.data : out.header) += 1;
  }
  if (profile.words >= 3 * profile.count && Words(cell) <= 2) ++out.header;
}

Backslashes BackslashesIn(std::string_view field) {
  Backslashes found = Backslashes::kNone;
  for (size_t at = field.find('\\'); at != std::string_view::npos; at = field.find('\\', at + 2)) {
    constexpr std::string_view kAfter = "tnr\\";
    if (at + 1 == field.size() || kAfter.find(field[at + 1]) == std::string_view::npos) return Backslashes::kCharacters;
    found = Backslashes::kSequences;
  }
  return found;
}

}  // namespace calve::csv
