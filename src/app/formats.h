// The source formats that there are: one line for each, here and nowhere else.
#pragma once

#include <memory>
#include <string>

#include "base/error.h"
#include "load/planner.h"
#include "transform/input.h"

namespace calve::app {

/// What planning needs of the engine and the formats. Thread-safe.
class PlanEngine {
 public:
  virtual ~PlanEngine() = default;
  virtual load::Reading reading() = 0;
};

/// `private_dir`: see DuckDbDescriber::Make.
Result<std::unique_ptr<PlanEngine>> MakePlanEngine(const std::string& private_dir);

/// Lives as long as the program.
const transform::InputFormats& AllInputFormats();

}  // namespace calve::app
