#include "aws/sigv4.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "aws/uri.h"
#include "base/ascii.h"
#include "base/hash.h"

namespace calve::aws {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";

using Mac = std::array<uint8_t, 32>;

Mac Hmac(std::string_view key, std::string_view text) {
  Mac mac{};
  unsigned length = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()),
       text.size(), mac.data(), &length);
  return mac;
}

Mac Hmac(const Mac& key, std::string_view text) {
  return Hmac(std::string_view(reinterpret_cast<const char*>(key.data()), key.size()), text);
}

/// Leading and trailing blanks dropped, each run of others made one space.
std::string CollapseBlanks(std::string_view value) {
  static constexpr std::string_view kBlanks = " \t\r\n\v\f";
  std::string text;
  size_t at = value.find_first_not_of(kBlanks);
  while (at != std::string_view::npos) {
    const size_t end = std::min(value.find_first_of(kBlanks, at), value.size());
    if (!text.empty()) text += ' ';
    text += value.substr(at, end - at);
    at = value.find_first_not_of(kBlanks, end);
  }
  return text;
}

bool IsSigned(std::string_view lower_name) {
  static constexpr std::string_view kNot[] = {"authorization",
                                              "baggage",
                                              "connection",
                                              "expect",
                                              "keep-alive",
                                              "proxy-authenticate",
                                              "proxy-authorization",
                                              "te",
                                              "traceparent",
                                              "tracestate",
                                              "trailer",
                                              "transfer-encoding",
                                              "upgrade",
                                              "user-agent",
                                              "x-amzn-trace-id"};
  return std::ranges::find(kNot, lower_name) == std::end(kNot);
}

/// Without "." and ".." segments (RFC 3986 section 5.2.4) and without empty ones.
std::string NormalizePath(std::string_view path) {
  std::vector<std::string_view> segments;
  for (size_t at = 0; at <= path.size();) {
    const size_t end = std::min(path.find('/', at), path.size());
    const std::string_view segment = path.substr(at, end - at);
    if (segment == "..") {
      if (!segments.empty()) segments.pop_back();
    } else if (!segment.empty() && segment != ".") {
      segments.push_back(segment);
    }
    at = end + 1;
  }
  std::string normal;
  for (const std::string_view segment : segments) {
    normal += '/';
    normal += segment;
  }
  if (segments.empty() || path.ends_with('/')) normal += '/';
  return normal;
}

std::string CanonicalPath(std::string_view path, std::string_view service) {
  if (service == "s3") return path.empty() ? "/" : std::string(path);
  return UriEncode(NormalizePath(path), true);
}

std::string CanonicalQuery(std::string_view query) {
  std::vector<std::pair<std::string_view, std::string_view>> pairs;
  for (size_t at = 0; !query.empty() && at <= query.size();) {
    const size_t end = std::min(query.find('&', at), query.size());
    const std::string_view pair = query.substr(at, end - at);
    const size_t equals = std::min(pair.find('='), pair.size());
    pairs.emplace_back(pair.substr(0, equals), pair.substr(std::min(equals + 1, pair.size())));
    at = end + 1;
  }
  std::ranges::sort(pairs);
  std::string text;
  for (const auto& [name, value] : pairs) {
    if (!text.empty()) text += '&';
    text += name;
    text += '=';
    text += value;
  }
  return text;
}

}  // namespace

std::string AmzDate(TimestampMicros now) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now);
  const auto days = std::chrono::floor<std::chrono::days>(seconds);
  const std::chrono::year_month_day date(days);
  const std::chrono::hh_mm_ss time(seconds - days);
  return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), time.hours().count(),
                     time.minutes().count(), time.seconds().count());
}

