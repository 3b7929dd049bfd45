// Credentials out of a profile of the shared files.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <utility>
#include <vector>

#include "aws/credential_chain.h"
#include "aws/process.h"
#include "aws/sts.h"
#include "base/json.h"

namespace calve::aws {
namespace {

constexpr std::chrono::milliseconds kProcessLimit(60'000);

class ProfileSource final : public CredentialSource {
 public:
  explicit ProfileSource(const SourceContext& context)
      : context_(context),
        sts_(context.transport, context.clock, context.rng, context.environment, context.profiles, context.region) {}
  std::string_view name() const override { return "profile"; }

  Result<Found> Load() override {
    // Read afresh: a refresh is often somebody having written new keys.
    CALVE_ASSIGN_OR_RETURN(profiles_, Profiles::Load(context_.environment));
    std::vector<std::string> trail;
    return Resolve(profiles_.name(), trail);
  }

 private:
  /// `trail`: the profiles whose source_profile led here.
  Result<Found> Resolve(const std::string& profile, std::vector<std::string>& trail) {
    trail.push_back(profile);
    if (Has(profile, "role_arn")) return TakeRole(profile, trail);
    return Direct(profile);
  }

  bool Has(const std::string& profile, std::string_view key) const { return profiles_.Find(profile, key).has_value(); }
  std::string Value(const std::string& profile, std::string_view key) const {
    return profiles_.Find(profile, key).value_or("");
  }
  Result<Found> Bad(const std::string& profile, std::string_view why) const {
    return Err(ErrorKind::kInvalidArgument, fmt::format("{}: {}", profiles_.Describe(profile), why));
  }

  /// What the profile has itself, whatever its role.
  Result<Found> Direct(const std::string& profile) {
    Credentials credentials{.access_key_id = Value(profile, "aws_access_key_id"),
                            .secret_access_key = Value(profile, "aws_secret_access_key"),
                            .session_token = Value(profile, "aws_session_token")};
    if (!credentials.access_key_id.empty()) {
      if (credentials.secret_access_key.empty()) return Bad(profile, "aws_access_key_id without aws_secret_access_key");
      return Found{.credentials = std::move(credentials)};
    }
    if (const auto command = profiles_.Find(profile, "credential_process")) return RunProcess(profile, *command);
    if (Has(profile, "sso_start_url") || Has(profile, "sso_session") || Has(profile, "sso_account_id")) {
      return Bad(profile,
                 "it signs in by SSO, which calve does not do; use `credential_process = aws configure "
                 "export-credentials --profile NAME`, or export the keys it prints");
    }
    return Found::Nothing(fmt::format("no keys, role or credential_process in {}", profiles_.Describe(profile)));
  }

  Result<Found> RunProcess(const std::string& profile, const std::string& command) {
    Result<std::string> text = RunCommand(command, kProcessLimit);
    if (!text.has_value()) return WithContext(std::move(text).error(), profiles_.Describe(profile));
    const std::string what = fmt::format("the credential_process of {}", profiles_.Describe(profile));
    const Result<Json> json = ParseJson(*text, what);
    const auto version = json.has_value() && json->is_object() ? json->find("Version") : Json::const_iterator();
    if (!json.has_value() || !json->is_object() || version == json->end() || *version != 1) {
      return Err(ErrorKind::kInvalidArgument, what + " does not print a JSON object with \"Version\": 1");
    }
    CALVE_ASSIGN_OR_RETURN(Credentials credentials, ParseCredentialsJson(*text, "SessionToken", what));
    return Found{.credentials = std::move(credentials)};
  }

  Result<Found> TakeRole(const std::string& profile, std::vector<std::string>& trail) {
    const Role role{.arn = Value(profile, "role_arn"),
                    .session_name = Value(profile, "role_session_name"),
                    .external_id = Value(profile, "external_id"),
                    .duration_seconds = Value(profile, "duration_seconds")};
    if (Has(profile, "mfa_serial")) {
      return Bad(profile, "its role asks for a code of a person (mfa_serial), which a loader cannot type");
    }
    if (const auto file = profiles_.Find(profile, "web_identity_token_file")) {
      CALVE_ASSIGN_OR_RETURN(Credentials credentials, sts_.AssumeRoleWithWebIdentity(role, *file));
      return Found{.credentials = std::move(credentials)};
    }
    CALVE_ASSIGN_OR_RETURN(Found with, RoleSource(profile, trail));
    if (!with.credentials) return Bad(profile, "nothing to take its role with: " + with.why_not);
    CALVE_ASSIGN_OR_RETURN(Credentials credentials, sts_.AssumeRole(role, *with.credentials));
    return Found{.credentials = std::move(credentials)};
  }

  /// The credentials that the profile's role is taken with.
  Result<Found> RoleSource(const std::string& profile, std::vector<std::string>& trail) {
    const auto source = profiles_.Find(profile, "source_profile");
    const auto place = profiles_.Find(profile, "credential_source");
    if (source && place) return Bad(profile, "both source_profile and credential_source");
    if (place) return FromPlace(profile, *place);
    if (!source) return Bad(profile, "role_arn without source_profile, credential_source or web_identity_token_file");
    if (!profiles_.Has(*source)) return Bad(profile, fmt::format("its source_profile {} is not there", *source));
    if (*source == profile) return Direct(profile);  // Its own keys.
    if (std::ranges::find(trail, *source) != trail.end()) {
      return Bad(profile, fmt::format("its source_profile leads back to {}", *source));
    }
    return Resolve(*source, trail);
  }

  Result<Found> FromPlace(const std::string& profile, const std::string& place) {
    if (place == "Environment") return MakeEnvironmentSource(context_)->Load();
    if (place == "EcsContainer") return MakeContainerSource(context_)->Load();
    if (place == "Ec2InstanceMetadata") return MakeInstanceSource(context_)->Load();
    return Bad(profile,
               fmt::format("credential_source is {}, not Environment, EcsContainer or Ec2InstanceMetadata", place));
  }

  const SourceContext context_;
  Profiles profiles_;
  Sts sts_;
};

}  // namespace

std::unique_ptr<CredentialSource> MakeProfileSource(const SourceContext& context) {
  return std::make_unique<ProfileSource>(context);
}

}  // namespace calve::aws
