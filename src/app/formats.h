// The source formats that there are: one line for each, here and nowhere else.
#pragma once

#include <memory>
#include <string>

#include "base/error.h"
#include "load/planner.h"
#include "transform/describer.h"
#include "transform/input.h"

namespace calve::app {

/// What planning needs of the engine and the formats. Thread-safe.
class PlanEngine {
 public:
  /// `private_dir`: see DuckDbDescriber::Make.
  static Result<std::unique_ptr<PlanEngine>> Make(const std::string& private_dir);

  load::Reading reading() { return {formats_, *describer_}; }

 private:
  explicit PlanEngine(std::unique_ptr<transform::DuckDbDescriber> describer);

  std::unique_ptr<transform::DuckDbDescriber> describer_;
  load::SourceFormats formats_;
};

/// Lives as long as the program.
const transform::InputFormats& AllInputFormats();

}  // namespace calve::app
