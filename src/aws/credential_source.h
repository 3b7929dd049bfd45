// One place where credentials may be; the chain asks one after another.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "aws/credentials.h"
#include "base/error.h"

namespace calve::aws {

/// What a place has: credentials, or why it is none.
struct Found {
  std::optional<Credentials> credentials{};
  std::string why_not{};  ///< "AWS_ACCESS_KEY_ID is not set".

  static Found Nothing(std::string why) { return {.why_not = std::move(why)}; }
};

/// Asked by one thread at a time.
class CredentialSource {
 public:
  virtual ~CredentialSource() = default;
  /// "environment", "web identity": for messages.
  virtual std::string_view name() const = 0;
  /// An error means that the place is configured but fails: the chain stops there, since going on could find another
  /// identity than the one that was asked for.
  virtual Result<Found> Load() = 0;
};

/// Reads the JSON of credential processes, container and instance metadata: AccessKeyId, SecretAccessKey, `token_key`
/// (optional), Expiration (optional). kInvalidArgument naming what is missing, never what is there.
Result<Credentials> ParseCredentialsJson(std::string_view text, std::string_view token_key, std::string_view what);

}  // namespace calve::aws
