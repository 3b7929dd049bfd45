#include "aws/credential_source.h"

#include <fmt/format.h>

#include "aws/time.h"
#include "base/json.h"

namespace calve::aws {

Result<Credentials> ParseCredentialsJson(std::string_view text, std::string_view token_key, std::string_view what) {
  const auto bad = [&](std::string_view why) {
    return Err(ErrorKind::kInvalidArgument, fmt::format("{}: {}", what, why));
  };
  const Result<Json> json = ParseJson(text, what);
  if (!json.has_value() || !json->is_object()) return bad("no JSON object");  // Its text may hold half a secret.
  const auto string_of = [&](std::string_view key) {
    const auto found = json->find(key);
    return found != json->end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  Credentials credentials{.access_key_id = string_of("AccessKeyId"),
                          .secret_access_key = string_of("SecretAccessKey"),
                          .session_token = string_of(token_key)};
  if (credentials.access_key_id.empty()) return bad("no AccessKeyId");
  if (credentials.secret_access_key.empty()) return bad("no SecretAccessKey");
  if (const std::string expires = string_of("Expiration"); !expires.empty()) {
    credentials.expires = ParseIsoTime(expires);
    if (!credentials.expires) return bad("Expiration is no time: " + expires);
  }
  return credentials;
}

}  // namespace calve::aws
