// One call to a REST catalog: authorised, retried where that is harmless, its error read. Private to this module.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "aws/client.h"
#include "catalog/rest_auth.h"
#include "catalog/rest_config.h"

namespace calve::catalog {

struct RestCall {
  std::string method = "GET";
  std::string path{};  ///< Behind the catalog's URI, encoded.
  std::vector<std::pair<std::string, std::string>> query{};
  std::optional<Json> body{};
  http::Headers headers{};
  aws::Attempts attempts = aws::Attempts::kRetry;
  Deadline deadline = kNoDeadline;  ///< Of all attempts.
};

/// Thread-safe once it is configured.
class RestClient {
 public:
  /// `signer`: signs when rest.sigv4-enabled is true (rest.signing-name, rest.signing-region); may be null otherwise.
  /// What is given must outlive it.
  RestClient(std::string uri, RestProperties properties, http::Transport& transport, aws::Client* signer, Clock& clock,
             Rng& rng, BackoffPolicy backoff);

  /// kInvalidArgument when signing is asked for and cannot be.
  Status Check() const;
  /// From now on with these properties (the server's configuration, merged); `uri` among them moves it.
  void Reconfigure(const RestProperties& properties);

  /// The answer's JSON, an empty object when it has no body. A token that is refused is renewed once. kNotFound only
  /// where the catalog itself says so: any other 404 is kUnavailable, and may have taken effect.
  aws::Answer<Json> Send(std::string_view operation, const RestCall& call);

 private:
  std::string Property(const char* key, std::string_view fallback = "") const;
  bool signs() const { return IsTrue(Property("rest.sigv4-enabled")); }
  aws::Answer<http::Response> SendAs(const std::string& authorization, std::string_view operation,
                                     const RestCall& call);

  std::string uri_;
  RestProperties properties_;
  Clock& clock_;
  aws::Client* signer_;
  std::unique_ptr<aws::CredentialsProvider> nobody_ = aws::MakeStaticCredentials({});
  aws::Client plain_;  ///< Does not sign: it has no credentials.
  std::unique_ptr<RestAuth> auth_;
};

}  // namespace calve::catalog
