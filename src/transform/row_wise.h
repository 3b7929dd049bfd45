// Does SQL take its rows one by one, so that running it over each chunk by itself gives what it gives over the file?
#pragma once

#include <optional>
#include <string>

#include "base/error.h"
#include "base/json.h"

namespace calve::transform {

/// What in `plan`, DuckDB's (the array that EXPLAIN (FORMAT json) gives), makes a row of the result depend on other
/// rows of `chunk` than one, in words for a person; nullopt: nothing does. What is not known to take rows one by one is
/// taken not to.
std::optional<std::string> WhyNotRowWise(const Json& plan);

}  // namespace calve::transform
