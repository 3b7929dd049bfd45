#include "lambda/runtime_loop.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <limits>
#include <optional>
#include <utility>

#include "base/json.h"
#include "base/log_context.h"
#include "base/whole_number.h"

namespace calve::lambda {
namespace {

constexpr std::string_view kVersion = "/2018-06-01/runtime/";
constexpr char kTraceVariable[] = "_X_AMZN_TRACE_ID";
constexpr int kAccepted = 202;
constexpr int kTooLarge = 413;

// The API is on this machine: what takes longer than this is broken.
constexpr std::chrono::milliseconds kConnectTimeout{1'000};
constexpr std::chrono::milliseconds kPostTimeout{5'000};

std::string HeaderOr(const http::Response& response, std::string_view name) {
  const std::string* value = http::FindHeader(response.headers, name);
  return value != nullptr ? *value : std::string();
}

// The API's own word for a refusal: its body is {"errorType","errorMessage"}, and holds nothing of ours.
std::string ApiErrorType(const http::Response& response) {
  const auto body = ParseJson(response.body, "the runtime API's answer");
  if (!body.has_value()) return "";
  const auto type = JsonGet<std::string>(*body, "errorType");
  return type.has_value() ? *type : "";
}

// A request id goes into a path: only what cannot leave its segment.
bool SafeId(std::string_view id) {
  return !id.empty() && id.size() <= 128 && std::ranges::all_of(id, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

Status Fatal(ErrorKind kind, const std::string& message) {
  spdlog::error("the Lambda runtime ends: {}", message);
  return Err(kind, message);
}

}  // namespace

std::string ErrorType(ErrorKind kind) {
  std::string type = "Calve.";
  bool upper = true;
  for (const char c : ErrorKindName(kind)) {
    if (c == '-') {
      upper = true;
      continue;
    }
    type += upper && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    upper = false;
  }
  return type;
}

RuntimeLoop::RuntimeLoop(http::Transport& transport, Clock& clock, Rng& rng, RuntimeOptions options)
    : transport_(transport), clock_(clock), rng_(rng), options_(std::move(options)) {}

std::string RuntimeLoop::Url(std::string_view path) const {
  return "http://" + options_.api + std::string(kVersion) + std::string(path);
}

Status RuntimeLoop::Run(Handler& handler, const CancelToken& stop) {
  while (!stop.cancelled()) {
    const Result<Invocation> invocation = Next(stop);
    if (!invocation.has_value()) {
      if (invocation.error().kind == ErrorKind::kCancelled) return {};
      return Fatal(invocation.error().kind, invocation.error().message);
    }
    const auto scope = LogScope::With([&](LogContext& context) { context.request_id = invocation->request_id; });
    if (const Status served = Serve(handler, *invocation, stop); !served.has_value()) {
      return Fatal(served.error().kind, served.error().message);
    }
    if (const std::optional<Error> unfit = handler.Unfit()) return Fatal(unfit->kind, unfit->message);
  }
  return {};
}

Result<Invocation> RuntimeLoop::Next(const CancelToken& stop) {
  http::Request request;
  request.url = Url("invocation/next");
  request.past_proxies = true;
  request.connect_timeout = kConnectTimeout;
  // The one call without a time-out: it waits for the next event, and Lambda freezes the process meanwhile.
  request.total_timeout = request.stall_timeout = std::chrono::milliseconds(0);
  request.cancel = &stop;
  for (int attempt = 0;; ++attempt) {
    auto reply = transport_.Send(request);
    if (reply.has_value()) {
      if (reply->status == 200) return ReadInvocation(*std::move(reply));
      return Err(ErrorKind::kUnavailable,
                 "invocation/next answered " + std::to_string(reply->status) + " " + ApiErrorType(*reply));
    }
    if (stop.cancelled()) return Err(ErrorKind::kCancelled, "stopped while waiting for an invocation");
    // An invocation whose delivery broke stays open and is handed out again, or runs into its time-out and is retried.
    if (reply.error().error.kind != ErrorKind::kUnavailable || attempt >= options_.retries.max_retries) {
      return WithContext(std::move(reply).error().error, "invocation/next");
    }
    clock_.SleepFor(BackoffWait(options_.retries, attempt, rng_));
  }
}

Result<Invocation> RuntimeLoop::ReadInvocation(http::Response response) {
  Invocation invocation;
  invocation.request_id = HeaderOr(response, "Lambda-Runtime-Aws-Request-Id");
  if (!SafeId(invocation.request_id)) {
    return Err(ErrorKind::kCorrupt, "invocation/next gave no request id that can be answered");
  }
  invocation.function_arn = HeaderOr(response, "Lambda-Runtime-Invoked-Function-Arn");
  invocation.trace_id = HeaderOr(response, "Lambda-Runtime-Trace-Id");
  if (const auto deadline_ms = WholeNumber<int64_t>(HeaderOr(response, "Lambda-Runtime-Deadline-Ms"))) {
    constexpr int64_t kLongestMs = int64_t{24} * 3600 * 1000;  // Far more than any function may run.
    const int64_t now_ms = ToMillis(clock_.Now());
    const int64_t remaining_ms =
        *deadline_ms <= now_ms ? 0 : std::min(*deadline_ms - std::max<int64_t>(now_ms, 0), kLongestMs);
    const int64_t margin_ms = std::min(options_.deadline_margin.count(), remaining_ms / 2);
    invocation.deadline = clock_.Monotonic() + std::chrono::milliseconds(remaining_ms - margin_ms);
  } else {
    spdlog::warn("invocation {} came without a readable deadline", invocation.request_id);
  }
  invocation.payload = std::move(response.body);
  return invocation;
}

Status RuntimeLoop::Serve(Handler& handler, const Invocation& invocation, const CancelToken& stop) {
  if (invocation.trace_id.empty()) {
    unsetenv(kTraceVariable);
  } else {
    setenv(kTraceVariable, invocation.trace_id.c_str(), 1);
  }
  const std::string error_path = "invocation/" + invocation.request_id + "/error";
  Result<std::string> answer;
  // Nothing of ours throws on purpose. What does (no memory, a bug) must still reach the invoker, and then end the
  // process: nobody knows what state it left behind.
  std::string thrown;
  try {
    answer = handler.Handle(invocation, stop);
  } catch (const std::exception& e) {
    thrown = std::string("the handler threw: ") + e.what();
  } catch (...) {
    thrown = "the handler threw";
  }
  if (!thrown.empty()) {
    CALVE_RETURN_IF_ERROR(PostError(error_path, "Calve.Exception", thrown));
    return Err(ErrorKind::kInternal, thrown);
  }
  if (answer.has_value()) return PostResponse(invocation, *std::move(answer));
  spdlog::error("the invocation fails ({}): {}", ErrorKindName(answer.error().kind), answer.error().message);
  return PostError(error_path, ErrorType(answer.error().kind), answer.error().message);
}

Status RuntimeLoop::PostResponse(const Invocation& invocation, std::string answer) {
  const size_t bytes = answer.size();
  const std::string path = "invocation/" + invocation.request_id;
  CALVE_ASSIGN_OR_RETURN(const int status, Post(path + "/response", std::move(answer), ""));
  if (status != kTooLarge) return {};
  // The invocation is still open, and its invoker must not wait for its time-out to learn it.
  const std::string message = "the answer of " + std::to_string(bytes) + " bytes is larger than Lambda takes";
  spdlog::error("{}", message);
  return PostError(path + "/error", "Calve.AnswerTooLarge", message);
}

Status RuntimeLoop::PostError(const std::string& path, std::string_view type, std::string_view message) {
  Json body;
  body["errorMessage"] = std::string(message);
  body["errorType"] = std::string(type);
  body["stackTrace"] = Json::array();
  CALVE_ASSIGN_OR_RETURN(const int status, Post(path, JsonText(body), type));
  if (status == kTooLarge) return Err(ErrorKind::kUnavailable, path + " answered 413");
  return {};
}

// 202, or 413; everything else is an error.
Result<int> RuntimeLoop::Post(const std::string& path, std::string body, std::string_view error_type) {
  http::Request request;
  request.method = "POST";
  request.url = Url(path);
  request.past_proxies = true;
  request.headers = {{"Content-Type", "application/json"}};
  if (!error_type.empty()) request.headers.push_back({"Lambda-Runtime-Function-Error-Type", std::string(error_type)});
  request.body = std::move(body);
  request.connect_timeout = kConnectTimeout;
  request.total_timeout = request.stall_timeout = kPostTimeout;
  // Not cancelled by `stop`: a result in hand is posted.
  bool may_have_arrived = false;
  for (int attempt = 0;; ++attempt) {
    auto reply = transport_.Send(request);
    if (reply.has_value()) {
      if (reply->status == kAccepted || reply->status == kTooLarge) return reply->status;
      const std::string type = ApiErrorType(*reply);
      // After a lost answer: the API does not know this invocation as open any more, so the lost one was taken.
      if (may_have_arrived && (type == "InvalidRequestID" || type == "InvalidStateTransition")) return kAccepted;
      return Err(ErrorKind::kUnavailable, path + " answered " + std::to_string(reply->status) + " " + type);
    }
    may_have_arrived = may_have_arrived || reply.error().may_have_arrived;
    if (reply.error().error.kind != ErrorKind::kUnavailable || attempt >= options_.retries.max_retries) {
      return WithContext(std::move(reply).error().error, path);
    }
    clock_.SleepFor(BackoffWait(options_.retries, attempt, rng_));
  }
}

Status RuntimeLoop::ReportInitError(const Error& error) {
  spdlog::error("the Lambda runtime cannot begin ({}): {}", ErrorKindName(error.kind), error.message);
  Status posted = PostError("init/error", ErrorType(error.kind), error.message);
  if (!posted.has_value()) spdlog::error("and could not say so: {}", posted.error().message);
  return posted;
}

}  // namespace calve::lambda
