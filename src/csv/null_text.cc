#include "csv/null_text.h"

#include <array>

#include "base/ascii.h"
#include "csv/charset.h"
#include "csv/decode.h"

namespace calve::csv {
namespace {

constexpr std::array<std::string_view, 28> kMarks = {
    "null",    "na",    "n/a",     "#n/a",   "<na>",  "<null>",  "(null)", "none",   "nil", "-",
    "--",      "---",   ".",       "..",     "...",   "?",       ":",      "*",      "**",  "#null!",
    "#value!", "#ref!", "#div/0!", "#name?", "#num!", "(blank)", "\\n",    "unknown"};
constexpr size_t kLongestMark = 7;

}  // namespace

bool IsNullMark(std::string_view text) {
  if (text.empty() || text.size() > kLongestMark || (text[0] >= '0' && text[0] <= '9')) return false;
  return std::ranges::find(kMarks, std::string_view(AsciiLower(text))) != kMarks.end();
}

bool IsBlankText(std::string_view text) { return text.find_first_not_of(" \t") == std::string_view::npos; }

NullTexts::NullTexts(const Dialect& dialect, const Column& column)
    : texts_(dialect.null_strings),
      typed_(column.type.kind != TypeKind::kVarchar),
      quoted_null_(dialect.quoted_null || typed_) {
  const auto charset = CharsetOf(dialect);
  for (const std::string& text : column.null_strings) {
    texts_.push_back(charset ? charset->FromUtf8(text) : text);
  }
  if (typed_) texts_.emplace_back();
  for (const std::string& text : texts_) {
    lengths_ |= uint64_t{1} << std::min<size_t>(text.size(), 63);
    numeric_ = numeric_ || DecodeField({TypeKind::kDouble}, text, nullptr);
  }
}

bool NullTexts::Matches(std::string_view raw, bool quoted) const {
  if (quoted && !quoted_null_) return false;
  if (MayBeNull(raw.size()) && std::ranges::find(texts_, raw) != texts_.end()) return true;
  return typed_ && IsBlankText(raw);
}

}  // namespace calve::csv
