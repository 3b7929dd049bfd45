#include "aws/profile.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/ascii.h"

namespace calve::aws {
namespace {

constexpr std::string_view kBlanks = " \t\r";

std::string_view Trim(std::string_view text) {
  const size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

/// Without a comment at its end: " #" or " ;" begins one.
std::string_view WithoutComment(std::string_view value) {
  for (size_t i = 1; i < value.size(); ++i) {
    if ((value[i] == '#' || value[i] == ';') && kBlanks.find(value[i - 1]) != std::string_view::npos) {
      return Trim(value.substr(0, i));
    }
  }
  return Trim(value);
}

/// "profile  "a b"" -> "profile a b".
std::string Heading(std::string_view inside) {
  inside = Trim(inside);
  const size_t blank = inside.find_first_of(kBlanks);
  if (blank == std::string_view::npos) return std::string(inside);
  std::string_view name = Trim(inside.substr(blank));
  if (name.size() >= 2 && (name.front() == '"' || name.front() == '\'') && name.back() == name.front()) {
    name = name.substr(1, name.size() - 2);
  }
  return fmt::format("{} {}", inside.substr(0, blank), name);
}

/// Reads line after line.
class Parser {
 public:
  explicit Parser(std::string_view what) : what_(what) {}

  Status Line(std::string_view line) {
    ++number_;
    const std::string_view trimmed = Trim(line);
    if (trimmed.empty() || trimmed.front() == '#' || trimmed.front() == ';') return {};
    if (trimmed.front() == '[') return OnHeading(trimmed);
    if (section_ == nullptr) return Bad("a setting stands before the first [section]");
    const bool indented = kBlanks.find(line.front()) != std::string_view::npos;
    return indented ? OnIndented(trimmed) : OnSetting(trimmed);
  }

  Sections Finish() && { return std::move(sections_); }

 private:
  Status Bad(std::string_view why) const {
    return Err(ErrorKind::kInvalidArgument, fmt::format("{}, line {}: {}", what_, number_, why));
  }

  Status OnHeading(std::string_view line) {
    const size_t close = line.find(']');
    if (close == std::string_view::npos) return Bad("a [section] is not closed");
    section_ = &sections_[Heading(line.substr(1, close - 1))];
    key_.clear();
    return {};
  }

  Status OnSetting(std::string_view line) {
    const size_t equals = line.find('=');
    if (equals == std::string_view::npos || Trim(line.substr(0, equals)).empty()) return Bad("no \"name = value\"");
    key_ = AsciiLower(Trim(line.substr(0, equals)));
    (*section_)[key_] = WithoutComment(line.substr(equals + 1));
    return {};
  }

  /// Under an empty setting it is a setting of that one; under any other, its value goes on.
  Status OnIndented(std::string_view line) {
    if (key_.empty()) return OnSetting(line);
    std::string& above = (*section_)[key_];
    if (!above.empty()) {
      above += '\n';
      above += line;
      return {};
    }
    const size_t equals = line.find('=');
    if (equals == std::string_view::npos || Trim(line.substr(0, equals)).empty()) return Bad("no \"name = value\"");
    (*section_)[fmt::format("{}.{}", key_, AsciiLower(Trim(line.substr(0, equals))))] =
        WithoutComment(line.substr(equals + 1));
    return {};
  }

  const std::string_view what_;
  Sections sections_;
  Section* section_ = nullptr;
  std::string key_;
  int number_ = 0;
};

Result<Sections> ReadSections(const std::string& path) {
  Result<std::string> text = ReadSmallFile(path);
  if (!text.has_value()) {
    if (text.error().kind == ErrorKind::kNotFound) return Sections();
    return std::unexpected(std::move(text).error());
  }
  return ParseProfileFile(*text, path);
}

std::string PathOf(const Environment& environment, std::string_view variable, std::string_view name) {
  std::string path = EnvironmentValue(environment, variable);
  const std::string home = EnvironmentValue(environment, "HOME");
  if (path.empty()) return home.empty() ? std::string() : fmt::format("{}/.aws/{}", home, name);
  if (path.starts_with("~/") && !home.empty()) path.replace(0, 1, home);
  return path;
}

void Merge(Section& into, Section&& from) {
  for (auto& [key, value] : from) into[key] = std::move(value);
}

}  // namespace

Result<std::string> ReadSmallFile(const std::string& path) {
  static constexpr size_t kMaxBytes = size_t{1} << 20U;
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return std::unexpected(ErrnoError(errno, fmt::format("open {}", path)));
  std::string text(kMaxBytes + 1, '\0');
  size_t size = 0;
  while (size < text.size()) {
    const ssize_t got = read(file, text.data() + size, text.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      const Error error = ErrnoError(errno, fmt::format("read {}", path));
      close(file);
      return std::unexpected(error);
    }
    if (got == 0) break;
    size += static_cast<size_t>(got);
  }
  close(file);
  if (size > kMaxBytes) return Err(ErrorKind::kInvalidArgument, fmt::format("{} is larger than 1 MiB", path));
  text.resize(size);
  return text;
}

Result<Sections> ParseProfileFile(std::string_view text, std::string_view what) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  Parser parser(what);
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    CALVE_RETURN_IF_ERROR(parser.Line(text.substr(at, end - at)));
    at = end + 1;
  }
  return std::move(parser).Finish();
}

