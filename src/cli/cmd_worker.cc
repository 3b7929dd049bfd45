// `calve worker`: plan and consume until told to stop.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "app/health_server.h"
#include "app/work_log.h"
#include "app/work_metrics.h"
#include "app/worker.h"
#include "cli/commands.h"
#include "cli/json_logging.h"
#include "cli/signals.h"

namespace calve::cli {
namespace {

/// Looked at by the signal handler, so it lives as long as the process.
CancelToken worker_stop;
/// The queues' calls look at it, from threads that may outlive a command that fails.
CancelToken worker_gives_up;

}  // namespace

Result<int> WorkerCommand(Context& context) {
  const app::Settings& settings = context.config.settings;
  if (settings.table.empty() && settings.role != app::Role::kConsume) {
    return Err(ErrorKind::kInvalidArgument,
               "which table? say --table NAMESPACE.TABLE; only --role consume can do without");
  }
  LogJson(context.console.verbosity());
  HandleInterrupts(&worker_stop);
  CALVE_ASSIGN_OR_RETURN(const auto environment, app::Environment::Open(settings, /*create=*/true));
  const queue::Stops stops{.receive = &worker_stop, .calls = &worker_gives_up};
  CALVE_ASSIGN_OR_RETURN(app::OpenQueue chunks, environment->OpenChunkQueue(stops));
  app::OpenQueue events;
  if (settings.role != app::Role::kConsume) {
    CALVE_ASSIGN_OR_RETURN(events, environment->OpenEventQueue(stops));
  }
  app::WorkLog log;
  app::WorkMetrics metrics;
  app::WorkObservers observers({&log, &metrics});
  CALVE_ASSIGN_OR_RETURN(const std::unique_ptr<app::Worker> worker,
                         app::Worker::Make(*environment, std::move(chunks), std::move(events), observers));
  std::unique_ptr<app::HealthServer> health;
  if (!settings.listen.empty()) {
    CALVE_ASSIGN_OR_RETURN(health, app::HealthServer::Start(
                                       settings.listen, {[&] { return worker->fit(); }, [&] { return worker->ready(); },
                                                         [&] { return metrics.Text(worker->ready()); }}));
    spdlog::info("health and metrics on port {}", health->port());
  }
  spdlog::info("worker begins: {} threads, warehouse {}", settings.Threads(), environment->warehouse_uri());
  const Status worked = worker->Run(worker_stop, worker_gives_up);
  spdlog::info("worker ends: {}", worker->left_in_hand() ? "what a queue took no answer for comes back by itself"
                                                         : "nothing is left in hand");
  if (!worked.has_value()) return WithContext(worked.error(), "this worker takes no more");
  return 0;
}

}  // namespace calve::cli
