// A column's type from sampled values: the narrowest that loses nothing. docs/sniffing.md lists the rules.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "csv/dialect.h"

namespace calve::csv {

/// Unquoted texts that mean "no value" to a person when they stand in an otherwise typed column.
inline constexpr std::array<std::string_view, 4> kNullTokens = {"NULL", "null", "N/A", "NA"};

/// Which of kNullTokens count as null.
using NullTokenSet = std::array<bool, kNullTokens.size()>;

struct Inference {
  ColumnType type;
  bool keep_leading_zeros = false;
  bool too_many_digits = false;  ///< VARCHAR because DOUBLE would lose digits.
  uint64_t values = 0;           ///< Not null.
  uint64_t misfits = 0;          ///< Values that are none of `type`: their records will go to quarantine.
  std::string misfit_example;
  bool double_fits_all = false;  ///< A BIGINT whose misfits are decimal numbers.
};

/// So many of `values` may fail to fit a type without changing it: one in a hundred, and one from 50 values on.
uint64_t ToleratedMisfits(uint64_t values);

/// Collects a column's sampled values. Not thread-safe.
class ColumnInference {
 public:
  /// A value that is not null.
  void Add(std::string_view value, bool quoted);
  void AddNull() { ++nulls_; }

  /// The type, `tokens` being null.
  Inference Finish(const NullTokenSet& tokens) const;

  uint64_t values() const { return values_; }
  uint64_t token_count(size_t token) const { return tokens_[token]; }
  size_t max_length() const { return max_length_; }

  /// The kinds that sniffing finds, narrowest first; INTEGER and DECIMAL only come from overrides, since a sample
  /// cannot promise 32 bits or a scale.
  static constexpr std::array<TypeKind, 8> kKinds = {TypeKind::kBoolean,     TypeKind::kBigInt, TypeKind::kDouble,
                                                     TypeKind::kDate,        TypeKind::kTime,   TypeKind::kTimestamp,
                                                     TypeKind::kTimestampTz, TypeKind::kUuid};

 private:
  uint64_t values_ = 0;
  uint64_t nulls_ = 0;
  uint64_t leading_zeros_ = 0;  ///< Numbers that would lose their zeros or their plus sign.
  uint64_t inexact_ = 0;        ///< Numbers that a double does not hold.
  uint64_t not_finite_ = 0;     ///< NaN, infinity.
  size_t max_length_ = 0;
  std::array<uint64_t, kNullTokens.size()> tokens_{};
  std::array<uint64_t, kKinds.size()> fits_{};
  std::array<std::string, kKinds.size()> examples_;
};

}  // namespace calve::csv
