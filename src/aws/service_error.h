// What an AWS service's refusal means.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"
#include "http/transport.h"

namespace calve::aws {

/// Which remedy a refusal calls for.
enum class Remedy {
  kNone,         ///< Asking again gets the same answer.
  kThrottled,    ///< Too fast; nothing was done. Again, later.
  kTransient,    ///< The service failed or gave up waiting; it may have done it. Again, later.
  kCredentials,  ///< Expired or unknown credentials; nothing was done. Again with fresh ones.
  kSkew,         ///< The signature's time is off; nothing was done. Again by the server's clock.
};

/// A refusal, read. Source: the error sections of the AWS JSON 1.0 / 1.1, query and S3 REST-XML protocols (Smithy
/// specification), the Iceberg REST specification's ErrorModel.
struct Refusal {
  std::string code;     ///< Without namespace and URL; empty when the service gave none.
  std::string message;  ///< The service's text, at most 500 bytes.
  std::string request_id;
  ErrorKind kind = ErrorKind::kUnavailable;
  Remedy remedy = Remedy::kNone;
  bool may_have_taken_effect = false;
  std::optional<std::chrono::milliseconds> retry_after;
};

/// Reads a response that is no success. `now` is what the request was signed with; with the response's Date it tells a
/// bad signature from a wrong clock.
Refusal ReadRefusal(const http::Response& response, TimestampMicros now);

/// The server's clock minus `now`, from the Date header.
std::optional<std::chrono::microseconds> ServerSkew(const http::Response& response, TimestampMicros now);

}  // namespace calve::aws