Result<Profiles> Profiles::Load(const Environment& environment) {
  Profiles profiles;
  profiles.config_path_ = PathOf(environment, "AWS_CONFIG_FILE", "config");
  profiles.credentials_path_ = PathOf(environment, "AWS_SHARED_CREDENTIALS_FILE", "credentials");
  if (!profiles.config_path_.empty()) {
    CALVE_ASSIGN_OR_RETURN(Sections sections, ReadSections(profiles.config_path_));
    // "[profile default]" beats "[default]": the short form first, the long one over it.
    if (const auto found = sections.find("default"); found != sections.end()) {
      profiles.profiles_["default"] = found->second;
    }
    for (auto& [heading, section] : sections) {
      if (heading.starts_with("profile ")) {
        profiles.profiles_[heading.substr(8)] = std::move(section);
      } else if (heading.starts_with("services ")) {
        profiles.services_[heading.substr(9)] = std::move(section);
      }
    }
  }
  if (!profiles.credentials_path_.empty()) {
    CALVE_ASSIGN_OR_RETURN(Sections sections, ReadSections(profiles.credentials_path_));
    for (auto& [heading, section] : sections) Merge(profiles.profiles_[heading], std::move(section));
  }
  for (const char* variable : {"AWS_PROFILE", "AWS_DEFAULT_PROFILE"}) {
    std::string name = EnvironmentValue(environment, variable);
    if (name.empty()) continue;
    profiles.name_ = std::move(name);
    if (!profiles.Has(profiles.name_)) {
      return Err(ErrorKind::kInvalidArgument,
                 fmt::format("{} names a profile that is not there: {}", variable, profiles.Describe(profiles.name_)));
    }
    break;
  }
  return profiles;
}

std::string Profiles::Describe(std::string_view profile) const {
  const auto named = [](const std::string& path) { return path.empty() ? "(no HOME)" : path; };
  return fmt::format("profile {} in {} and {}", profile, named(config_path_), named(credentials_path_));
}

std::optional<std::string> Profiles::Find(std::string_view profile, std::string_view key) const {
  const auto section = profiles_.find(profile);
  if (section == profiles_.end()) return std::nullopt;
  const auto value = section->second.find(key);
  if (value == section->second.end() || value->second.empty()) return std::nullopt;
  return value->second;
}

std::optional<std::string> Profiles::FindForService(std::string_view profile, std::string_view key) const {
  const auto name = Find(profile, "services");
  if (!name) return std::nullopt;
  const auto section = services_.find(*name);
  if (section == services_.end()) return std::nullopt;
  const auto value = section->second.find(key);
  if (value == section->second.end() || value->second.empty()) return std::nullopt;
  return value->second;
}

}  // namespace calve::aws
