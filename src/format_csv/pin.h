// What a plan holds of a CSV: the dialect in its pin, and of each column what name and type do not say.
#pragma once

#include <span>
#include <vector>

#include "base/error.h"
#include "csv/dialect.h"
#include "load/plan.h"

namespace calve::format_csv {

inline constexpr std::string_view kName = "csv";

Json MakePin(const csv::Dialect& dialect);
std::vector<load::SourceColumn> MakeColumns(std::span<const csv::Column> columns);

/// The other way round. kCorrupt.
Result<csv::Dialect> DialectOf(const load::Plan& plan);
Result<std::vector<csv::Column>> ColumnsOf(const load::Plan& plan);

}  // namespace calve::format_csv
