#include "http/curl_transfer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <span>
#include <string_view>

namespace calve::http {
namespace {

constexpr long kBufferBytes = 256L << 10U;

std::string_view Trim(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

}  // namespace

CurlTransfer::~CurlTransfer() {
  curl_slist_free_all(header_list_);
  if (file_ >= 0) close(file_);
}

std::expected<Response, SendError> CurlTransfer::Run(const std::string& ca_bundle, const std::string& user_agent) {
  if (request_.cancel != nullptr && request_.cancel->cancelled()) {
    return std::unexpected(SendError{{ErrorKind::kCancelled, "cancelled"}, false});
  }
  if (Status opened = OpenFile(); !opened.has_value()) {
    return std::unexpected(SendError{std::move(opened).error(), false});
  }
  if (!SetHeaders() || !SetOptions(ca_bundle, user_agent)) {
    return std::unexpected(SendError{
        {ErrorKind::kInternal, fmt::format("libcurl refuses an option of the request to {}", ShownUrl(request_.url))},
        false});
  }
  const CURLcode code = curl_easy_perform(easy_);
  if (code != CURLE_OK) return std::unexpected(Failure(code));
  return std::move(response_);
}

Status CurlTransfer::OpenFile() {
  if (!request_.file) return {};
  const FileBody& file = *request_.file;
  file_ = open(file.path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file_ < 0) return std::unexpected(ErrnoError(errno, fmt::format("open {}", file.path)));
  struct stat status{};
  if (fstat(file_, &status) != 0) return std::unexpected(ErrnoError(errno, fmt::format("stat {}", file.path)));
  const auto size = static_cast<uint64_t>(status.st_size);
  if (file.offset_bytes > size || file.length_bytes > size - file.offset_bytes) {
    return Err(ErrorKind::kBadData, fmt::format("{} has {} bytes; {} from {} on were to be sent", file.path, size,
                                                file.length_bytes, file.offset_bytes));
  }
  return {};
}

bool CurlTransfer::SetHeaders() {
  const auto add = [this](const std::string& line) {
    curl_slist* longer = curl_slist_append(header_list_, line.c_str());
    if (longer == nullptr) return false;
    header_list_ = longer;
    return true;
  };
  for (const Header& header : request_.headers) {
    // A line break would smuggle in a second header.
    const auto breaks = [](std::string_view text) {
      return text.find_first_of(std::string_view("\r\n\0", 3)) != text.npos;
    };
    if (breaks(header.name) || breaks(header.value)) return false;
    // "Name:" would tell libcurl to leave the header out; "Name;" is its way of sending an empty one.
    const bool empty = Trim(header.value).empty();
    if (!add(empty ? header.name + ";" : header.name + ": " + header.value)) return false;
  }
  // libcurl asks for "100 Continue" before large bodies by itself: a second of waiting where a server does not know it.
  return FindHeader(request_.headers, "expect") != nullptr || add("Expect:");
}

bool CurlTransfer::SetOptions(const std::string& ca_bundle, const std::string& user_agent) {
  bool ok = true;
  const auto set = [&](CURLoption option, auto value) {
    ok = ok && curl_easy_setopt(easy_, option, value) == CURLE_OK;
  };
  set(CURLOPT_URL, request_.url.c_str());
  set(CURLOPT_PATH_AS_IS, 1L);  // ".." is a legal part of an S3 key, and the signature covers the path as it is.
  set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);  // Those of a proxy are not the response's.
  set(CURLOPT_TCP_KEEPALIVE, 1L);
  set(CURLOPT_SSL_VERIFYPEER, 1L);
  set(CURLOPT_SSL_VERIFYHOST, 2L);
  if (!ca_bundle.empty()) set(CURLOPT_CAINFO, ca_bundle.c_str());
  set(CURLOPT_USERAGENT, user_agent.c_str());
  set(CURLOPT_ERRORBUFFER, static_cast<char*>(reason_));
  set(CURLOPT_BUFFERSIZE, kBufferBytes);
  set(CURLOPT_HTTPHEADER, header_list_);
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request_.connect_timeout.count()));
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(request_.total_timeout.count()));
  if (request_.past_proxies) set(CURLOPT_PROXY, "");
  if (request_.fresh_connection) set(CURLOPT_FRESH_CONNECT, 1L);

  const bool has_body = request_.file.has_value() || !request_.body.empty();
  if (request_.method == "HEAD") {
    set(CURLOPT_NOBODY, 1L);
  } else if (has_body || request_.method == "PUT" || request_.method == "POST" || request_.method == "PATCH") {
    set(CURLOPT_UPLOAD, 1L);
    set(CURLOPT_UPLOAD_BUFFERSIZE, kBufferBytes);
    set(CURLOPT_INFILESIZE_LARGE,
        static_cast<curl_off_t>(request_.file ? request_.file->length_bytes : request_.body.size()));
    set(CURLOPT_READFUNCTION, &CurlTransfer::OnRead);
    set(CURLOPT_READDATA, this);
  }
  if (request_.method != "HEAD") set(CURLOPT_CUSTOMREQUEST, request_.method.c_str());

  set(CURLOPT_PREREQFUNCTION, &CurlTransfer::OnSending);
  set(CURLOPT_PREREQDATA, this);
  set(CURLOPT_HEADERFUNCTION, &CurlTransfer::OnHeader);
  set(CURLOPT_HEADERDATA, this);
  set(CURLOPT_WRITEFUNCTION, &CurlTransfer::OnBody);
  set(CURLOPT_WRITEDATA, this);
  set(CURLOPT_NOPROGRESS, 0L);
  set(CURLOPT_XFERINFOFUNCTION, &CurlTransfer::OnProgress);
  set(CURLOPT_XFERINFODATA, this);
  return ok;
}

