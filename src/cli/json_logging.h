// The log of what machines watch: lines of JSON on stderr.
#pragma once

#include "cli/console.h"

namespace calve::cli {

/// Makes spdlog's default logger such a one.
void LogJson(Verbosity verbosity);

}  // namespace calve::cli
