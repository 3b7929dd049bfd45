// argv as a command with its flags. CLI11 stays inside of command_line.cc.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/config_table.h"
#include "base/error.h"
#include "cli/console.h"

namespace calve::cli {

struct Command;

/// What a person typed.
struct CommandLine {
  const Command* command = nullptr;  ///< Null: none was named.
  bool help = false;                 ///< --help, -h, `calve help [COMMAND]`
  bool version = false;              ///< `calve --version`
  std::vector<std::string> arguments;
  std::vector<std::pair<const app::Option*, app::OptionValues>> flags;
  std::optional<std::string> config_path;
  std::string format = "text";
  std::optional<std::string> max_rows;
  Verbosity verbosity = Verbosity::kNormal;
};

/// The flag takes part in what `command` does.
bool Takes(const Command& command, const app::Option& option);

/// `arguments`: argv without the program's name. kInvalidArgument for an unknown command or flag (with the nearest
/// known one), a flag without its value, and a number of arguments that the command does not take.
Result<CommandLine> ParseCommandLine(std::span<const std::string> arguments);

}  // namespace calve::cli