int CurlTransfer::OnSending(void* self, char*, char*, int, int) {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  ++transfer.sendings_;
  transfer.last_move_ = SystemClock().Monotonic();
  if (transfer.sendings_ > 1 && !transfer.may_repeat()) return CURL_PREREQFUNC_ABORT;
  return CURL_PREREQFUNC_OK;
}

size_t CurlTransfer::OnHeader(char* data, size_t size, size_t count, void* self) {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  transfer.last_move_ = SystemClock().Monotonic();
  const std::string_view line = Trim({data, size * count});
  if (line.starts_with("HTTP/")) {  // A new head: what came before it was a 1xx one.
    transfer.response_.headers.clear();
    transfer.response_.status = 0;
    const size_t space = line.find(' ');
    if (space != std::string_view::npos) {
      const std::string_view digits = line.substr(space + 1, 3);
      std::from_chars(digits.data(), digits.data() + digits.size(), transfer.response_.status);
    }
  } else if (const size_t colon = line.find(':'); colon != std::string_view::npos) {
    transfer.response_.headers.push_back(
        {std::string(Trim(line.substr(0, colon))), std::string(Trim(line.substr(colon + 1)))});
  }
  return size * count;
}

size_t CurlTransfer::OnBody(char* data, size_t size, size_t count, void* self) {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  const size_t length = size * count;
  if (transfer.sink_ && transfer.response_.status / 100 == 2) {
    if (!transfer.sink_(std::as_bytes(std::span(data, length)))) {
      transfer.stopped_by_sink_ = true;
      return length == 0 ? 1 : 0;  // Anything but `length` stops the transfer.
    }
  } else {
    transfer.response_.body.append(data, length);
  }
  return length;
}

size_t CurlTransfer::OnRead(char* buffer, size_t size, size_t count, void* self) {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  const Request& request = transfer.request_;
  const uint64_t whole = request.file ? request.file->length_bytes : request.body.size();
  const auto length = static_cast<size_t>(std::min<uint64_t>(size * count, whole - transfer.body_sent_));
  if (length == 0) return 0;
  if (!request.file) {
    std::memcpy(buffer, request.body.data() + transfer.body_sent_, length);
    transfer.body_sent_ += length;
    return length;
  }
  ssize_t got = 0;
  do {
    got = pread(transfer.file_, buffer, length, static_cast<off_t>(request.file->offset_bytes + transfer.body_sent_));
  } while (got < 0 && errno == EINTR);
  if (got <= 0) {
    transfer.file_error_ =
        got < 0 ? ErrnoError(errno, fmt::format("read {}", request.file->path))
                : Error{ErrorKind::kBadData, fmt::format("{} became shorter while it was sent", request.file->path)};
    return CURL_READFUNC_ABORT;
  }
  transfer.body_sent_ += static_cast<uint64_t>(got);
  return static_cast<size_t>(got);
}

// libcurl's own LOW_SPEED options average over five seconds, and so end a stall of one second after six.
int CurlTransfer::OnProgress(void* self, curl_off_t, curl_off_t got, curl_off_t, curl_off_t put) {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  const Request& request = transfer.request_;
  if (request.cancel != nullptr && request.cancel->cancelled()) {
    transfer.cancelled_ = true;
    return 1;
  }
  const auto now = SystemClock().Monotonic();
  if (got + put != transfer.moved_bytes_) {
    transfer.moved_bytes_ = got + put;
    transfer.last_move_ = now;
  }
  transfer.stalled_ =
      transfer.sendings_ > 0 && request.stall_timeout.count() > 0 && now - transfer.last_move_ >= request.stall_timeout;
  return transfer.stalled_ ? 1 : 0;
}

SendError CurlTransfer::Failure(CURLcode code) const {
  const bool may_have_arrived = sendings_ > 0;
  const std::string what = fmt::format("{} {}", request_.method, ShownUrl(request_.url));
  const std::string_view reason = reason_[0] != '\0' ? reason_ : curl_easy_strerror(code);
  if (file_error_) return {*file_error_, may_have_arrived};
  if (stopped_by_sink_) return {{ErrorKind::kCancelled, what + ": stopped by its receiver"}, may_have_arrived};
  if (cancelled_) return {{ErrorKind::kCancelled, what + ": cancelled"}, may_have_arrived};
  if (stalled_) {
    return {{ErrorKind::kUnavailable, fmt::format("{}: not a byte for {} ms", what, request_.stall_timeout.count())},
            may_have_arrived};
  }
  switch (code) {
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_LOGIN_DENIED:  // A user name in the URL.
      return {{ErrorKind::kInvalidArgument, fmt::format("{}: {}", what, reason)}, may_have_arrived};
    case CURLE_PEER_FAILED_VERIFICATION:
      return {{ErrorKind::kPermissionDenied,
               fmt::format("{}: the server's certificate is not trusted ({}); AWS_CA_BUNDLE names the file of trusted "
                           "authorities",
                           what, reason)},
              may_have_arrived};
    case CURLE_SSL_CACERT_BADFILE:
      return {{ErrorKind::kInvalidArgument, fmt::format("{}: {}", what, reason)}, may_have_arrived};
    case CURLE_OUT_OF_MEMORY:
    case CURLE_FAILED_INIT:
    case CURLE_NOT_BUILT_IN:
      return {{ErrorKind::kInternal, fmt::format("{}: {}", what, reason)}, may_have_arrived};
    case CURLE_ABORTED_BY_CALLBACK:  // OnSending stopped a second sending.
      return {{ErrorKind::kUnavailable, what + ": the server closed the connection before it answered"}, true};
    default:
      return {{ErrorKind::kUnavailable, fmt::format("{}: {}", what, reason)}, may_have_arrived};
  }
}

}  // namespace calve::http
