// Typed decoding of one field, strictly: the whole text is the value, or it is not one. docs/reading-rules.md lists the
// forms.
#pragma once

#include <cstddef>
#include <string_view>

#include "csv/dialect.h"

namespace calve::csv {

/// Whether `text` (unquoted, unescaped, not null) is a value of `type` in one of the accepted forms; the one definition
/// that sniffing and reading share. When `out` is not null the physical value (ColumnType's comment) is stored there;
/// VARCHAR takes anything and stores nothing. No rounding, no truncation, no guess: "1.7" is no BIGINT, "2015-01-01
/// 10:00" no DATE, a DECIMAL with more digits behind the point than its scale is none (trailing zeros excepted).
bool DecodeField(const ColumnType& type, std::string_view text, void* out);

/// Bytes of one physical value in a vector of `type`: 1, 2, 4, 8 or 16.
size_t PhysicalSize(const ColumnType& type);

}  // namespace calve::csv
