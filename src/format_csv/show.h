// How a CSV is written, in words.
#pragma once

#include <string>

#include "csv/dialect.h"

namespace calve::format_csv {

/// "delimiter ',', quote '"' (doubled within), lines end with LF, utf-8, header".
std::string DialectText(const csv::Dialect& dialect);
/// What `calve plan` says beside a column; may be empty.
std::string ColumnNote(const csv::Column& column);

}  // namespace calve::format_csv
