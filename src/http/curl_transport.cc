#include "http/curl_transport.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <array>
#include <utility>

#include "http/curl_transfer.h"

namespace calve::http {

Result<std::unique_ptr<CurlTransport>> CurlTransport::Make(CurlOptions options) {
  // Once a process, and before the first handle; never undone, since other threads may still be in it at exit.
  static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (started != CURLE_OK) {
    return Err(ErrorKind::kInternal, fmt::format("libcurl does not start: {}", curl_easy_strerror(started)));
  }
  return std::unique_ptr<CurlTransport>(new CurlTransport(std::move(options)));
}

CurlTransport::~CurlTransport() {
  for (const Idle& idle : idle_) curl_easy_cleanup(idle.easy);
}

void* CurlTransport::Take(std::string_view origin) {
  {
    const std::lock_guard lock(mutex_);
    for (size_t i = idle_.size(); i-- > 0;) {  // The one used last: its connection is the likeliest to be open.
      if (idle_[i].origin != origin) continue;
      void* easy = idle_[i].easy;
      idle_.erase(idle_.begin() + static_cast<std::ptrdiff_t>(i));
      return easy;
    }
  }
  return curl_easy_init();
}

void CurlTransport::GiveBack(void* easy, std::string origin) {
  curl_easy_reset(easy);  // Keeps its connections; drops every pointer into the request that is over.
  void* oldest = nullptr;
  {
    const std::lock_guard lock(mutex_);
    idle_.push_back({easy, std::move(origin)});
    if (idle_.size() > options_.max_idle) {
      oldest = idle_.front().easy;
      idle_.erase(idle_.begin());
    }
  }
  if (oldest != nullptr) curl_easy_cleanup(oldest);
}

std::expected<Response, SendError> CurlTransport::Send(const Request& request, const BodySink& sink) {
  const size_t scheme_end = request.url.find("://");
  const std::string_view scheme = std::string_view(request.url).substr(0, std::min(scheme_end, request.url.size()));
  if (scheme_end == std::string::npos || (scheme != "http" && scheme != "https")) {
    return std::unexpected(SendError{
        {ErrorKind::kInvalidArgument, fmt::format("not an http or https URL: {}", ShownUrl(request.url))}, false});
  }
  std::string origin = request.url.substr(0, request.url.find_first_of("/?#", scheme_end + 3));
  void* easy = Take(origin);
  if (easy == nullptr) {
    return std::unexpected(SendError{{ErrorKind::kInternal, "libcurl has no memory for another handle"}, false});
  }
  CurlTransfer transfer(easy, request, sink);
  auto answer = transfer.Run(options_.ca_bundle, options_.user_agent);
  GiveBack(easy, std::move(origin));
  return answer;
}

}  // namespace calve::http
