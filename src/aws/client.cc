#include "aws/client.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "aws/service_error.h"
#include "aws/sigv4.h"
#include "aws/uri.h"

namespace calve::aws {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kWaitSlice(200);  // How long a cancelled call may go on waiting.
constexpr int kThrottlingHeadStart = 2;  // Throttled calls wait as if they had failed this often already.

std::string Describe(std::string_view what, std::string_view code, int status, std::string_view message,
                     std::string_view request_id) {
  std::string text = fmt::format("{}: {}", what, code.empty() ? "refused" : code);
  if (status != 0) text += fmt::format(" (HTTP {})", status);
  if (!message.empty()) text += fmt::format(": {}", message);
  if (!request_id.empty()) text += fmt::format(" [request {}]", request_id);
  return text;
}

}  // namespace

struct Client::Progress {
  std::string what;  // "s3 PutObject"
  int retries = 0;
  bool skew_corrected = false;
  bool credentials_renewed = false;
  bool may_have_taken_effect = false;
  milliseconds wait{0};
  ServiceError last;  // Why another attempt is due.

  /// `error` as the call's outcome.
  ServiceError Fail(ServiceError error) const {
    error.may_have_taken_effect = error.may_have_taken_effect || may_have_taken_effect;
    return error;
  }
};

Answer<http::Response> Client::Send(const Endpoint& endpoint, std::string_view operation, const Call& call) {
  Progress progress;
  progress.what = fmt::format("{} {}", endpoint.service, operation);
  while (true) {
    if (auto error = Wait(call, progress)) return std::unexpected(progress.Fail(std::move(*error)));
    if (auto answer = Attempt(endpoint, call, progress)) {
      if (!answer->has_value()) return std::unexpected(progress.Fail(std::move(*answer).error()));
      return std::move(*answer);
    }
  }
}

std::optional<ServiceError> Client::Wait(const Call& call, Progress& progress) {
  const auto stopped = [&](ErrorKind kind, std::string_view why) {
    ServiceError error = progress.last;
    error.error.kind = kind;
    error.error.message = error.error.message.empty() ? fmt::format("{}: {}", progress.what, why)
                                                      : fmt::format("{}; {}", error.error.message, why);
    return error;
  };
  for (milliseconds left = progress.wait;; left -= kWaitSlice) {
    if (call.cancel != nullptr && call.cancel->cancelled()) return stopped(ErrorKind::kCancelled, "cancelled");
    // Not slept through first: whoever set the deadline has something to do before it.
    if (call.deadline != kNoDeadline && call.deadline - clock_.Monotonic() <= left) {
      return stopped(ErrorKind::kDeadlineExceeded, "no time is left for an attempt");
    }
    if (left.count() <= 0) return std::nullopt;
    clock_.SleepFor(std::min(left, kWaitSlice));
  }
}

Result<http::Request> Client::MakeRequest(const Endpoint& endpoint, const Call& call, const Credentials& credentials,
                                          TimestampMicros now) {
  http::Request request;
  request.method = call.method;
  request.url = endpoint.url + UriEncode(call.path, true);
  if (!call.query.empty()) request.url += '?' + EncodeQuery(call.query);
  request.headers = call.headers;
  request.body = call.body;
  request.file = call.file;
  request.total_timeout = call.total_timeout;
  request.stall_timeout = call.stall_timeout;
  request.cancel = call.cancel;
  // An idle connection may be closing just now, and then nobody could say whether the commit has arrived.
  request.fresh_connection = call.attempts == Attempts::kOnce && call.method != "GET";
  if (call.deadline != kNoDeadline) {
    const auto left = std::max(std::chrono::ceil<milliseconds>(call.deadline - clock_.Monotonic()), milliseconds(1));
    if (request.total_timeout.count() == 0 || left < request.total_timeout) request.total_timeout = left;
  }
  if (!credentials.access_key_id.empty()) {
    std::string hash(kUnsignedPayload);
    if (call.payload == Payload::kSigned) {
      CALVE_ASSIGN_OR_RETURN(hash, PayloadHash(request));
    }
    SignV4(request, credentials, {endpoint.service, endpoint.region, now}, hash);
  }
  return request;
}

