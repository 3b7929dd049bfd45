#include "cli/program.h"

#include <span>

#include "app/run.h"
#include "base/json.h"
#include "base/utf8.h"
#include "cli/commands.h"
#include "cli/help.h"
#include "cli/hints.h"
#include "cli/text.h"

namespace calve::cli {
namespace {

using Environment = std::vector<std::pair<std::string, std::string>>;

void PrintError(const Error& error, Console& console) {
  console.ClearProgress();
  console.Error(error.message);
  if (const std::string hint = HintFor(error); !hint.empty()) console.Hint(hint);
}

Result<int> Run(const CommandLine& line, const Environment& environment, Console& console, Output& output) {
  app::LoadedConfig config;
  // A command that opens nothing does not fail over what is set for the others.
  if (!line.command->groups.empty()) {
    CALVE_ASSIGN_OR_RETURN(
        config, app::LoadConfig({.flags = line.flags, .environment = environment, .config_path = line.config_path}));
  }
  for (const std::string& origin : config.origins) console.Detail("setting " + Printable(origin));
  Context context{line, config, console, output};
  return line.command->run(context);
}

/// The one JSON object of a command that could not begin.
std::string ErrorJson(const Error& error) {
  Json json;
  json["error"] = {{"kind", ErrorKindName(error.kind)}, {"message", error.message}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

int Finish(int code, Console& console, Output& output) {
  const Status written = output.Finish();
  if (written.has_value()) return code;
  PrintError(written.error(), console);
  return code == 0 ? 1 : code;
}

}  // namespace

int RunProgram(const std::vector<std::string>& arguments, const Environment& environment, Console& console,
               Output& output) {
  Result<CommandLine> parsed = ParseCommandLine(arguments);
  if (!parsed.has_value()) {
    PrintError(parsed.error(), console);
    const Command* command = arguments.empty() ? nullptr : FindCommand(arguments.front());
    console.Hint(command != nullptr ? "calve help " + std::string(command->name) + " shows the flags, with examples"
                                    : "calve help lists the commands");
    return app::ExitCode(parsed.error());
  }
  CommandLine& line = *parsed;
  if (line.version) line.command = FindCommand("version");
  if (line.help) {
    output.Write(line.command != nullptr ? CommandHelp(*line.command) : GeneralHelp());
    return Finish(0, console, output);
  }
  if (line.command == nullptr) {
    console.Write(GeneralHelp());
    return 2;
  }
  console.set_verbosity(line.verbosity);
  console.TakeLog();
  const Result<int> code = Run(line, environment, console, output);
  if (code.has_value()) return Finish(*code, console, output);
  PrintError(code.error(), console);
  if (line.command->name == "lambda") ReportLambdaInitError(code.error());
  if (line.format == "json") output.Write(ErrorJson(code.error()));
  return Finish(app::ExitCode(code.error()), console, output);
}

}  // namespace calve::cli
