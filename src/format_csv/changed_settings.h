// What a user says now of a CSV that has been planned before, and that is not in that plan.
#pragma once

#include <string>
#include <vector>

#include "csv/sniff.h"

namespace calve::format_csv {

/// The flags that are said, and by which the rows would be others than by `dialect` and `columns`.
std::vector<std::string> ChangedSettings(const csv::SniffOverrides& said, const csv::Dialect& dialect,
                                         const std::vector<csv::Column>& columns);

}  // namespace calve::format_csv
