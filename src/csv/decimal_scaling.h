// An integer over a power of ten as the nearest double. Internal linkage throughout: this is also part of files that
// are compiled for newer processors, whose code must not be picked for older ones.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "csv/int128.h"

namespace calve::csv {
namespace {

/// 10^-f is just above reciprocal * 2^-(63 + exponent), the reciprocal's top bit being set.
struct PowerReciprocal {
  uint64_t reciprocal;
  int64_t exponent;
};

inline constexpr size_t kMostScaledDigits = 16;

struct ReciprocalTable {
  PowerReciprocal entries[kMostScaledDigits + 1];
};

constexpr ReciprocalTable MakeReciprocals() {
  ReciprocalTable table{};
  uint64_t power = 1;
  for (size_t f = 0; f <= kMostScaledDigits; ++f, power *= 10) {
    int64_t exponent = 0;
    while ((Uint128{1} << exponent) < power) ++exponent;
    table.entries[f] = PowerReciprocal{static_cast<uint64_t>((Uint128{1} << (63 + exponent)) / power), exponent};
  }
  return table;
}

inline constexpr ReciprocalTable kReciprocals = MakeReciprocals();

/// Stores |value| = mantissa / 10^fraction (fraction <= kMostScaledDigits), correctly rounded, with a sign. One
/// multiplication in place of a division, good for more than 53 bits; false when its error, less than one unit of 64
/// bits, leaves the rounding open (about once in 500). Free of branches.
inline bool ScaleDecimal(uint64_t mantissa, size_t fraction, bool negative, double* out) {
  const PowerReciprocal& power = kReciprocals.entries[fraction];
  const uint64_t nonzero = mantissa != 0 ? ~uint64_t{0} : 0;
  const int leading = __builtin_clzll(mantissa | 1U);
  const auto high = static_cast<uint64_t>((static_cast<Uint128>(mantissa << leading) * power.reciprocal) >> 64U);
  const auto dropped = static_cast<int64_t>(10 + (high >> 63U));  // Of the 63 or 64 bits, 53 are kept.
  const uint64_t half = uint64_t{1} << (dropped - 1);
  const uint64_t below = high & (2 * half - 1);
  const uint64_t kept = (high + half) >> dropped;
  const int64_t exponent =
      dropped + 1 - leading - power.exponent + 1075 - 1;  // Its bit 52 adds the one that is left out.
  uint64_t bits = ((static_cast<uint64_t>(exponent) << 52U) + kept) & nonzero;
  bits |= static_cast<uint64_t>(negative) << 63U;
  std::memcpy(out, &bits, sizeof(bits));
  return (below + 1 - half > 1) | (nonzero == 0);
}

}  // namespace
}  // namespace calve::csv
