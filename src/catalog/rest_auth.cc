#include "catalog/rest_auth.h"

#include <fmt/format.h>

#include <algorithm>

#include "aws/uri.h"
#include "catalog/json_members.h"

namespace calve::catalog {

RestAuth::RestAuth(std::string uri, RestProperties properties, aws::Client& client, Clock& clock)
    : uri_(std::move(uri)), properties_(std::move(properties)), client_(client), clock_(clock) {
  token_ = Property("token");
}

std::string RestAuth::Property(const char* key, std::string_view fallback) const {
  const auto found = properties_.find(key);
  return found == properties_.end() ? std::string(fallback) : found->second;
}

Result<std::string> RestAuth::Header() {
  const std::lock_guard lock(mutex_);
  const bool due = token_.empty() || (renew_at_ && clock_.Monotonic() >= *renew_at_);
  if (due && !Property("credential").empty()) CALVE_RETURN_IF_ERROR(Fetch());
  return token_.empty() ? std::string() : "Bearer " + token_;
}

bool RestAuth::Renew(const std::string& refused) {
  if (Property("credential").empty()) return false;
  const std::lock_guard lock(mutex_);
  // Another thread may have renewed it meanwhile.
  if (refused == "Bearer " + token_) token_.clear();
  return true;
}

/// Client credentials grant (RFC 6749 section 4.4).
Status RestAuth::Fetch() {
  const std::string credential = Property("credential");
  const size_t colon = credential.find(':');
  std::vector<std::pair<std::string, std::string>> form = {{"grant_type", "client_credentials"}};
  if (colon != std::string::npos) form.emplace_back("client_id", credential.substr(0, colon));
  form.emplace_back("client_secret", colon == std::string::npos ? credential : credential.substr(colon + 1));
  form.emplace_back("scope", Property("scope", "catalog"));
  for (const char* key : {"audience", "resource"}) {
    if (const std::string value = Property(key); !value.empty()) form.emplace_back(key, value);
  }
  std::string server = Property("oauth2-server-uri", "/v1/oauth/tokens");
  if (server.find("://") == std::string::npos)
    server = fmt::format("{}{}{}", uri_, server.starts_with('/') ? "" : "/", server);
  aws::Call call;
  call.method = "POST";
  call.path.clear();
  call.headers = {{"Content-Type", "application/x-www-form-urlencoded"}, {"Accept", "application/json"}};
  for (const auto& [key, value] : form) {
    call.body += fmt::format("{}{}={}", call.body.empty() ? "" : "&", key, aws::UriEncode(value));
  }
  const auto response = client_.Send({server, "oauth2", ""}, "token", call);
  if (!response) {
    Error error = response.error().error;
    const int status = response.error().status;
    if (status == 400 || status == 401 || status == 403) error.kind = ErrorKind::kPermissionDenied;
    return WithContext(std::move(error), "no token for the REST catalog");
  }
  // The answer holds a secret: none of its text goes into a message.
  const auto answer = ParseJson(response->body, "the token");
  const std::string token = answer ? TextOf(*answer, "access_token") : std::string();
  if (token.empty())
    return Err(ErrorKind::kPermissionDenied,
               fmt::format("{} answered without an access_token", http::ShownUrl(server)));
  token_ = token;
  renew_at_.reset();
  const Json& seconds = MemberOf(*answer, "expires_in");
  if (seconds.is_number()) {
    // A tenth of its life early, one minute at most: a call that begins with it must end with it.
    const double life = std::clamp(seconds.get<double>(), 0.0, 31'536'000.0);
    const double margin = std::min(60.0, life / 10);
    renew_at_ = clock_.Monotonic() + std::chrono::milliseconds(static_cast<int64_t>((life - margin) * 1000));
  }
  return {};
}

}  // namespace calve::catalog
