// What a user says now of a source that has been planned before, and that is not in that plan.
#pragma once

#include <string>
#include <vector>

#include "load/planner.h"

namespace calve::load {

/// The flags whose settings `request` gives, and by which the source's rows would be others than by `standing`. What is
/// not said counts as what the plan has, but for SQL.
std::vector<std::string> ChangedSettings(const PlanRequest& request, const Plan& standing);

}  // namespace calve::load
