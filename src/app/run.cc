#include "app/run.h"

#include <algorithm>
#include <utility>

#include "app/load_runner.h"
#include "app/plan_request.h"
#include "store/glob.h"
#include "store/local_path.h"

namespace calve::app {
namespace {

Result<std::vector<std::string>> Expand(Environment& environment, const std::vector<std::string>& sources) {
  CALVE_ASSIGN_OR_RETURN(std::vector<std::string> expanded, store::ExpandSources(environment.store(), sources));
  return expanded;
}

LoadReport Failed(const std::string& source, const std::string& table, Error error) {
  LoadReport report;
  report.source = source;
  report.table = table;
  report.status = error.kind == ErrorKind::kCancelled ? "interrupted" : "failed";
  report.error = std::move(error);
  return report;
}

}  // namespace

Result<std::vector<LoadReport>> RunLoads(Environment& environment, const std::vector<std::string>& sources,
                                         RunObserver& observer, const CancelToken& cancel) {
  CALVE_ASSIGN_OR_RETURN(const std::vector<std::string> expanded, Expand(environment, sources));
  // What does not depend on a source is checked before any is begun.
  CALVE_RETURN_IF_ERROR(MakePlanRequest(environment.settings(), ""));
  environment.CleanScratch();
  CALVE_ASSIGN_OR_RETURN(const std::unique_ptr<PlanEngine> engine, environment.MakeEngine());
  CALVE_ASSIGN_OR_RETURN(const std::unique_ptr<ProcessorPool> processors, ProcessorPool::Make(environment));
  std::vector<LoadReport> reports;
  for (const std::string& source : expanded) {
    const auto began = environment.clock().Monotonic();
    CALVE_ASSIGN_OR_RETURN(load::PlanRequest request, MakePlanRequest(environment.settings(), source));
    LoadRunner runner(environment, engine->reading(), *processors, observer);
    Result<LoadReport> result =
        cancel.cancelled() ? Err(ErrorKind::kCancelled, "stopped before it was begun") : runner.Run(request, cancel);
    LoadReport report = result.has_value() ? std::move(result).value()
                                           : Failed(source, environment.settings().table, std::move(result).error());
    report.seconds = std::chrono::duration<double>(environment.clock().Monotonic() - began).count();
    observer.OnLoad(report);
    reports.push_back(std::move(report));
  }
  return reports;
}

Result<std::vector<std::pair<std::string, load::Planned>>> PlanLoads(Environment& environment,
                                                                     const std::vector<std::string>& sources,
                                                                     const CancelToken& cancel) {
  CALVE_ASSIGN_OR_RETURN(const std::vector<std::string> expanded, Expand(environment, sources));
  CALVE_ASSIGN_OR_RETURN(const std::unique_ptr<PlanEngine> engine, environment.MakeEngine());
  load::Planner planner(environment.context(), environment.ledger(), engine->reading());
  std::vector<std::pair<std::string, load::Planned>> plans;
  for (const std::string& source : expanded) {
    CALVE_ASSIGN_OR_RETURN(load::PlanRequest request, MakePlanRequest(environment.settings(), source));
    request.dry_run = true;
    CALVE_ASSIGN_OR_RETURN(load::Planned planned, planner.MakePlan(request, cancel));
    plans.emplace_back(source, std::move(planned));
  }
  return plans;
}

int ExitCode(const Error& error) {
  switch (error.kind) {
    case ErrorKind::kInvalidArgument:
      return 2;
    case ErrorKind::kUnprovable:
      return 3;
    case ErrorKind::kCancelled:
      return 130;
    default:
      return 1;
  }
}

int ExitCode(const std::vector<LoadReport>& reports) {
  int code = 0;
  for (const LoadReport& report : reports) {
    if (!report.error) continue;
    const int one = ExitCode(*report.error);
    // Of several, the one that wants a person most: unprovable, interrupted, failed, usage.
    const auto rank = [](int c) { return c == 3 ? 4 : c == 130 ? 3 : c == 1 ? 2 : c == 2 ? 1 : 0; };
    if (rank(one) > rank(code)) code = one;
  }
  return code;
}

}  // namespace calve::app
