// The process that Lambda starts as `bootstrap`: asks for invocations, hands them to a handler, posts what it says.
// Spec: "Using the Lambda runtime API for custom runtimes", AWS documentation, version 2018-06-01.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/backoff.h"
#include "base/cancel.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/rng.h"
#include "http/transport.h"

namespace calve::lambda {

struct Invocation {
  std::string request_id;    ///< Lambda-Runtime-Aws-Request-Id: one per invocation; the same when Lambda retries one.
  std::string function_arn;  ///< Lambda-Runtime-Invoked-Function-Arn; may be empty.
  std::string trace_id;      ///< Lambda-Runtime-Trace-Id; may be empty.
  /// The root of all deadlines of this invocation: Lambda-Runtime-Deadline-Ms less the margin, on the monotonic clock.
  Deadline deadline = kNoDeadline;
  std::string payload;  ///< The event, as it came. Never logged.
};

/// What is done with an invocation.
class Handler {
 public:
  virtual ~Handler() = default;
  /// The answer, JSON text. An error becomes the invocation's error: kind and message are shown to the invoker and in
  /// Lambda's own log, so neither holds a payload. Called on the loop's thread, one at a time. `stop` is set when the
  /// process is being ended (a fraction of a second is left): give back what cannot be finished.
  virtual Result<std::string> Handle(const Invocation& invocation, const CancelToken& stop) = 0;
  /// Why this process can do no more work (its /tmp is full), or nullopt. Asked after each invocation.
  virtual std::optional<Error> Unfit() const = 0;
};

struct RuntimeOptions {
  std::string api;  ///< $AWS_LAMBDA_RUNTIME_API: "127.0.0.1:9001".
  /// Between the handler's deadline and Lambda's: enough to give work back and to post the answer. Of a short remaining
  /// time at most half is taken.
  std::chrono::milliseconds deadline_margin{2'000};
  /// For posting results and for asking again when no answer came. In all about two seconds.
  BackoffPolicy retries{
      .max_retries = 5, .min_wait = std::chrono::milliseconds(50), .max_wait = std::chrono::milliseconds(800)};
};

/// Not thread-safe: one per process. Logs through spdlog's default logger, with the request id in the log context.
class RuntimeLoop {
 public:
  RuntimeLoop(http::Transport& transport, Clock& clock, Rng& rng, RuntimeOptions options);

  /// Serves until `stop` is set: then OK, a result in hand posted first. Otherwise an error, already logged, after
  /// which the process must end with a non-zero code, for Lambda to start a new one: the API refused or stayed
  /// unreachable, a result could not be posted, the handler threw or is unfit (its answer posted first: a new
  /// environment has an empty /tmp). An error that Handle returns is no such thing. Sets _X_AMZN_TRACE_ID in the
  /// environment before each Handle: no other thread may be reading the environment then.
  Status Run(Handler& handler, const CancelToken& stop);

  /// Instead of Run, when the process cannot begin (configuration, credentials): Lambda shows `error` to the invoker.
  /// The process then ends with a non-zero code, whatever is returned.
  Status ReportInitError(const Error& error);

 private:
  Result<Invocation> Next(const CancelToken& stop);
  Result<Invocation> ReadInvocation(http::Response response);
  Status Serve(Handler& handler, const Invocation& invocation, const CancelToken& stop);
  Status PostResponse(const Invocation& invocation, std::string answer);
  Status PostError(const std::string& path, std::string_view type, std::string_view message);
  Result<int> Post(const std::string& path, std::string body, std::string_view error_type);
  std::string Url(std::string_view path) const;

  http::Transport& transport_;
  Clock& clock_;
  Rng& rng_;
  const RuntimeOptions options_;
};

/// "Calve.BadData": the error type that the invoker sees for a kind.
std::string ErrorType(ErrorKind kind);

}  // namespace calve::lambda
