// Programs that print credentials.
#pragma once

#include <chrono>
#include <string>

#include "base/error.h"

namespace calve::aws {

/// Runs `command` by /bin/sh and returns what it printed on stdout (at most 1 MiB); its stderr is ours. kUnavailable
/// when it fails or is not done in time: it and what it started are killed then.
Result<std::string> RunCommand(const std::string& command, std::chrono::milliseconds time_limit);

}  // namespace calve::aws
