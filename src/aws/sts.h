// Roles: AWS Security Token Service, as far as credentials need it.
// Source: AWS STS API reference, AssumeRole and AssumeRoleWithWebIdentity (query protocol, version 2011-06-15).
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "aws/client.h"
#include "aws/credentials.h"
#include "aws/endpoint.h"
#include "base/backoff.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/rng.h"
#include "http/transport.h"

namespace calve::aws {

/// Which role to take on.
struct Role {
  std::string arn{};
  std::string session_name{};      ///< Empty: "calve-" and the time in milliseconds.
  std::string external_id{};       ///< AssumeRole only; empty: none.
  std::string duration_seconds{};  ///< Empty: the service's own (an hour).
};

/// Used by one thread at a time. The references outlive it.
class Sts {
 public:
  /// `region` empty: the global endpoint, signed for us-east-1.
  Sts(http::Transport& transport, Clock& clock, Rng& rng, Environment environment, Profiles profiles,
      std::string region);

  /// Errors as Client's, the message naming the role.
  Result<Credentials> AssumeRole(const Role& role, const Credentials& with);
  /// `token_file` is read afresh: it is replaced before its token expires.
  Result<Credentials> AssumeRoleWithWebIdentity(const Role& role, const std::string& token_file);

 private:
  Result<Credentials> Ask(const Role& role, std::string_view action, const Credentials& with,
                          std::vector<std::pair<std::string, std::string>> more);

  http::Transport& transport_;
  Clock& clock_;
  Rng& rng_;
  const Endpoints endpoints_;
};

}  // namespace calve::aws
