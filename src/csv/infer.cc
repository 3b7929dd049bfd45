#include "csv/infer.h"

#include <algorithm>
#include <optional>

#include "csv/decode.h"

namespace calve::csv {
namespace {

enum Bit : size_t { kBooleanBit, kBigIntBit, kDoubleBit, kDateBit, kTimeBit, kTimestampBit, kTimestampTzBit, kUuidBit };

constexpr size_t kLongestTyped = 128;
constexpr size_t kMaxExampleBytes = 40;
/// More significant digits than any double tells apart.
constexpr size_t kMaxDoubleDigits = 17;
/// Shortest digit string that, behind a plus sign, is a telephone number rather than a quantity.
constexpr size_t kPhoneDigits = 7;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

struct NumberShape {
  bool integer = false;
  bool loses_prefix = false;  ///< Leading zeros, or the plus sign of a telephone number.
  bool inexact = false;       ///< A double would not hold all of its digits.
};

/// The shape of a decimal number; nullopt when `text` is none.
std::optional<NumberShape> ShapeOfNumber(std::string_view text) {
  size_t i = 0;
  const bool plus = text[0] == '+';
  if (plus || text[0] == '-') ++i;
  const size_t int_begin = i;
  while (i < text.size() && IsDigit(text[i])) ++i;
  const std::string_view whole = text.substr(int_begin, i - int_begin);
  std::string_view fraction;
  NumberShape shape;
  shape.integer = true;
  if (i < text.size() && text[i] == '.') {
    shape.integer = false;
    const size_t begin = ++i;
    while (i < text.size() && IsDigit(text[i])) ++i;
    fraction = text.substr(begin, i - begin);
  }
  if (whole.empty() && fraction.empty()) return std::nullopt;
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    shape.integer = false;
    ++i;
    if (i < text.size() && (text[i] == '+' || text[i] == '-')) ++i;
    if (i == text.size()) return std::nullopt;
    while (i < text.size() && IsDigit(text[i])) ++i;
  }
  if (i != text.size()) return std::nullopt;
  shape.loses_prefix = (whole.size() > 1 && whole[0] == '0') || (plus && shape.integer && whole.size() >= kPhoneDigits);
  std::string digits(whole);
  digits += fraction;
  const size_t first = digits.find_first_not_of('0');
  if (first == std::string::npos) return shape;
  size_t last = digits.size();
  if (!shape.integer) last = digits.find_last_not_of('0') + 1;
  if (shape.integer) {
    // Beyond 2^53 not every integer is a double.
    constexpr std::string_view kLargest = "9007199254740992";
    const std::string_view significant = std::string_view(digits).substr(first);
    shape.inexact =
        significant.size() > kLargest.size() || (significant.size() == kLargest.size() && significant > kLargest);
  } else {
    shape.inexact = last - first > kMaxDoubleDigits;
  }
  return shape;
}

bool EqualsIgnoreCase(std::string_view text, std::string_view lower) {
  return std::ranges::equal(text, lower, {},
                            [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
}

bool Decodes(TypeKind kind, std::string_view text) { return DecodeField(ColumnType{.kind = kind}, text, nullptr); }

}  // namespace

uint64_t ToleratedMisfits(uint64_t values) { return std::max<uint64_t>(values / 100, values >= 50 ? 1 : 0); }

void ColumnInference::Add(std::string_view value, bool quoted) {
  ++values_;
  max_length_ = std::max(max_length_, value.size());
  if (!quoted && value.size() <= 4) {
    for (size_t i = 0; i < kNullTokens.size(); ++i) {
      if (value == kNullTokens[i]) {
        ++tokens_[i];
        return;
      }
    }
  }
  std::array<bool, kKinds.size()> fits{};
  if (!value.empty() && value.size() <= kLongestTyped) {
    const char c = value[0];
    if (IsDigit(c) || c == '-' || c == '+' || c == '.') {
      if (const auto shape = ShapeOfNumber(value)) {
        leading_zeros_ += shape->loses_prefix;
        inexact_ += shape->inexact;
        fits[kBigIntBit] = shape->integer && !shape->loses_prefix && Decodes(TypeKind::kBigInt, value);
        fits[kDoubleBit] = !shape->loses_prefix && !shape->inexact && Decodes(TypeKind::kDouble, value);
      } else {
        // Of overlapping forms the narrower counts alone: a date read as a timestamp would gain a time that nobody
        // wrote.
        fits[kDateBit] = Decodes(TypeKind::kDate, value);
        fits[kTimeBit] = !fits[kDateBit] && Decodes(TypeKind::kTime, value);
        fits[kTimestampBit] = !fits[kDateBit] && !fits[kTimeBit] && Decodes(TypeKind::kTimestamp, value);
        fits[kTimestampTzBit] =
            !fits[kDateBit] && !fits[kTimeBit] && !fits[kTimestampBit] && Decodes(TypeKind::kTimestampTz, value);
        fits[kUuidBit] = Decodes(TypeKind::kUuid, value);
      }
    } else {
      // "t" or "yes" as a BOOLEAN would lose how it was written.
      fits[kBooleanBit] = EqualsIgnoreCase(value, "true") || EqualsIgnoreCase(value, "false");
      if (value.size() >= 32) fits[kUuidBit] = Decodes(TypeKind::kUuid, value);
      if ((c == 'n' || c == 'N' || c == 'i' || c == 'I') && Decodes(TypeKind::kDouble, value)) {
        fits[kDoubleBit] = true;
        ++not_finite_;
      }
    }
    if (c == '-' && !fits[kDoubleBit] && Decodes(TypeKind::kDouble, value) && !ShapeOfNumber(value)) {
      fits[kDoubleBit] = true;
      ++not_finite_;
    }
  }
  for (size_t i = 0; i < kKinds.size(); ++i) {
    fits_[i] += fits[i];
    if (!fits[i] && examples_[i].empty()) examples_[i] = std::string(value.substr(0, kMaxExampleBytes));
  }
}

Inference ColumnInference::Finish(const NullTokenSet& tokens) const {
  Inference out;
  out.values = values_;
  std::string token_example;
  for (size_t i = 0; i < kNullTokens.size(); ++i) {
    if (tokens[i]) {
      out.values -= tokens_[i];
    } else if (tokens_[i] > 0 && token_example.empty()) {
      token_example = kNullTokens[i];
    }
  }
  if (out.values == 0) return out;
  const uint64_t tolerated = ToleratedMisfits(out.values);
  uint64_t best_misfits = 0;
  size_t best = kKinds.size();
  for (size_t i = 0; i < kKinds.size(); ++i) {
    const uint64_t misfits = out.values - fits_[i];
    // Inexact numbers would be read, and changed: there is no tolerance for them.
    if (i == kDoubleBit && (inexact_ > 0 || fits_[i] == not_finite_)) continue;
    const bool changes_prefix = (i == kBigIntBit && Decodes(TypeKind::kBigInt, "007")) ||
                                (i == kDoubleBit && Decodes(TypeKind::kDouble, "007.5"));
    if (changes_prefix && leading_zeros_ > 0) continue;
    if (misfits > tolerated || fits_[i] == 0) continue;
    best = i;
    best_misfits = misfits;
    break;
  }
  if (best == kKinds.size()) {
    out.keep_leading_zeros = leading_zeros_ > 0 && leading_zeros_ + fits_[kBigIntBit] + tolerated >= out.values;
    out.too_many_digits =
        !out.keep_leading_zeros && inexact_ > 0 && fits_[kDoubleBit] + inexact_ + tolerated >= out.values;
    return out;
  }
  out.type.kind = kKinds[best];
  out.misfits = best_misfits;
  out.double_fits_all = kKinds[best] == TypeKind::kBigInt && inexact_ == 0 && fits_[kDoubleBit] == out.values;
  if (best_misfits > 0) out.misfit_example = examples_[best].empty() ? token_example : examples_[best];
  return out;
}

}  // namespace calve::csv
