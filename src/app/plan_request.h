// What the settings ask of the planner.
#pragma once

#include <string>

#include "app/settings.h"
#include "base/error.h"
#include "load/planner.h"

namespace calve::app {

/// kInvalidArgument when no table is named, or the settings contradict each other.
Result<load::PlanRequest> MakePlanRequest(const Settings& settings, const std::string& source);

}  // namespace calve::app
