// One value of a primitive type, and its binary form in bounds (spec: Appendix D, "Binary single-value serialization").
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/error.h"
#include "iceberg/schema.h"

namespace calve::iceberg {

/// 128-bit integers, which ISO C++ has no name for.
__extension__ typedef __int128 Int128;
__extension__ typedef unsigned __int128 UInt128;

/// DECIMAL's unscaled value; its scale is the type's.
struct DecimalValue {
  Int128 unscaled = 0;
  friend bool operator==(const DecimalValue&, const DecimalValue&) = default;
};

/// null | boolean | int, date (days) | long, time, timestamp, timestamptz (all us) | float | double | decimal | string
/// (UTF-8), binary, fixed, uuid (16 bytes, big-endian).
using Literal = std::variant<std::monostate, bool, int32_t, int64_t, float, double, DecimalValue, std::string>;

/// The value's binary form under `type`. Null has none: kInternal.
Result<std::string> SerializeLiteral(const Type& type, const Literal& value);
/// And back. kCorrupt on a wrong length.
Result<Literal> DeserializeLiteral(const Type& type, std::string_view bytes);

/// A value from the text that DuckDB prints for its min / max statistics ("2015-01-31 10:00:00", "12.50", "true", uuid
/// text ...); nullopt when it cannot be read: the bound is then left out, which is always sound.
std::optional<Literal> LiteralFromText(const Type& type, std::string_view text);

/// Bounds of long strings and binaries cut to `length` code points / bytes (spec: write.metadata.metrics.default
/// truncate(16)): the lower bound simply cut, the upper bound cut and its last code point incremented (nullopt when
/// none can be). Other types are returned as they are.
std::string TruncateLowerBound(const Type& type, std::string_view value, int length);
std::optional<std::string> TruncateUpperBound(const Type& type, std::string_view value, int length);

/// A column's bounds in their binary form, each left out when it cannot be given soundly.
struct ColumnBounds {
  std::optional<std::string> lower;
  std::optional<std::string> upper;
};

/// Bounds from DuckDB's min / max text, cut to `length` (not at all when it is not positive). Sound for every reader: a
/// floating-point zero becomes -0.0 below and +0.0 above (the spec orders them, DuckDB does not), and uuids keep their
/// bounds only when min = max (readers differ in whether they compare them signed or unsigned).
ColumnBounds BoundsFromText(const Type& type, std::string_view min, std::string_view max, int length);

/// DECIMAL's unscaled value as the shortest two's-complement big-endian bytes.
std::string DecimalToBytes(Int128 unscaled);
/// And back, from at most 16 bytes; nullopt for none or more.
std::optional<Int128> DecimalFromBytes(std::string_view bytes);

/// "12.50" from 1250 and scale 2.
std::string DecimalToText(Int128 unscaled, int scale);
/// 16 bytes as 8-4-4-4-12 lower-case hexadecimal, and back (nullopt when it is not of that form).
std::string UuidToText(std::string_view bytes);
std::optional<std::string> UuidFromText(std::string_view text);

}  // namespace calve::iceberg
