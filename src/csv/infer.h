// A column's type from sampled values: the narrowest that loses nothing. docs/sniffing.md lists the rules.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "csv/dialect.h"

namespace calve::csv {

struct Inference {
  ColumnType type;
  bool keep_leading_zeros = false;
  bool too_many_digits = false;  ///< VARCHAR because DOUBLE would lose digits.
  std::string other_form;        ///< VARCHAR because of numbers in a form that is not read, e.g. this one: "1,134".
  uint64_t values = 0;           ///< Not null.
  uint64_t misfits = 0;          ///< Values that are none of `type`: their records will go to quarantine.
  std::string misfit_example;
  std::vector<std::string> null_marks;  ///< Seen marks (IsNullMark) that are null, as the column is typed but for them.
};

/// Whether `value` is how people write a number, but no number that a decoder reads: with thousands marks, a decimal
/// comma, a currency, percent, brackets, a sign behind.
bool IsNumberInOtherForm(std::string_view value);

/// So many of `values` may fail to fit a type without changing it: one in a hundred, and one from 50 values on.
uint64_t ToleratedMisfits(uint64_t values);

/// Collects a column's sampled values. Not thread-safe.
class ColumnInference {
 public:
  /// A value that is not null; with `marks` it may be one of the marks that are null in typed columns.
  void Add(std::string_view value, bool marks);

  bool empty() const { return values_ == 0 && marks_.empty(); }
  /// The type, and which marks are null for it.
  Inference Finish() const;
  /// The marks that were seen, as a column of type `type` has them for null: those that are no values of it.
  std::vector<std::string> MarksFor(const ColumnType& type) const;

  /// The kinds that sniffing finds, narrowest first, and DECIMAL for integers beside decimals that a DOUBLE would not
  /// hold. INTEGER only comes from overrides, since a sample cannot promise 32 bits.
  static constexpr std::array<TypeKind, 8> kKinds = {TypeKind::kBoolean,     TypeKind::kBigInt, TypeKind::kDouble,
                                                     TypeKind::kDate,        TypeKind::kTime,   TypeKind::kTimestamp,
                                                     TypeKind::kTimestampTz, TypeKind::kUuid};

 private:
  uint64_t Fitting(size_t kind) const;
  /// Numbers that type `kind` would send to quarantine: for these there is no tolerance. A word among numbers is a
  /// mistake; a number is what the column is of.
  uint64_t NumbersLost(size_t kind) const;
  std::optional<ColumnType> WideDecimal(uint64_t tolerated) const;

  uint64_t values_ = 0;         ///< But for marks.
  uint64_t leading_zeros_ = 0;  ///< Numbers that would lose their zeros or their plus sign.
  uint64_t inexact_ = 0;        ///< Numbers that a double does not hold.
  uint64_t not_finite_ = 0;     ///< NaN, infinity.
  uint64_t exact_numbers_ = 0;  ///< Without an exponent.
  uint64_t numbers_ = 0;        ///< Of any shape that a decoder knows.
  uint64_t other_forms_ = 0;    ///< IsNumberInOtherForm.
  std::string other_form_;      ///< The first of them.
  size_t whole_digits_ = 0;     ///< Of these: the most in front of the point,
  size_t scale_ = 0;            ///< and behind it.
  std::map<std::string, uint64_t, std::less<>> marks_;
  std::array<uint64_t, kKinds.size()> fits_{};
  std::array<std::string, kKinds.size()> examples_;
};

}  // namespace calve::csv
