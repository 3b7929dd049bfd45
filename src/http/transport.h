// HTTP as calve needs it: one request, one response. What is above it (signing, retries, meaning) is not its business.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancel.h"
#include "base/error.h"

namespace calve::http {

struct Header {
  std::string name;
  std::string value;

  friend bool operator==(const Header&, const Header&) = default;
};

/// In the order of the wire. Names compare without case (RFC 9110 section 5.1).
using Headers = std::vector<Header>;

/// The first header of that name, or null.
const std::string* FindHeader(const Headers& headers, std::string_view name);
/// Replaces every header of that name by one.
void SetHeader(Headers& headers, std::string_view name, std::string value);

/// `url` as a message may show it: without user information, query and fragment, where secrets stand.
std::string ShownUrl(std::string_view url);

/// A part of a local file as the request's body: never all of it in memory.
struct FileBody {
  std::string path;
  uint64_t offset_bytes = 0;
  uint64_t length_bytes = 0;
};

struct Request {
  std::string method = "GET";
  std::string url{};  ///< Absolute, encoded as it is to be sent: path and query are not touched.
  Headers headers{};
  std::string body{};
  std::optional<FileBody> file{};  ///< Instead of `body`.
  std::chrono::milliseconds connect_timeout{5'000};
  std::chrono::milliseconds total_timeout{60'000};  ///< From the start to the last byte; 0: none.
  std::chrono::milliseconds stall_timeout{20'000};  ///< Not one byte for this long; 0: none (a long poll).
  bool fresh_connection = false;  ///< Not on an idle one, which the server may just be closing: for what is sent once.
  bool past_proxies = false;      ///< Straight to the host, whatever the environment says: for link-local addresses.
  const CancelToken* cancel = nullptr;  ///< Looked at about once a second; kCancelled then.
};

struct Response {
  int status = 0;
  Headers headers{};
  std::string body{};  ///< Empty when a sink took it.
};

/// Why there is no response.
struct SendError {
  Error error;  ///< kUnavailable (connection, time-out), kCancelled (the sink stopped it), kInvalidArgument (the URL),
                ///< kPermissionDenied (the peer's certificate is not trusted), kNotFound etc. for the file of the body.
  bool may_have_arrived = true;  ///< False only when it is proven that the server never saw the request.
};

/// Takes the body of a response with a 2xx status piece by piece (others come in Response::body). False stops it.
using BodySink = std::function<bool(std::span<const std::byte>)>;

/// Thread-safe. Keeps connections open and uses them again; never repeats a request, never follows a redirect, always
/// verifies certificates; proxies come from the environment (http_proxy, https_proxy, no_proxy).
class Transport {
 public:
  virtual ~Transport() = default;
  /// Any status is a Response. With a `sink`, an error after some of the body was taken leaves those pieces taken.
  virtual std::expected<Response, SendError> Send(const Request& request, const BodySink& sink = nullptr) = 0;
};

}  // namespace calve::http
