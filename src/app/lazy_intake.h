// An intake that is made when it is first needed: a consumer that never sees a message for it does not pay for it.
#pragma once

#include <memory>
#include <mutex>

#include "app/environment.h"
#include "app/formats.h"
#include "app/intake.h"
#include "load/consumer.h"

namespace calve::app {

/// Thread-safe. Plans as the environment's settings ask.
class LazyIntake {
 public:
  LazyIntake(Environment& environment, load::Consumer& consumer) : environment_(environment), consumer_(consumer) {}

  /// The same one every time. Errors are those of making a describer.
  Result<Intake*> Get();
  /// Intake::Handle; what keeps it from being made is the answer, to be tried again.
  IntakeResult Handle(std::string_view body, const CancelToken& cancel);

 private:
  Environment& environment_;
  load::Consumer& consumer_;
  std::mutex mutex_;
  std::unique_ptr<PlanEngine> engine_;  ///< Guarded by mutex_, as is intake_.
  std::unique_ptr<Intake> intake_;
};

}  // namespace calve::app
