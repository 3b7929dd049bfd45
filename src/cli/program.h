// The program without its process: arguments and environment in, streams and an exit code out.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "cli/console.h"

namespace calve::cli {

/// Runs what `arguments` (argv without the program's name) ask for. Exit codes: docs/exit-codes.md.
int RunProgram(const std::vector<std::string>& arguments,
               const std::vector<std::pair<std::string, std::string>>& environment, Console& console, Output& output);

}  // namespace calve::cli
