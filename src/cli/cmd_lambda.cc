// `calve lambda`: the process that Lambda starts as `bootstrap`.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <cstdio>
#include <cstdlib>

#include "app/cloud.h"
#include "app/emf_log.h"
#include "app/lambda_handler.h"
#include "app/lambda_settings.h"
#include "app/work_log.h"
#include "aws/environment.h"
#include "cli/commands.h"
#include "cli/json_logging.h"
#include "cli/signals.h"
#include "http/curl_transport.h"
#include "lambda/runtime_loop.h"

namespace calve::cli {
namespace {

/// Looked at by the signal handler, so it lives as long as the process.
CancelToken lambda_stop;

constexpr const char* kRuntimeApi = "AWS_LAMBDA_RUNTIME_API";

/// "arn:aws:sqs:eu-west-1:123456789012:chunks" -> the queue's name.
Result<std::string> QueueNameOf(std::string_view arn) {
  const size_t colon = arn.rfind(':');
  if (!arn.starts_with("arn:") || arn.find(":sqs:") == std::string_view::npos || colon + 1 >= arn.size()) {
    return Err(ErrorKind::kInvalidArgument, fmt::format("{} is no SQS queue's ARN", arn));
  }
  return std::string(arn.substr(colon + 1));
}

}  // namespace

void ReportLambdaInitError(const Error& error) {
  const std::string api = aws::EnvironmentValue(aws::ProcessEnvironment(), kRuntimeApi);
  if (api.empty()) return;
  const auto transport = http::CurlTransport::Make();
  if (!transport.has_value()) return;
  lambda::RuntimeLoop loop(**transport, SystemClock(), SystemRng(), {.api = api});
  // The caller prints the error and ends with its code, whether Lambda took it or not.
  static_cast<void>(loop.ReportInitError(error));
}

Result<int> LambdaCommand(Context& context) {
  const aws::Environment variables = aws::ProcessEnvironment();
  app::Settings settings = context.config.settings;
  app::ApplyLambdaDefaults(settings, variables);
  LogJson(context.console.verbosity());
  const std::string api = aws::EnvironmentValue(variables, kRuntimeApi);
  if (api.empty()) {
    return Err(
        ErrorKind::kInvalidArgument,
        fmt::format("{} is not set: calve lambda is what AWS Lambda starts; elsewhere, calve worker does the same",
                    kRuntimeApi));
  }
  if (settings.table.empty() && settings.role != app::Role::kConsume) {
    return Err(ErrorKind::kInvalidArgument, "which table? set CALVE_TABLE to NAMESPACE.TABLE");
  }
  if (settings.queue.empty()) {
    return Err(ErrorKind::kInvalidArgument, "which queue has the chunks? set CALVE_QUEUE to its URL");
  }
  HandleInterrupts(&lambda_stop);
  CALVE_ASSIGN_OR_RETURN(const auto environment, app::Environment::Open(settings, /*create=*/true));
  CALVE_ASSIGN_OR_RETURN(app::OpenQueue chunks, environment->OpenChunkQueue({}));
  app::WorkLog log;
  app::EmfLog metrics(stdout, aws::EnvironmentValue(variables, "AWS_LAMBDA_FUNCTION_NAME"), environment->clock());
  app::WorkObservers observers({&log, &metrics});
  CALVE_ASSIGN_OR_RETURN(const std::unique_ptr<app::LambdaHandler> handler,
                         app::LambdaHandler::Make(
                             *environment, std::move(chunks),
                             [&](std::string_view arn) -> Result<app::OpenQueue> {
                               CALVE_ASSIGN_OR_RETURN(const std::string name, QueueNameOf(arn));
                               return environment->OpenSqs(name, {});
                             },
                             observers));
  CALVE_ASSIGN_OR_RETURN(app::Cloud * cloud, environment->cloud());
  lambda::RuntimeLoop loop(cloud->transport(), environment->clock(), environment->rng(), {.api = api});
  // What went wrong is in the log already; Lambda starts a new process.
  return loop.Run(*handler, lambda_stop).has_value() ? 0 : 1;
}

}  // namespace calve::cli
