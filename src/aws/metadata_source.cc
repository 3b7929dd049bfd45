// Credentials that the surroundings hand out: the container's endpoint, the EC2 instance.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "aws/credential_chain.h"
#include "aws/imds.h"
#include "aws/uri.h"
#include "base/backoff.h"

namespace calve::aws {
namespace {

constexpr std::chrono::milliseconds kContainerTimeout(2'000);
constexpr BackoffPolicy kContainerBackoff{.max_retries = 3, .max_wait = std::chrono::milliseconds(1'000)};

std::string Trim(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) text.pop_back();
  return text;
}

bool IsIpv4Loopback(std::string_view host) {
  return host.starts_with("127.") &&
         std::ranges::all_of(host, [](char c) { return (c >= '0' && c <= '9') || c == '.'; }) &&
         std::ranges::count(host, '.') == 3;
}

/// Where the authorization token may go without TLS: this host, and the addresses of ECS and EKS.
bool MayBePlain(std::string_view host_and_port) {
  const size_t bracket = host_and_port.find(']');
  const std::string_view host = host_and_port.starts_with('[') && bracket != std::string_view::npos
                                    ? host_and_port.substr(0, bracket + 1)
                                    : host_and_port.substr(0, host_and_port.find(':'));
  return host == "localhost" || host == "[::1]" || host == "169.254.170.2" || host == "169.254.170.23" ||
         host == "[fd00:ec2::23]" || IsIpv4Loopback(host);
}

class ContainerSource final : public CredentialSource {
 public:
  explicit ContainerSource(const SourceContext& context) : context_(context) {}
  std::string_view name() const override { return "container endpoint"; }

  Result<Found> Load() override {
    const std::string relative = EnvironmentValue(context_.environment, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    const std::string full = EnvironmentValue(context_.environment, "AWS_CONTAINER_CREDENTIALS_FULL_URI");
    if (relative.empty() && full.empty()) {
      return Found::Nothing(
          "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI and AWS_CONTAINER_CREDENTIALS_FULL_URI are not set");
    }
    http::Request request;
    request.url = relative.empty() ? full : "http://169.254.170.2" + relative;
    const UrlParts url = SplitUrl(request.url);
    if (url.scheme != "https" && (url.scheme != "http" || !MayBePlain(HostHeader(url)))) {
      return Err(
          ErrorKind::kInvalidArgument,
          "AWS_CONTAINER_CREDENTIALS_FULL_URI must be https, or http to this host or to the addresses of ECS and EKS");
    }
    CALVE_ASSIGN_OR_RETURN(const std::string token, Token());
    if (!token.empty()) request.headers.push_back({"Authorization", token});
    request.connect_timeout = kContainerTimeout;
    request.total_timeout = kContainerTimeout;
    request.past_proxies = url.scheme == "http";
    CALVE_ASSIGN_OR_RETURN(const std::string text, Fetch(request));
    CALVE_ASSIGN_OR_RETURN(Credentials credentials, ParseCredentialsJson(text, "Token", "the container's credentials"));
    return Found{.credentials = std::move(credentials)};
  }

 private:
  Result<std::string> Token() const {
    std::string token;
    if (const std::string file = EnvironmentValue(context_.environment, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
        !file.empty()) {
      CALVE_ASSIGN_OR_RETURN(token, ReadSmallFile(file));
    } else {
      token = EnvironmentValue(context_.environment, "AWS_CONTAINER_AUTHORIZATION_TOKEN");
    }
    token = Trim(std::move(token));
    if (token.find_first_of("\r\n") != std::string::npos) {
      return Err(ErrorKind::kInvalidArgument, "the container's authorization token has a line break in it");
    }
    return token;
  }

  Result<std::string> Fetch(const http::Request& request) {
    for (int attempt = 0;; ++attempt) {
      auto reply = context_.transport.Send(request, nullptr);
      if (reply.has_value() && reply->status == 200) return std::move(reply->body);
      Error error = reply.has_value()
                        ? Error{reply->status >= 500 || reply->status == 429 ? ErrorKind::kUnavailable
                                                                             : ErrorKind::kPermissionDenied,
                                fmt::format("GET {}: HTTP {}", request.url, reply->status)}
                        : std::move(reply).error().error;
      if (error.kind != ErrorKind::kUnavailable || attempt >= kContainerBackoff.max_retries) {
        return std::unexpected(std::move(error));
      }
      context_.clock.SleepFor(BackoffWait(kContainerBackoff, attempt, context_.rng));
    }
  }

  const SourceContext context_;
};

class InstanceSource final : public CredentialSource {
 public:
  explicit InstanceSource(const SourceContext& context) : imds_(context.transport, context.environment) {}
  std::string_view name() const override { return "EC2 instance"; }

  Result<Found> Load() override {
    static constexpr std::string_view kRoles = "/latest/meta-data/iam/security-credentials/";
    Result<std::string> role = imds_.Get(kRoles);
    if (!role.has_value()) {
      if (role.error().kind == ErrorKind::kNotFound) return Found::Nothing(std::move(role).error().message);
      return std::unexpected(std::move(role).error());
    }
    const std::string name = role->substr(0, role->find_first_of("\r\n"));
    if (name.empty()) return Found::Nothing("the instance has no role");
    Result<std::string> text = imds_.Get(std::string(kRoles) + UriEncode(name));
    if (!text.has_value()) {
      return Err(ErrorKind::kUnavailable, fmt::format("role {} of the instance: {}", name, text.error().message));
    }
    // An instance whose role is being changed answers with a "Code" that is not "Success", and without keys.
    Result<Credentials> credentials =
        ParseCredentialsJson(*text, "Token", fmt::format("the credentials of the instance's role {}", name));
    if (!credentials.has_value()) return Err(ErrorKind::kUnavailable, std::move(credentials).error().message);
    return Found{.credentials = std::move(*credentials)};
  }

 private:
  InstanceMetadata imds_;
};

}  // namespace

std::unique_ptr<CredentialSource> MakeContainerSource(const SourceContext& context) {
  return std::make_unique<ContainerSource>(context);
}

std::unique_ptr<CredentialSource> MakeInstanceSource(const SourceContext& context) {
  return std::make_unique<InstanceSource>(context);
}

}  // namespace calve::aws
