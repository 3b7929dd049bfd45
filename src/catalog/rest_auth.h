// Who calls a REST catalog: nobody, the bearer of a token, or an OAuth2 client that gets its tokens itself. (SigV4 is
// not here: aws::Client signs.) Private to this module.
#pragma once

#include <mutex>
#include <optional>
#include <string>

#include "aws/client.h"
#include "base/clock.h"
#include "catalog/rest_config.h"

namespace calve::catalog {

/// Thread-safe. By the properties that other Iceberg clients have: `token`; or `credential` ("id:secret", or the secret
/// alone), `oauth2-server-uri` (absolute, or below the catalog's URI), `scope`, `audience`, `resource`.
class RestAuth {
 public:
  /// `client` sends without signing. `client` and `clock` must outlive it.
  RestAuth(std::string uri, RestProperties properties, aws::Client& client, Clock& clock);

  /// The Authorization header's value, empty for none. Asks for a new token a while before the one it has expires.
  /// kPermissionDenied when the token server refuses, kUnavailable when it does not answer.
  Result<std::string> Header();
  /// The server refused this header's token; true when the next one will be another.
  bool Renew(const std::string& refused);

 private:
  Status Fetch();
  std::string Property(const char* key, std::string_view fallback = "") const;

  const std::string uri_;
  const RestProperties properties_;
  aws::Client& client_;
  Clock& clock_;
  std::mutex mutex_;
  std::string token_;                                              ///< Guarded by mutex_.
  std::optional<std::chrono::steady_clock::time_point> renew_at_;  ///< Guarded by mutex_.
};

}  // namespace calve::catalog
