// Credentials out of environment variables: keys, and web identity.
#include <fmt/format.h>

#include <utility>

#include "aws/credential_chain.h"
#include "aws/sts.h"

namespace calve::aws {
namespace {

class EnvironmentSource final : public CredentialSource {
 public:
  explicit EnvironmentSource(Environment environment) : environment_(std::move(environment)) {}
  std::string_view name() const override { return "environment"; }

  Result<Found> Load() override {
    Credentials credentials{.access_key_id = EnvironmentValue(environment_, "AWS_ACCESS_KEY_ID"),
                            .secret_access_key = EnvironmentValue(environment_, "AWS_SECRET_ACCESS_KEY"),
                            .session_token = EnvironmentValue(environment_, "AWS_SESSION_TOKEN")};
    if (credentials.access_key_id.empty()) return Found::Nothing("AWS_ACCESS_KEY_ID is not set");
    if (credentials.secret_access_key.empty()) {
      return Err(ErrorKind::kInvalidArgument, "AWS_ACCESS_KEY_ID is set, AWS_SECRET_ACCESS_KEY is not");
    }
    return Found{.credentials = std::move(credentials)};
  }

 private:
  const Environment environment_;
};

class WebIdentitySource final : public CredentialSource {
 public:
  explicit WebIdentitySource(const SourceContext& context)
      : environment_(context.environment),
        sts_(context.transport, context.clock, context.rng, context.environment, context.profiles, context.region) {}
  std::string_view name() const override { return "web identity"; }

  Result<Found> Load() override {
    const std::string file = EnvironmentValue(environment_, "AWS_WEB_IDENTITY_TOKEN_FILE");
    const Role role{.arn = EnvironmentValue(environment_, "AWS_ROLE_ARN"),
                    .session_name = EnvironmentValue(environment_, "AWS_ROLE_SESSION_NAME")};
    if (file.empty()) return Found::Nothing("AWS_WEB_IDENTITY_TOKEN_FILE is not set");
    if (role.arn.empty()) {
      return Err(ErrorKind::kInvalidArgument, "AWS_WEB_IDENTITY_TOKEN_FILE is set, AWS_ROLE_ARN is not");
    }
    CALVE_ASSIGN_OR_RETURN(Credentials credentials, sts_.AssumeRoleWithWebIdentity(role, file));
    return Found{.credentials = std::move(credentials)};
  }

 private:
  const Environment environment_;
  Sts sts_;
};

}  // namespace

std::unique_ptr<CredentialSource> MakeEnvironmentSource(const SourceContext& context) {
  return std::make_unique<EnvironmentSource>(context.environment);
}

std::unique_ptr<CredentialSource> MakeWebIdentitySource(const SourceContext& context) {
  return std::make_unique<WebIdentitySource>(context);
}

}  // namespace calve::aws