Result<std::string> PayloadHash(const http::Request& request) {
  if (!request.file) return Hex(Sha256(request.body));
  const http::FileBody& file = *request.file;
  const int descriptor = open(file.path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return std::unexpected(ErrnoError(errno, fmt::format("open {}", file.path)));
  const std::unique_ptr<const int, void (*)(const int*)> closer(&descriptor, [](const int* fd) { close(*fd); });
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr);
  std::vector<char> buffer(size_t{256} << 10U);
  for (uint64_t done = 0; done < file.length_bytes;) {
    const auto want = static_cast<size_t>(std::min<uint64_t>(buffer.size(), file.length_bytes - done));
    const ssize_t got = pread(descriptor, buffer.data(), want, static_cast<off_t>(file.offset_bytes + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::unexpected(ErrnoError(errno, fmt::format("read {}", file.path)));
    if (got == 0)
      return Err(ErrorKind::kBadData, fmt::format("{} is shorter than what is to be sent of it", file.path));
    EVP_DigestUpdate(context.get(), buffer.data(), static_cast<size_t>(got));
    done += static_cast<uint64_t>(got);
  }
  Mac digest{};
  EVP_DigestFinal_ex(context.get(), digest.data(), nullptr);
  return Hex(digest);
}

std::string CanonicalRequest(const http::Request& request, std::string_view service, std::string_view payload_hash,
                             std::string& signed_headers) {
  const UrlParts url = SplitUrl(request.url);
  std::map<std::string, std::string> headers;  // Sorted by name; values of one name joined in their order.
  for (const http::Header& header : request.headers) {
    std::string name = AsciiLower(header.name);
    if (!IsSigned(name)) continue;
    std::string value = CollapseBlanks(header.value);
    const auto [it, fresh] = headers.try_emplace(std::move(name), value);
    if (!fresh) it->second += ',' + value;
  }
  headers.try_emplace("host", HostHeader(url));
  std::string text =
      fmt::format("{}\n{}\n{}\n", request.method, CanonicalPath(url.path, service), CanonicalQuery(url.query));
  signed_headers.clear();
  for (const auto& [name, value] : headers) {
    text += fmt::format("{}:{}\n", name, value);
    if (!signed_headers.empty()) signed_headers += ';';
    signed_headers += name;
  }
  text += fmt::format("\n{}\n{}", signed_headers, payload_hash);
  return text;
}

void SignV4(http::Request& request, const Credentials& credentials, const SigningScope& scope,
            std::string_view payload_hash) {
  const std::string date_time = AmzDate(scope.now);
  const std::string date = date_time.substr(0, 8);
  // Host is set, not left to the transport, so that what is signed is what is sent.
  http::SetHeader(request.headers, "Host", HostHeader(SplitUrl(request.url)));
  http::SetHeader(request.headers, "X-Amz-Date", date_time);
  if (!credentials.session_token.empty()) {
    http::SetHeader(request.headers, "X-Amz-Security-Token", credentials.session_token.Reveal());
  }
  if (scope.service == "s3" || payload_hash == kUnsignedPayload) {
    http::SetHeader(request.headers, "X-Amz-Content-SHA256", std::string(payload_hash));
  }
  std::string signed_headers;
  const std::string canonical = CanonicalRequest(request, scope.service, payload_hash, signed_headers);
  const std::string credential_scope = fmt::format("{}/{}/{}/aws4_request", date, scope.region, scope.service);
  const std::string to_sign =
      fmt::format("{}\n{}\n{}\n{}", kAlgorithm, date_time, credential_scope, Hex(Sha256(canonical)));
  const Mac key =
      Hmac(Hmac(Hmac(Hmac("AWS4" + credentials.secret_access_key.Reveal(), date), scope.region), scope.service),
           "aws4_request");
  http::SetHeader(request.headers, "Authorization",
                  fmt::format("{} Credential={}/{}, SignedHeaders={}, Signature={}", kAlgorithm,
                              credentials.access_key_id, credential_scope, signed_headers, Hex(Hmac(key, to_sign))));
}

}  // namespace calve::aws
