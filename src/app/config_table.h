// The one table of everything that can be set: its key in calve.toml, its flag, its environment variable, its help, and
// how its text becomes a Settings member. The command line, the configuration file, the environment and the help are
// all driven by it.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/settings.h"
#include "base/error.h"

namespace calve::app {

/// What an option is about: its heading in the help, and which commands take it as a flag.
enum class OptionGroup {
  kPlaces,     ///< Where things are: every command that opens a warehouse.
  kSource,     ///< What is loaded, and how it is cut: run, plan.
  kCsv,        ///< Overrides of what sniffing finds: run, plan.
  kTable,      ///< The table when it is created or evolved: run, plan.
  kDataFiles,  ///< How data files are written: run, plan.
  kEngine,     ///< Threads and memory: run, plan, query.
  kRetries,    ///< Commit loop and queue: run, worker.
  kQueues,     ///< Which queues: worker, backfill, redrive.
  kWorker,     ///< How a worker works.
  kBackfill,
};

/// What a person wrote for one option: one text, or several for a repeatable one (perhaps none, from an empty TOML
/// array).
using OptionValues = std::vector<std::string>;

struct Option {
  std::string_view key;    ///< In calve.toml: "commit.retries".
  std::string_view flag;   ///< Without the dashes: "commit-retries".
  std::string_view value;  ///< The value's placeholder in the help: "N". Empty for a switch (yes or no).
  std::string_view help;   ///< One line, with the default.
  OptionGroup group = OptionGroup::kSource;
  bool repeatable = false;
  bool is_map = false;  ///< NAME=VALUE; in TOML also a table of that key.
  /// Sets the member. The error is one clause that goes behind the option's name.
  Status (*set)(Settings& settings, const OptionValues& values) = nullptr;
};

/// All options, in the order of the help. Values are applied in this order, so that a later one may look at an earlier
/// one.
std::span<const Option> Options();

/// The option with that flag (no dashes), or null.
const Option* FindByFlag(std::string_view flag);
/// The option with that key, or null. "commit" is taken for "commit.mode", and '-' for '_'.
const Option* FindByKey(std::string_view key);

/// "commit-retries" -> "CALVE_COMMIT_RETRIES".
std::string EnvironmentName(const Option& option);

}  // namespace calve::app
