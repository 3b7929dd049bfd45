// AWS's shared config and credentials files.
// Source: "Shared config and credentials files" in the AWS SDKs and Tools reference guide.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "aws/environment.h"
#include "base/error.h"

namespace calve::aws {

/// The settings of one section. What is nested under a setting ("s3 =", then indented lines) is "s3.endpoint_url".
using Section = std::map<std::string, std::string, std::less<>>;

/// Sections by their whole heading: "default", "profile name", "services name".
using Sections = std::map<std::string, Section, std::less<>>;

/// Reads one file's text. kInvalidArgument, with `what` and the line, when a line is neither a heading, a setting, a
/// comment nor empty.
Result<Sections> ParseProfileFile(std::string_view text, std::string_view what);

/// The profiles of both files, and which of them is chosen.
class Profiles {
 public:
  /// Reads AWS_CONFIG_FILE (~/.aws/config) and AWS_SHARED_CREDENTIALS_FILE (~/.aws/credentials); a file that is not
  /// there is an empty one. The profile is AWS_PROFILE, AWS_DEFAULT_PROFILE or "default". kInvalidArgument when the
  /// profile that a variable names is in neither file; kPermissionDenied etc. when a file cannot be read.
  static Result<Profiles> Load(const Environment& environment);

  /// The chosen profile.
  const std::string& name() const { return name_; }
  /// "profile x in <config file> and <credentials file>", for messages.
  std::string Describe(std::string_view profile) const;

  bool Has(std::string_view profile) const { return profiles_.contains(profile); }
  /// A setting, the credentials file's before the config file's; nullopt when it is in neither, or empty.
  std::optional<std::string> Find(std::string_view profile, std::string_view key) const;
  /// A setting of the section "[services NAME]" that the profile's `services` names.
  std::optional<std::string> FindForService(std::string_view profile, std::string_view key) const;

 private:
  std::string name_ = "default";
  std::string config_path_;
  std::string credentials_path_;
  Sections profiles_;  // By profile name.
  Sections services_;  // By the name of the services section.
};

/// The whole of a small file. Errors as errno's; kInvalidArgument when it is larger than 1 MiB.
Result<std::string> ReadSmallFile(const std::string& path);

}  // namespace calve::aws
