// The places where credentials are looked for, in AWS's order, and the cache in front of them.
// Source: "Standardized credential providers" in the AWS SDKs and Tools reference guide.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "aws/credential_source.h"
#include "aws/credentials.h"
#include "aws/environment.h"
#include "aws/profile.h"
#include "base/clock.h"
#include "base/rng.h"
#include "http/transport.h"

namespace calve::aws {

/// What sources work with; all of it outlives them.
struct SourceContext {
  http::Transport& transport;
  Clock& clock;
  Rng& rng;
  Environment environment;
  Profiles profiles;
  std::string region{};  ///< For STS; empty: its global endpoint.
};

/// So long before they expire credentials are asked for again.
inline constexpr std::chrono::minutes kRefreshBefore{5};

/// Environment, web identity, profile, container endpoint, instance metadata: the first that has credentials. They are
/// kept until kRefreshBefore they expire. A refresh that fails is tried again half a minute later, and the old ones
/// are used as long as they live.
std::unique_ptr<CredentialsProvider> MakeDefaultCredentials(SourceContext context);

/// The same over given sources.
std::unique_ptr<CredentialsProvider> MakeCredentialChain(std::vector<std::unique_ptr<CredentialSource>> sources,
                                                         Clock& clock);

/// AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN.
std::unique_ptr<CredentialSource> MakeEnvironmentSource(const SourceContext& context);
/// AWS_WEB_IDENTITY_TOKEN_FILE, AWS_ROLE_ARN, AWS_ROLE_SESSION_NAME: EKS, GitHub Actions.
std::unique_ptr<CredentialSource> MakeWebIdentitySource(const SourceContext& context);
/// The chosen profile: a role (over web identity, another profile, or another source), keys, or a program.
std::unique_ptr<CredentialSource> MakeProfileSource(const SourceContext& context);
/// AWS_CONTAINER_CREDENTIALS_RELATIVE_URI / FULL_URI: ECS, EKS Pod Identity.
std::unique_ptr<CredentialSource> MakeContainerSource(const SourceContext& context);
/// The role of the EC2 instance.
std::unique_ptr<CredentialSource> MakeInstanceSource(const SourceContext& context);

}  // namespace calve::aws
