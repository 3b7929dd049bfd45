// A Lambda runtime whose handler does what the event says: drives the loop over a real connection, for check_lambda.py.
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/rng.h"
#include "http/curl_transport.h"
#include "lambda/runtime_loop.h"
#include "lambda/sqs_event.h"

namespace calve::lambda {
namespace {

CancelToken stop_token;

extern "C" void OnTerminate(int /*signal*/) { stop_token.Cancel(); }

class ToolHandler final : public Handler {
 public:
  std::optional<Error> Unfit() const override { return std::nullopt; }
  Result<std::string> Handle(const Invocation& invocation, const CancelToken& stop) override {
    CALVE_ASSIGN_OR_RETURN(const SqsBatch batch, ParseSqsEvent(invocation.payload));
    if (batch.from_queue) {  // Fails what it cannot read, and what says "fail".
      std::vector<std::string> failed;
      for (const BadSqsRecord& bad : batch.bad) failed.push_back(bad.message_id);
      for (const SqsRecord& record : batch.records) {
        if (record.body == "fail") failed.push_back(record.message_id);
      }
      return BatchAnswer(failed);
    }
    CALVE_ASSIGN_OR_RETURN(const Json event, ParseJson(invocation.payload, "event"));
    CALVE_ASSIGN_OR_RETURN(const std::string what, JsonGet<std::string>(event, "do"));
    if (what == "fail") return Err(ErrorKind::kBadData, "told to fail \xFF");
    if (what == "throw") throw std::runtime_error("told to throw");
    if (what == "exit") _exit(3);
    if (what == "hang") {
      while (true) pause();
    }
    if (what == "await-stop") {
      CALVE_ASSIGN_OR_RETURN(const std::string fifo, JsonGet<std::string>(event, "fifo"));
      if (FILE* const begun = std::fopen(fifo.c_str(), "w"); begun != nullptr) (void)std::fclose(begun);
      while (!stop.cancelled()) SystemClock().SleepFor(std::chrono::milliseconds(5));
      return std::string(R"("stopped")");
    }
    if (what == "big") return std::string(7U << 20U, ' ');
    Json answer;
    answer["event"] = event;
    answer["pid"] = getpid();
    answer["arn"] = invocation.function_arn;
    answer["remaining_ms"] =
        std::chrono::duration_cast<std::chrono::milliseconds>(invocation.deadline - SystemClock().Monotonic()).count();
    const char* trace = std::getenv("_X_AMZN_TRACE_ID");
    answer["trace"] = trace != nullptr ? trace : "";
    return JsonText(answer);
  }
};

int Main() {
  struct sigaction action{};
  action.sa_handler = OnTerminate;
  sigaction(SIGTERM, &action, nullptr);
  const char* const api = std::getenv("AWS_LAMBDA_RUNTIME_API");
  auto transport = http::CurlTransport::Make();
  if (api == nullptr || !transport.has_value()) return 2;
  RuntimeLoop loop(**transport, SystemClock(), SystemRng(), {.api = api});
  if (const char* const problem = std::getenv("LAMBDA_TOOL_INIT_ERROR"); problem != nullptr) {
    (void)loop.ReportInitError({ErrorKind::kInvalidArgument, problem});
    return 1;
  }
  ToolHandler handler;
  return loop.Run(handler, stop_token).has_value() ? 0 : 1;
}

}  // namespace
}  // namespace calve::lambda

int main() { return calve::lambda::Main(); }
