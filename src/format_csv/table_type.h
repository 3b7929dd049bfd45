// Types of a table's columns as types to read text by.
#pragma once

#include <optional>

#include "csv/dialect.h"
#include "iceberg/schema.h"

namespace calve::format_csv {

/// The type to read by where the table's column is `type`; nullopt: text cannot have it (nested, binary, fixed).
std::optional<csv::ColumnType> CsvTypeOf(const iceberg::Type& type);

}  // namespace calve::format_csv
