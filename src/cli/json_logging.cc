#include "cli/json_logging.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <utility>

#include "base/json_log.h"

namespace calve::cli {

void LogJson(Verbosity verbosity) {
  auto logger = MakeJsonLogger(std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_level(verbosity == Verbosity::kVerbose ? spdlog::level::debug
                    : verbosity == Verbosity::kQuiet ? spdlog::level::err
                                                     : spdlog::level::info);
  spdlog::set_default_logger(std::move(logger));
}

}  // namespace calve::cli
