#include "aws/imds.h"

#include <fmt/format.h>

#include <chrono>
#include <utility>

namespace calve::aws {
namespace {

constexpr std::chrono::milliseconds kTimeout(1'000);  // A machine without the service must not wait long to know.
constexpr int kAttempts = 3;                          // Of a question to a service that has shown that it is there.

}  // namespace

InstanceMetadata::InstanceMetadata(http::Transport& transport, const Environment& environment) : transport_(transport) {
  const std::string disabled = EnvironmentValue(environment, "AWS_EC2_METADATA_DISABLED");
  disabled_ = disabled == "true" || disabled == "TRUE" || disabled == "True";
  endpoint_ = EnvironmentValue(environment, "AWS_EC2_METADATA_SERVICE_ENDPOINT");
  if (endpoint_.empty()) {
    const std::string mode = EnvironmentValue(environment, "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE");
    endpoint_ = mode == "IPv6" || mode == "ipv6" ? "http://[fd00:ec2::254]" : "http://169.254.169.254";
  }
  while (endpoint_.ends_with('/')) endpoint_.pop_back();
}

Result<std::string> InstanceMetadata::Get(std::string_view path) {
  if (disabled_) return Err(ErrorKind::kNotFound, "the instance metadata is disabled (AWS_EC2_METADATA_DISABLED)");
  // Few seconds of life: it is used at once. The answer to the PUT shows that the service is there.
  Result<std::string> token = Ask("PUT", "/latest/api/token", {"X-aws-ec2-metadata-token-ttl-seconds", "60"});
  if (!token.has_value()) {
    const bool there = seen_ && token.error().kind == ErrorKind::kUnavailable;
    return Err(there ? ErrorKind::kUnavailable : ErrorKind::kNotFound,
               fmt::format("no instance metadata at {}: {}", endpoint_, token.error().message));
  }
  Result<std::string> text = Err(ErrorKind::kUnavailable, "not asked");
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    text = Ask("GET", path, {"X-aws-ec2-metadata-token", *token});
    if (text.has_value() || text.error().kind != ErrorKind::kUnavailable) break;
  }
  return text;
}

Result<std::string> InstanceMetadata::Ask(std::string_view method, std::string_view path, http::Header header) {
  http::Request request{.method = std::string(method), .url = endpoint_ + std::string(path)};
  request.headers.push_back(std::move(header));
  request.connect_timeout = kTimeout;
  request.total_timeout = kTimeout;
  request.past_proxies = true;
  auto reply = transport_.Send(request, nullptr);
  if (!reply.has_value()) return std::unexpected(std::move(reply).error().error);
  seen_ = true;
  if (reply->status == 200) return std::move(reply->body);
  const std::string text = fmt::format("{} {}: HTTP {}", method, request.url, reply->status);
  return Err(reply->status >= 500 || reply->status == 429 ? ErrorKind::kUnavailable : ErrorKind::kNotFound, text);
}

}  // namespace calve::aws
