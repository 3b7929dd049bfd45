// Credentials and where they come from.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/error.h"
#include "base/secret.h"

namespace calve::aws {

struct Credentials {
  std::string access_key_id;
  Secret secret_access_key;
  Secret session_token{};  ///< Empty for long-term keys.
  std::optional<TimestampMicros> expires{};
};

/// Thread-safe. Caches; asks again before what it has expires.
class CredentialsProvider {
 public:
  virtual ~CredentialsProvider() = default;
  /// kPermissionDenied when there are none, naming every place that was looked at; kUnavailable when a place could not
  /// be asked.
  virtual Result<Credentials> Get() = 0;
  /// The service said that these are expired or unknown: the next Get asks afresh.
  virtual void Invalidate() = 0;
};

/// Always the same ones: tests, vended credentials.
std::unique_ptr<CredentialsProvider> MakeStaticCredentials(Credentials credentials);

}  // namespace calve::aws
