// What to do about an error: the second line under it.
#pragma once

#include <string>

#include "base/error.h"

namespace calve::cli {

/// Empty when the message says it all.
std::string HintFor(const Error& error);

}  // namespace calve::cli
