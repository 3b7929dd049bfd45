#include "aws/sts.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "aws/time.h"
#include "aws/uri.h"
#include "aws/xml.h"

namespace calve::aws {
namespace {

// Who waits for credentials waits for everything; the caller's own loop goes on after these.
constexpr BackoffPolicy kBackoff{.max_retries = 4};
constexpr std::chrono::milliseconds kTimeout(10'000);

}  // namespace

Sts::Sts(http::Transport& transport, Clock& clock, Rng& rng, Environment environment, Profiles profiles,
         std::string region)
    : transport_(transport),
      clock_(clock),
      rng_(rng),
      endpoints_(std::move(environment), std::move(profiles), std::move(region)) {}

Result<Credentials> Sts::AssumeRole(const Role& role, const Credentials& with) {
  std::vector<std::pair<std::string, std::string>> more;
  if (!role.external_id.empty()) more.emplace_back("ExternalId", role.external_id);
  return Ask(role, "AssumeRole", with, std::move(more));
}

Result<Credentials> Sts::AssumeRoleWithWebIdentity(const Role& role, const std::string& token_file) {
  CALVE_ASSIGN_OR_RETURN(std::string token, ReadSmallFile(token_file));
  while (!token.empty() && (token.back() == '\n' || token.back() == '\r' || token.back() == ' ')) token.pop_back();
  if (token.empty()) {
    return Err(ErrorKind::kInvalidArgument, fmt::format("the web identity token file {} is empty", token_file));
  }
  return Ask(role, "AssumeRoleWithWebIdentity", Credentials(), {{"WebIdentityToken", std::move(token)}});
}

Result<Credentials> Sts::Ask(const Role& role, std::string_view action, const Credentials& with,
                             std::vector<std::pair<std::string, std::string>> more) {
  std::vector<std::pair<std::string, std::string>> form = {
      {"Action", std::string(action)},
      {"Version", "2011-06-15"},
      {"RoleArn", role.arn},
      {"RoleSessionName",
       role.session_name.empty() ? fmt::format("calve-{}", ToMillis(clock_.Now())) : role.session_name}};
  if (!role.duration_seconds.empty()) form.emplace_back("DurationSeconds", role.duration_seconds);
  for (auto& field : more) form.push_back(std::move(field));

  Endpoint endpoint{.url = "https://sts.amazonaws.com", .service = "sts", .region = "us-east-1"};
  CALVE_ASSIGN_OR_RETURN(Endpoint resolved, endpoints_.For("sts"));
  if (!endpoints_.region().empty()) {
    endpoint = std::move(resolved);
  } else if (endpoints_.IsCustom("sts")) {
    endpoint.url = std::move(resolved.url);
  }
  const auto provider = MakeStaticCredentials(with);
  Client client(transport_, *provider, clock_, rng_, kBackoff);
  Call call{.method = "POST", .body = EncodeQuery(form), .total_timeout = kTimeout};
  call.headers.push_back({"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"});
  Answer<http::Response> answer = client.Send(endpoint, action, call);
  if (!answer.has_value()) return WithContext(std::move(answer).error().error, fmt::format("role {}", role.arn));

  Credentials credentials;
  const auto xml = XmlDocument::Parse(answer->body);
  const auto found = xml.has_value() ? xml->root().Find("Credentials") : std::nullopt;
  if (found) {
    credentials = {.access_key_id = found->TextOf("AccessKeyId"),
                   .secret_access_key = found->TextOf("SecretAccessKey"),
                   .session_token = found->TextOf("SessionToken"),
                   .expires = ParseIsoTime(found->TextOf("Expiration"))};
  }
  if (credentials.access_key_id.empty() || credentials.secret_access_key.empty() || credentials.session_token.empty() ||
      !credentials.expires) {
    return Err(ErrorKind::kUnavailable, fmt::format("role {}: sts {} answers without credentials", role.arn, action));
  }
  return credentials;
}

}  // namespace calve::aws
