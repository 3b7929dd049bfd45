// One signed call to an AWS service, with retries. S3, SQS, Glue, STS and signed REST catalogs are made of it.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "aws/credentials.h"
#include "base/backoff.h"
#include "base/cancel.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "base/rng.h"
#include "http/transport.h"

namespace calve::aws {

/// Where a service is, and how its requests are signed.
struct Endpoint {
  std::string url{};      ///< "https://sqs.eu-west-1.amazonaws.com", without a trailing slash; may have a path.
  std::string service{};  ///< The signing name: "s3", "sqs", "glue", "sts", "s3tables".
  std::string region{};   ///< The signing region.
};

/// How a request's body stands in the signature (SigV4's x-amz-content-sha256).
enum class Payload {
  kSigned,    ///< Its SHA-256.
  kUnsigned,  ///< "UNSIGNED-PAYLOAD": S3 over TLS, where a body is too large to be read twice.
};

enum class Attempts {
  kRetry,  ///< Any number of times has the effect of one.
  kOnce,   ///< Sent once: a commit. Only what provably never arrived is sent again.
};

struct Call {
  std::string method = "GET";
  std::string path =
      "/";  ///< Behind the endpoint's, decoded: encoded here, once (S3) or twice in the signature (others).
  std::vector<std::pair<std::string, std::string>> query{};  ///< Decoded.
  http::Headers headers{};  ///< Besides host, x-amz-date, x-amz-content-sha256, x-amz-security-token, authorization.
  std::string body{};
  std::optional<http::FileBody> file{};
  Payload payload = Payload::kSigned;
  Attempts attempts = Attempts::kRetry;
  http::BodySink sink{};  ///< Called again from the start of the body when the call is retried: `on_attempt` tells.
  std::function<void()> on_attempt{};               ///< Before each attempt.
  std::chrono::milliseconds total_timeout{60'000};  ///< Of one attempt.
  std::chrono::milliseconds stall_timeout{20'000};  ///< Of one attempt; longer than a long poll waits.
  Deadline deadline = kNoDeadline;                  ///< Of all attempts and waits together.
  const CancelToken* cancel = nullptr;
};

/// A service's "no", or no answer at all.
struct ServiceError {
  Error error;  ///< The kind by status and code: 404 kNotFound, 403 kPermissionDenied, 412 / 409 kConflict, 429 /
                ///< 5xx (but 501) / throttling / connection kUnavailable, other 4xx kInvalidArgument; well-known codes
                ///< lead over the status (Glue says 400 to all). kCancelled, kDeadlineExceeded. The message names
                ///< service, operation, code, the service's text and request id; never a body or a secret.
  int status = 0;      ///< 0: no response.
  std::string code{};  ///< "NoSuchKey", "ConcurrentModificationException" (without namespace or URL); may be empty.
  std::string request_id{};
  http::Headers headers{};             ///< Of the response: S3 tells a bucket's region there.
  bool may_have_taken_effect = false;  ///< No proof that the service did nothing: lost answer, time-out, 5xx, in this
                                       ///< attempt or an earlier one of the call. A kConflict with this set may be the
                                       ///< echo of our own success.
};

template <typename T>
using Answer = std::expected<T, ServiceError>;

/// Thread-safe. Signs (SigV4), retries with full jitter by the error's kind, honours Retry-After, refreshes expired
/// credentials, corrects the clock by the server's Date when it is refused for skew. Credentials with an empty access
/// key id leave the request unsigned (public buckets, AssumeRoleWithWebIdentity).
class Client {
 public:
  Client(http::Transport& transport, CredentialsProvider& credentials, Clock& clock, Rng& rng, BackoffPolicy backoff)
      : transport_(transport), credentials_(credentials), clock_(clock), rng_(rng), backoff_(backoff) {}
  virtual ~Client() = default;

  /// A 2xx response, or 304; anything else is a ServiceError. `operation` names the call in messages: "PutObject".
  virtual Answer<http::Response> Send(const Endpoint& endpoint, std::string_view operation, const Call& call);

  /// AWS JSON protocol: POST, X-Amz-Target `target` ("AmazonSQS.SendMessage", "AWSGlue.GetTable"), `version` "1.0" or
  /// "1.1". The answer's JSON; an empty answer is an empty object.
  Answer<Json> SendJson(const Endpoint& endpoint, std::string_view target, std::string_view version, const Json& input,
                        Call call = {});

 private:
  struct Progress;  // Of one call over its attempts.
  /// One attempt: nullopt when another one is due, after the wait in `progress`.
  std::optional<Answer<http::Response>> Attempt(const Endpoint& endpoint, const Call& call, Progress& progress);
  std::optional<Answer<http::Response>> OnRefused(const http::Response& response, TimestampMicros signed_at,
                                                  const Call& call, Progress& progress);
  /// Waits for `progress.wait`; the error when the call is cancelled or its deadline would pass.
  std::optional<ServiceError> Wait(const Call& call, Progress& progress);
  Result<http::Request> MakeRequest(const Endpoint& endpoint, const Call& call, const Credentials& credentials,
                                    TimestampMicros now);

  http::Transport& transport_;
  CredentialsProvider& credentials_;
  Clock& clock_;
  Rng& rng_;
  BackoffPolicy backoff_;
  std::atomic<int64_t> skew_us_ = 0;  // The servers' clock minus ours, once one of them has complained.
};

}  // namespace calve::aws
