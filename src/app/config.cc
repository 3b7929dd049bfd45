#include "app/config.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <span>
#include <string_view>

#include "app/config_file.h"
#include "app/config_values.h"

namespace calve::app {
namespace {

enum class Layer { kFile, kEnvironment, kFlag };

/// What was given for an option, in the layer that wins so far.
struct Given {
  Layer layer;
  std::string origin;  ///< "--threads", "CALVE_THREADS", "calve.toml:3: threads"
  OptionValues values;
};

using GivenMap = std::map<const Option*, Given>;

constexpr std::string_view kPrefix = "CALVE_";
constexpr std::string_view kConfigVariable = "CALVE_CONFIG";
/// Not settings: what the package's launcher says, and the project's own scripts and tests, which run calve with them
/// in its environment.
constexpr std::array<std::string_view, 4> kNotOurs = {"CALVE_LAMBDA", "CALVE_BIN", "CALVE_TAXI_GEN", "CALVE_FUZZ_RUNS"};
constexpr std::string_view kTestPrefix = "CALVE_TEST_";

/// Other names for our variables: what the common Lambda pipeline of two Python functions calls them.
struct Alias {
  std::string_view name;
  std::string_view flag;
  std::string_view before;  ///< Goes around the value.
  std::string_view behind;
  bool in_lambda = false;  ///< Only there: elsewhere the name may mean anything.
};

constexpr std::array kAliases = std::to_array<Alias>({
    {"CHUNK_SIZE_MB", "chunk-size", "", "MiB"},
    {"SQS_QUEUE_URL", "queue", "", "", true},
    {"S3_BUCKET_NAME", "warehouse", "s3://", "", true},
    {"CALVE_HANDLER", "role", "", ""},
});

std::unexpected<Error> Invalid(std::string message) { return Err(ErrorKind::kInvalidArgument, std::move(message)); }

std::vector<std::string> KnownKeys() {
  std::vector<std::string> keys;
  for (const Option& option : Options()) keys.emplace_back(option.key);
  return keys;
}

std::vector<std::string> KnownVariables() {
  std::vector<std::string> names = {std::string(kConfigVariable)};
  for (const Option& option : Options()) names.push_back(EnvironmentName(option));
  return names;
}

std::string Dotted(std::span<const std::string> path) { return fmt::format("{}", fmt::join(path, ".")); }

/// The option that a file's assignment is for; a map's entry becomes its NAME=VALUE. Names with dots may be quoted or
/// not: TOML takes table_properties.write.format.default apart, and it is put together again.
const Option* OptionOf(FileValue& value) {
  const std::span<const std::string> path = value.path;
  if (const Option* option = FindByKey(Dotted(path))) return option;
  if (value.is_array) return nullptr;
  for (size_t depth = path.size() - 1; depth > 0; --depth) {
    const Option* option = FindByKey(Dotted(path.first(depth)));
    if (option == nullptr || !option->is_map) continue;
    value.values.front() = Dotted(path.subspan(depth)) + "=" + value.values.front();
    return option;
  }
  return nullptr;
}

Status TakeFile(const std::string& path, GivenMap& given) {
  CALVE_ASSIGN_OR_RETURN(std::vector<FileValue> values, ReadConfigFile(path));
  for (FileValue& value : values) {
    const std::string key = Dotted(value.path);
    const Option* option = OptionOf(value);
    if (option == nullptr) {
      return Invalid(fmt::format("{}:{}: unknown key '{}'{}", path, value.line, key, DidYouMean(key, KnownKeys())));
    }
    if (value.is_array && !option->repeatable) {
      return Invalid(fmt::format("{}:{}: {} takes one value, not an array", path, value.line, key));
    }
    const auto [it, is_new] =
        given.try_emplace(option, Given{Layer::kFile, fmt::format("{}:{}: {}", path, value.line, key), {}});
    if (!is_new && !option->is_map) return Invalid(fmt::format("{}:{}: {} is given twice", path, value.line, key));
    it->second.values.insert(it->second.values.end(), value.values.begin(), value.values.end());
  }
  return {};
}

Status TakeEnvironment(const ConfigSources& sources, GivenMap& given) {
  const bool in_lambda = std::any_of(sources.environment.begin(), sources.environment.end(),
                                     [](const auto& variable) { return variable.first == "AWS_LAMBDA_RUNTIME_API"; });
  for (const auto& [name, value] : sources.environment) {
    if (value.empty()) continue;
    const auto alias = std::find_if(kAliases.begin(), kAliases.end(), [&name_ = name, in_lambda](const Alias& a) {
      return a.name == name_ && (in_lambda || !a.in_lambda);
    });
    if (alias != kAliases.end()) {
      const Option* option = FindByFlag(alias->flag);
      const auto it = given.find(option);
      // Our own variable, wherever it stands in the environment, goes before the other name.
      if (it == given.end() || it->second.layer < Layer::kEnvironment) {
        given[option] = {Layer::kEnvironment, name, {fmt::format("{}{}{}", alias->before, value, alias->behind)}};
      }
      continue;
    }
    if (!name.starts_with(kPrefix) || name == kConfigVariable || name.starts_with(kTestPrefix)) continue;
    if (std::find(kNotOurs.begin(), kNotOurs.end(), name) != kNotOurs.end()) continue;
    const auto options = Options();
    const auto option = std::find_if(options.begin(), options.end(), [&name_ = name](const Option& candidate) {
      return EnvironmentName(candidate) == name_;
    });
    if (option == options.end()) {
      return Invalid(fmt::format("unknown environment variable {}{}", name, DidYouMean(name, KnownVariables())));
    }
    const bool is_list = option->repeatable && option->flag != "null";
    given[&*option] = {Layer::kEnvironment, name, is_list ? SplitList(value) : OptionValues{value}};
  }
  return {};
}

std::optional<std::string> ConfigPath(const ConfigSources& sources) {
  if (sources.config_path) return sources.config_path;
  for (const auto& [name, value] : sources.environment) {
    if (name == kConfigVariable && !value.empty()) return value;
  }
  std::error_code error;
  if (std::filesystem::exists(sources.default_path, error)) return sources.default_path;
  return std::nullopt;
}

/// Two ways to say one thing: the one of the higher precedence counts.
Status SettleSql(GivenMap& given) {
  const auto text = given.find(FindByFlag("sql"));
  const auto file = given.find(FindByFlag("sql-file"));
  if (text == given.end() || file == given.end()) return {};
  if (text->second.layer == file->second.layer) {
    return Invalid(
        fmt::format("{} and {} say the same thing: give one of them", text->second.origin, file->second.origin));
  }
  given.erase(text->second.layer < file->second.layer ? text : file);
  return {};
}

/// Values that a log must not have: tokens, and a URI that has room for a secret: user information (RFC 3986 section
/// 3.2.1), or a query, where libpq takes a password and signed URLs have their signature. Whatever the option is
/// called.
bool HoldsSecrets(const Option& option, const OptionValues& values) {
  if (option.flag == "catalog-property") return true;
  return std::ranges::any_of(values, [](const std::string& value) {
    return value.find("://") != std::string::npos && value.find_first_of("@?") != std::string::npos;
  });
}

}  // namespace

Result<LoadedConfig> LoadConfig(const ConfigSources& sources) {
  GivenMap given;
  if (const std::optional<std::string> path = ConfigPath(sources)) CALVE_RETURN_IF_ERROR(TakeFile(*path, given));
  CALVE_RETURN_IF_ERROR(TakeEnvironment(sources, given));
  for (const auto& [option, values] : sources.flags) {
    const std::string origin = fmt::format("--{}", option->flag);
    if (!option->repeatable && values.size() > 1) return Invalid(origin + " is given more than once");
    given[option] = {Layer::kFlag, origin, values};
  }
  CALVE_RETURN_IF_ERROR(SettleSql(given));

  LoadedConfig config;
  for (const Option& option : Options()) {
    const auto it = given.find(&option);
    if (it == given.end()) continue;
    const Given& value = it->second;
    if (Status status = option.set(config.settings, value.values); !status.has_value()) {
      return WithContext(std::move(status).error(), value.origin);
    }
    config.origins.push_back(fmt::format(
        "{} = {} (from {})", option.key,
        HoldsSecrets(option, value.values) ? "(not shown)" : fmt::format("{}", fmt::join(value.values, ", ")),
        value.origin));
  }
  return config;
}

}  // namespace calve::app
