// From flags, environment and calve.toml to Settings. Precedence: flag, environment, file, default.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/config_table.h"
#include "app/settings.h"
#include "base/error.h"

namespace calve::app {

/// Everything that settings come from, as it was found.
struct ConfigSources {
  std::vector<std::pair<const Option*, OptionValues>> flags;
  std::vector<std::pair<std::string, std::string>> environment;  ///< All of it; what is not ours is passed over.
  std::optional<std::string> config_path;  ///< --config. Else CALVE_CONFIG, else `default_path` if there.
  std::string default_path = "calve.toml";
};

struct LoadedConfig {
  Settings settings;
  std::vector<std::string> origins;  ///< "threads = 4 (from --threads)": what differs from the defaults, for --verbose.
};

/// kInvalidArgument, naming where the value stands, for an unknown key or CALVE_ variable (with the nearest known one),
/// a value that its option does not take, and `sql` beside `sql_file`. An empty environment variable counts as unset.
Result<LoadedConfig> LoadConfig(const ConfigSources& sources);

}  // namespace calve::app
