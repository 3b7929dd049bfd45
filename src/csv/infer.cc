#include "csv/infer.h"

#include <algorithm>
#include <optional>

#include "csv/decode.h"
#include "csv/null_text.h"

namespace calve::csv {
namespace {

enum Bit : size_t { kBooleanBit, kBigIntBit, kDoubleBit, kDateBit, kTimeBit, kTimestampBit, kTimestampTzBit, kUuidBit };

constexpr size_t kLongestTyped = 128;
constexpr size_t kMaxExampleBytes = 40;
constexpr size_t kShortestUuid = 32;
/// More significant digits than any double tells apart.
constexpr size_t kMaxDoubleDigits = 17;
/// Shortest digit string that, behind a plus sign, is a telephone number rather than a quantity.
constexpr size_t kPhoneDigits = 7;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

struct NumberShape {
  bool integer = false;
  bool loses_prefix = false;  ///< Leading zeros, or the plus sign of a telephone number.
  bool inexact = false;       ///< A double would not hold all of its digits.
  bool exponent = false;
  size_t whole_digits = 0;  ///< But for leading zeros.
  size_t scale = 0;         ///< Digits behind the point, but for trailing zeros.
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
    shape.exponent = true;
    ++i;
    if (i < text.size() && (text[i] == '+' || text[i] == '-')) ++i;
    if (i == text.size()) return std::nullopt;
    while (i < text.size() && IsDigit(text[i])) ++i;
  }
  if (i != text.size()) return std::nullopt;
  shape.loses_prefix = (whole.size() > 1 && whole[0] == '0') || (plus && shape.integer && whole.size() >= kPhoneDigits);
  shape.whole_digits = whole.size() - std::min(whole.find_first_not_of('0'), whole.size());
  shape.scale = fraction.find_last_not_of('0') + 1;
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

bool IsNumberInOtherForm(std::string_view value) {
  constexpr std::array<std::string_view, 3> kSigns = {"\u20ac", "\u00a3", "\u00a0"};  // Euro, pound, no-break space.
  const auto strip = [&](std::string_view around) {
    for (bool again = true; again && !value.empty();) {
      again = false;
      if (around.contains(value.front())) value.remove_prefix(1), again = true;
      if (!value.empty() && around.contains(value.back())) value.remove_suffix(1), again = true;
      for (const std::string_view sign : kSigns) {
        if (value.starts_with(sign)) value.remove_prefix(sign.size()), again = true;
        if (value.ends_with(sign)) value.remove_suffix(sign.size()), again = true;
      }
    }
  };
  const std::string_view whole = value;
  strip("+-()$% ");
  if (value.empty() || !IsDigit(value.front()) || !IsDigit(value.back())) return false;
  // Digits, and marks that stand alone between them.
  bool marks = false;
  for (size_t i = 1; i < value.size(); ++i) {
    if (IsDigit(value[i])) continue;
    size_t length = std::string_view(",.' _").contains(value[i]) ? 1 : 0;
    if (value.substr(i).starts_with(kSigns[2])) length = kSigns[2].size();
    if (length == 0 || !IsDigit(value[i + length])) return false;
    marks = marks || value[i] != '.';
    i += length - 1;
  }
  return marks || (value.size() != whole.size() && !ShapeOfNumber(whole)) || std::ranges::count(value, '.') > 1;
}

void ColumnInference::Add(std::string_view value, bool marks) {
  if (marks && IsNullMark(value)) {
    ++marks_[std::string(value)];
    return;
  }
  ++values_;
  std::array<bool, kKinds.size()> fits{};
  if (!value.empty() && value.size() <= kLongestTyped) {
    const char c = value[0];
    if (IsDigit(c) || c == '-' || c == '+' || c == '.') {
      if (const auto shape = ShapeOfNumber(value)) {
        ++numbers_;
        leading_zeros_ += shape->loses_prefix;
        inexact_ += shape->inexact;
        if (!shape->exponent && !shape->loses_prefix) {
          ++exact_numbers_;
          whole_digits_ = std::max(whole_digits_, shape->whole_digits);
          scale_ = std::max(scale_, shape->scale);
        }
        fits[kBigIntBit] = shape->integer && !shape->loses_prefix && Decodes(TypeKind::kBigInt, value);
        fits[kDoubleBit] =
            !shape->loses_prefix && !shape->inexact && (fits[kBigIntBit] || Decodes(TypeKind::kDouble, value));
      } else {
        // Of overlapping forms the narrower counts alone. Digits behind a date: none of these, told at once.
        const bool more = value.size() > 11 && value[4] == '-' && IsDigit(value[11]);
        fits[kDateBit] = !more && Decodes(TypeKind::kDate, value);
        fits[kTimeBit] = !more && !fits[kDateBit] && Decodes(TypeKind::kTime, value);
        fits[kTimestampBit] = !fits[kDateBit] && !fits[kTimeBit] && Decodes(TypeKind::kTimestamp, value);
        fits[kTimestampTzBit] =
            !fits[kDateBit] && !fits[kTimeBit] && !fits[kTimestampBit] && Decodes(TypeKind::kTimestampTz, value);
        fits[kUuidBit] = value.size() >= kShortestUuid && Decodes(TypeKind::kUuid, value);
      }
    } else {
      // "t" or "yes" as a BOOLEAN would lose how it was written.
      fits[kBooleanBit] = EqualsIgnoreCase(value, "true") || EqualsIgnoreCase(value, "false");
      fits[kUuidBit] = value.size() >= kShortestUuid && Decodes(TypeKind::kUuid, value);
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
  const bool typed = std::ranges::any_of(fits, [](bool fit) { return fit; });
  if (!typed && value.size() <= kLongestTyped && IsNumberInOtherForm(value) && other_forms_++ == 0) {
    other_form_ = std::string(value);
  }
  for (size_t i = 0; i < kKinds.size(); ++i) {
    fits_[i] += fits[i];
    if (!fits[i] && examples_[i].empty()) examples_[i] = std::string(value.substr(0, kMaxExampleBytes));
  }
}

// A date among timestamps is its midnight.
uint64_t ColumnInference::Fitting(size_t kind) const {
  return fits_[kind] + (kind == kTimestampBit && fits_[kTimestampBit] > 0 ? fits_[kDateBit] : 0);
}

uint64_t ColumnInference::NumbersLost(size_t kind) const {
  if (kind == kBigIntBit) return numbers_ + other_forms_ - fits_[kBigIntBit];
  return kind == kDoubleBit ? numbers_ + other_forms_ + not_finite_ - fits_[kDoubleBit] : 0;
}

// Integers, some of which no double holds, beside decimals.
std::optional<ColumnType> ColumnInference::WideDecimal(uint64_t tolerated) const {
  constexpr size_t kMostDigits = 38;
  if (inexact_ == 0 || leading_zeros_ > 0 || scale_ == 0 || whole_digits_ + scale_ > kMostDigits) return std::nullopt;
  if (2 * fits_[kBigIntBit] < values_ || exact_numbers_ + tolerated < values_) return std::nullopt;
  if (numbers_ + other_forms_ > exact_numbers_) return std::nullopt;
  return ColumnType{TypeKind::kDecimal, kMostDigits, static_cast<uint8_t>(scale_)};
}

Inference ColumnInference::Finish() const {
  Inference out;
  out.values = values_;
  for (const auto& [mark, count] : marks_) out.values += count;
  if (values_ == 0) return out;
  const auto finish = [&](const ColumnType& type, uint64_t misfits, const std::string& example) {
    out.type = type;
    out.null_marks = MarksFor(type);
    out.values = values_;
    out.misfits = misfits;
    if (misfits > 0) out.misfit_example = example;
    return out;
  };
  const uint64_t tolerated = ToleratedMisfits(values_);
  for (size_t i = 0; i < kKinds.size(); ++i) {
    const uint64_t misfits = values_ - Fitting(i);
    // Inexact numbers would be read, and changed: there is no tolerance for them.
    if (i == kDoubleBit && (inexact_ > 0 || fits_[i] == not_finite_)) continue;
    // A type that holds what a narrower one would send to quarantine is the column's.
    if (i == kBigIntBit && inexact_ == 0 && fits_[kDoubleBit] > fits_[kBigIntBit]) continue;
    if (i == kDateBit && fits_[kTimestampBit] > 0) continue;
    const bool changes_prefix = (i == kBigIntBit && Decodes(TypeKind::kBigInt, "007")) ||
                                (i == kDoubleBit && Decodes(TypeKind::kDouble, "007.5"));
    if (changes_prefix && leading_zeros_ > 0) continue;
    if (i == kBigIntBit && misfits > 0) {
      if (const auto decimal = WideDecimal(tolerated)) return finish(*decimal, values_ - exact_numbers_, examples_[i]);
    }
    if (misfits > tolerated || fits_[i] == 0) continue;
    if (NumbersLost(i) > 0) {
      out.other_form = other_form_;
      continue;
    }
    return finish({kKinds[i]}, misfits, examples_[i]);
  }
  if (leading_zeros_ == 0 && inexact_ == 0) return out;
  out.other_form.clear();
  out.keep_leading_zeros = leading_zeros_ > 0 && leading_zeros_ + fits_[kBigIntBit] + tolerated >= values_;
  out.too_many_digits = !out.keep_leading_zeros && inexact_ > 0 && fits_[kDoubleBit] + inexact_ + tolerated >= values_;
  return out;
}

std::vector<std::string> ColumnInference::MarksFor(const ColumnType& type) const {
  std::vector<std::string> marks;
  if (type.kind == TypeKind::kVarchar) return marks;
  for (const auto& [mark, count] : marks_) {
    if (!DecodeField(type, mark, nullptr)) marks.push_back(mark);
  }
  return marks;
}

}  // namespace calve::csv
