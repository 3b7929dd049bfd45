// `calve run`: load files into a table.
#include <chrono>

#include "app/run.h"
#include "cli/commands.h"
#include "cli/hints.h"
#include "cli/run_reporter.h"
#include "cli/run_summary.h"
#include "cli/signals.h"

namespace calve::cli {
namespace {

/// Looked at by the signal handler, so it lives as long as the process.
CancelToken run_cancel;

std::string Named(const app::LoadReport& report) {
  const std::string& message = report.error->message;
  // Many messages begin with the source already.
  return message.find(LastPart(report.source)) != std::string::npos ? message : report.source + ": " + message;
}

}  // namespace

Result<int> RunCommand(Context& context) {
  const app::Settings& settings = context.config.settings;
  if (settings.table.empty()) {
    return Err(ErrorKind::kInvalidArgument, "which table? say --table NAMESPACE.TABLE, e.g. --table nyc.trips");
  }
  HandleInterrupts(&run_cancel);
  Clock& clock = SystemClock();
  const auto began = clock.Monotonic();
  CALVE_ASSIGN_OR_RETURN(const auto environment, app::Environment::Open(settings, /*create=*/true));
  RunReporter reporter(context.console, clock);
  CALVE_ASSIGN_OR_RETURN(const std::vector<app::LoadReport> reports,
                         app::RunLoads(*environment, context.line.arguments, reporter, run_cancel));
  context.console.ClearProgress();
  const double seconds = std::chrono::duration<double>(clock.Monotonic() - began).count();
  if (context.json()) {
    context.output.Write(RunToJson(reports, seconds).dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
  } else {
    context.output.Write(RunToText(reports, seconds));
  }
  for (const app::LoadReport& report : reports) {
    if (!report.error) continue;
    context.console.Error(Named(report));
    if (const std::string hint = HintFor(*report.error); !hint.empty()) context.console.Hint(hint);
  }
  return app::ExitCode(reports);
}

}  // namespace calve::cli
