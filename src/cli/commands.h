// The table of commands: what each is called, takes and does.
#pragma once

#include <span>
#include <string_view>

#include "app/config.h"
#include "app/config_table.h"
#include "base/error.h"
#include "cli/command_line.h"
#include "cli/console.h"

namespace calve::cli {

/// What a command works with.
struct Context {
  const CommandLine& line;
  const app::LoadedConfig& config;
  Console& console;
  Output& output;

  bool json() const { return line.format == "json"; }
};

struct Command {
  std::string_view name;
  std::string_view arguments;    ///< For the usage line: "SOURCE...".
  std::string_view summary;      ///< One line of the list of commands.
  std::string_view description;  ///< Paragraphs of its help.
  std::string_view examples;     ///< The end of its help: lines of "# why" and "calve ...".
  std::span<const app::OptionGroup> groups;
  std::span<const std::string_view> formats;
  size_t min_arguments = 0;
  size_t max_arguments = 0;
  std::string_view missing;  ///< The error when there are too few arguments.
  /// Does it and says what came of it; the exit code. An error is printed by the caller, and as JSON too when JSON was
  /// asked for.
  Result<int> (*run)(Context& context) = nullptr;
};

Result<int> RunCommand(Context& context);
Result<int> PlanCommand(Context& context);
Result<int> QueryCommand(Context& context);
Result<int> StatusCommand(Context& context);
Result<int> ValidateCommand(Context& context);
Result<int> WorkerCommand(Context& context);
Result<int> BackfillCommand(Context& context);
Result<int> RedriveCommand(Context& context);
Result<int> LambdaCommand(Context& context);
/// Tells Lambda why the function cannot begin; nothing when this is no Lambda function.
void ReportLambdaInitError(const Error& error);
Result<int> VersionCommand(Context& context);

std::span<const Command> Commands();
/// Null when there is none of that name.
const Command* FindCommand(std::string_view name);

}  // namespace calve::cli
