// Booleans and UUIDs as text, inlined into the reader's column loops.
#pragma once

#include <cstddef>
#include <cstdint>

#include "csv/int128.h"

namespace calve::csv {

namespace detail {
/// 36 bytes "8-4-4-4-12".
bool DecodeUuidText(const char* p, Int128* out);
}  // namespace detail

/// true, false, t, f in any case.
inline bool DecodeBoolean(const char* p, size_t n, uint8_t* out) {
  const auto lower = [p](size_t i) { return static_cast<char>(p[i] | 0x20); };
  if (n == 1 || n == 4) {
    *out = 1;
    if (lower(0) == 't') return n == 1 || (lower(1) == 'r' && lower(2) == 'u' && lower(3) == 'e');
  }
  *out = 0;
  if (n == 1) return lower(0) == 'f';
  return n == 5 && lower(0) == 'f' && lower(1) == 'a' && lower(2) == 'l' && lower(3) == 's' && lower(4) == 'e';
}

/// Hexadecimal digits in groups of 8-4-4-4-12 (RFC 9562 section 4); the top bit comes out flipped, as DuckDB stores it.
inline bool DecodeUuid(const char* p, size_t n, Int128* out) { return n == 36 && detail::DecodeUuidText(p, out); }

}  // namespace calve::csv