std::optional<Answer<http::Response>> Client::Attempt(const Endpoint& endpoint, const Call& call, Progress& progress) {
  const auto failed = [](Error error) {
    return Answer<http::Response>(std::unexpected(ServiceError{.error = std::move(error)}));
  };
  /// Another attempt after a back-off, when the policy has one left.
  const auto again = [&](ServiceError error) -> std::optional<Answer<http::Response>> {
    if (progress.retries >= backoff_.max_retries) return std::unexpected(std::move(error));
    progress.wait = BackoffWait(backoff_, progress.retries++, rng_);
    progress.last = std::move(error);
    return std::nullopt;
  };

  Result<Credentials> credentials = credentials_.Get();
  if (!credentials.has_value()) {
    Error error = WithContext(std::move(credentials).error(), progress.what).error();
    if (error.kind == ErrorKind::kUnavailable) return again(ServiceError{.error = std::move(error)});
    return failed(std::move(error));
  }
  const TimestampMicros now = clock_.Now() + std::chrono::microseconds(skew_us_.load());
  Result<http::Request> request = MakeRequest(endpoint, call, *credentials, now);
  if (!request.has_value()) return failed(WithContext(std::move(request).error(), progress.what).error());
  if (call.on_attempt) call.on_attempt();
  auto reply = transport_.Send(*request, call.sink);
  if (!reply.has_value()) {
    http::SendError lost = std::move(reply).error();
    ServiceError error{.error = WithContext(std::move(lost.error), progress.what).error(),
                       .may_have_taken_effect = lost.may_have_arrived};
    progress.may_have_taken_effect = progress.may_have_taken_effect || lost.may_have_arrived;
    const bool sent_once = call.attempts == Attempts::kOnce && lost.may_have_arrived;
    if (error.error.kind != ErrorKind::kUnavailable || sent_once) return std::unexpected(std::move(error));
    return again(std::move(error));
  }
  if (reply->status / 100 == 2 || reply->status == 304) return std::move(*reply);
  return OnRefused(*reply, now, call, progress);
}

std::optional<Answer<http::Response>> Client::OnRefused(const http::Response& response, TimestampMicros signed_at,
                                                        const Call& call, Progress& progress) {
  const Refusal refusal = ReadRefusal(response, signed_at);
  std::string text = refusal.message;
  if (const std::string* region = http::FindHeader(response.headers, "x-amz-bucket-region");
      region != nullptr && response.status / 100 == 3) {
    text += fmt::format(" (the bucket is in region {})", *region);
  }
  ServiceError error{
      .error = {refusal.kind, Describe(progress.what, refusal.code, response.status, text, refusal.request_id)},
      .status = response.status,
      .code = refusal.code,
      .request_id = refusal.request_id,
      .headers = response.headers,
      .may_have_taken_effect = refusal.may_have_taken_effect};
  progress.may_have_taken_effect = progress.may_have_taken_effect || refusal.may_have_taken_effect;

  const auto immediately = [&](bool& done) -> std::optional<Answer<http::Response>> {
    if (done) return std::unexpected(std::move(error));
    done = true;
    progress.wait = milliseconds(0);
    progress.last = std::move(error);
    return std::nullopt;
  };
  switch (refusal.remedy) {
    case Remedy::kNone:
      return std::unexpected(std::move(error));
    case Remedy::kSkew:
      // Against our clock as it is, not as corrected before: several calls may correct it at the same time.
      if (const auto skew = ServerSkew(response, clock_.Now())) skew_us_ = skew->count();
      return immediately(progress.skew_corrected);
    case Remedy::kCredentials:
      if (!progress.credentials_renewed) credentials_.Invalidate();
      return immediately(progress.credentials_renewed);
    case Remedy::kTransient:
      if (call.attempts == Attempts::kOnce) return std::unexpected(std::move(error));
      break;
    case Remedy::kThrottled:
      break;
  }
  if (progress.retries >= backoff_.max_retries) return std::unexpected(std::move(error));
  const int head_start = refusal.remedy == Remedy::kThrottled ? kThrottlingHeadStart : 0;
  progress.wait = BackoffWait(backoff_, head_start + progress.retries++, rng_);
  // On top of it, not instead of it: all who were told the same second must not come back in the same second.
  if (refusal.retry_after) progress.wait += *refusal.retry_after;
  progress.last = std::move(error);
  return std::nullopt;
}

Answer<Json> Client::SendJson(const Endpoint& endpoint, std::string_view target, std::string_view version,
                              const Json& input, Call call) {
  const std::string_view operation = target.substr(target.rfind('.') + 1);
  call.method = "POST";
  call.body = JsonText(input);
  call.file.reset();
  http::SetHeader(call.headers, "Content-Type", fmt::format("application/x-amz-json-{}", version));
  http::SetHeader(call.headers, "X-Amz-Target", std::string(target));
  Answer<http::Response> response = Send(endpoint, operation, call);
  if (!response.has_value()) return std::unexpected(std::move(response).error());
  if (response->body.empty()) return Json::object();
  Result<Json> output = ParseJson(response->body, fmt::format("{} {}: the answer", endpoint.service, operation));
  if (output.has_value()) return std::move(*output);
  const std::string* id = http::FindHeader(response->headers, "x-amzn-requestid");
  return std::unexpected(ServiceError{.error = std::move(output).error(),
                                      .status = response->status,
                                      .request_id = id != nullptr ? *id : "",
                                      .may_have_taken_effect = true});
}

}  // namespace calve::aws
