// HTTP/1.1 by libcurl.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "http/transport.h"

namespace calve::http {

struct CurlOptions {
  std::string ca_bundle;  ///< File of trusted authorities (FindCaBundle); empty: libcurl's own.
  std::string user_agent = "calve";
  size_t max_idle = 64;  ///< Idle handles, each with its open connection; the one idle for longest goes first.
};

/// Transport on libcurl. One easy handle a request at a time; idle ones are kept by origin, with their connections.
///
/// libcurl by itself sends a request again when the connection that it used again turns out to be closed, whatever the
/// method. Here only GET and HEAD may be: for all others a callback that libcurl calls before each sending stops the
/// second one, and the caller learns that the answer was lost. The same callback is the proof behind
/// SendError::may_have_arrived: before it was called, nothing of the request has left.
class CurlTransport final : public Transport {
 public:
  /// kInternal when libcurl cannot start.
  static Result<std::unique_ptr<CurlTransport>> Make(CurlOptions options = {});
  ~CurlTransport() override;
  CurlTransport(const CurlTransport&) = delete;
  CurlTransport& operator=(const CurlTransport&) = delete;

  std::expected<Response, SendError> Send(const Request& request, const BodySink& sink) override;

 private:
  struct Idle {
    void* easy;  // CURL*, which is void in libcurl's own header; that header stays out of this one.
    std::string origin;
  };

  explicit CurlTransport(CurlOptions options) : options_(std::move(options)) {}
  void* Take(std::string_view origin);
  void GiveBack(void* easy, std::string origin);

  const CurlOptions options_;
  std::mutex mutex_;
  std::vector<Idle> idle_;  // Oldest first.
};

}  // namespace calve::http
