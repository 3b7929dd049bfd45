#include "app/lazy_intake.h"

#include <utility>

#include "app/plan_request.h"

namespace calve::app {

Result<Intake*> LazyIntake::Get() {
  const std::lock_guard lock(mutex_);
  if (!intake_) {
    CALVE_ASSIGN_OR_RETURN(engine_, environment_.MakeEngine());
    intake_ = std::make_unique<Intake>(
        environment_.context(), environment_.ledger(), engine_->reading(), consumer_,
        [this](const std::string& uri) { return MakePlanRequest(environment_.settings(), uri); });
  }
  return intake_.get();
}

IntakeResult LazyIntake::Handle(std::string_view body, const CancelToken& cancel) {
  const Result<Intake*> intake = Get();
  if (intake.has_value()) return (*intake)->Handle(body, cancel);
  IntakeResult result;
  result.answer = load::Handled::Answer::kRetry;
  result.kind = intake.error().kind;
  result.reason = intake.error().message;
  return result;
}

}  // namespace calve::app
