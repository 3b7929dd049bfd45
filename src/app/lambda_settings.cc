#include "app/lambda_settings.h"

#include <algorithm>
#include <string>

#include "base/whole_number.h"

namespace calve::app {
namespace {

constexpr uint64_t kMegabytesOfOneCpu = 1769;
constexpr uint64_t kMaxCpus = 6;

}  // namespace

void ApplyLambdaDefaults(Settings& settings, const aws::Environment& environment) {
  if (settings.scratch.empty()) settings.scratch = "/tmp/calve";
  const std::string text = aws::EnvironmentValue(environment, "AWS_LAMBDA_FUNCTION_MEMORY_SIZE");
  const uint64_t megabytes = WholeNumber<uint64_t>(text).value_or(0);
  if (megabytes == 0) return;
  // A share of a CPU more than whole ones still helps a second thread while the first one waits for S3.
  if (settings.threads == 0) {
    settings.threads =
        static_cast<int>(std::clamp<uint64_t>((megabytes + kMegabytesOfOneCpu / 2) / kMegabytesOfOneCpu, 1, kMaxCpus));
  }
  // DuckDB's share; the rest is the reader's buffers, the parts of S3 objects under way, and the program.
  if (settings.memory_limit_bytes == 0) settings.memory_limit_bytes = (megabytes << 20U) / 2;
}

}  // namespace calve::app
