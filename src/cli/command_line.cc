#include "cli/command_line.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>
#include <optional>

#include "app/config_values.h"
#include "cli/commands.h"

namespace calve::cli {
namespace {

using Texts = std::vector<std::string>;

std::unexpected<Error> Invalid(std::string message) { return Err(ErrorKind::kInvalidArgument, std::move(message)); }

Texts CommandNames() {
  Texts names = {"help"};
  for (const Command& command : Commands()) names.emplace_back(command.name);
  return names;
}

Texts FlagNames(const Command& command) {
  Texts names = {"--help", "--format", "--quiet", "--verbose"};
  if (!command.groups.empty()) names.emplace_back("--config");
  if (command.name == "query") names.emplace_back("--max-rows");
  for (const app::Option& option : app::Options()) {
    if (Takes(command, option)) names.push_back(fmt::format("--{}", option.flag));
  }
  return names;
}

std::unexpected<Error> UnknownFlag(const Command& command, const std::string& typed) {
  const std::string name = typed.substr(0, typed.find('='));
  if (name.starts_with("--")) {
    if (const app::Option* option = app::FindByFlag(name.substr(2))) {
      Texts takers;
      for (const Command& other : Commands()) {
        if (Takes(other, *option)) takers.push_back(fmt::format("calve {}", other.name));
      }
      return Invalid(
          fmt::format("calve {} takes no {}: it is a flag of {}", command.name, name, fmt::join(takers, ", ")));
    }
  }
  return Invalid(fmt::format("unknown flag {}{}", name, app::DidYouMean(name, FlagNames(command))));
}

/// The CLI11 side: registers the flags of one command, and keeps what it found.
class Parser {
 public:
  explicit Parser(const Command& command) : command_(command) {
    app_.set_help_flag();
    app_.allow_extras();
    Switch("-h,--help");
    Switch("-q,--quiet");
    Switch("-v,--verbose");
    Value("--format");
    if (!command.groups.empty()) Value("--config");
    if (command.name == "query") Value("--max-rows");
    for (const app::Option& option : app::Options()) {
      if (!Takes(command, option)) continue;
      const std::string flag = fmt::format("--{}", option.flag);
      option.value.empty() ? Switch(flag) : Value(flag);
    }
  }

  /// CLI11 speaks by exceptions: they end here.
  Status Parse(std::span<const std::string> arguments) {
    Texts reversed;
    for (const std::string& argument : arguments) {
      // "--null=" is the empty text; CLI11 would take the next argument for its value.
      const std::string flag = argument.substr(0, argument.size() - (argument.empty() ? 0 : 1));
      if (argument.ends_with('=') && values_.contains(flag)) {
        reversed.push_back(flag);
        reversed.emplace_back();
      } else {
        reversed.push_back(argument);
      }
    }
    std::reverse(reversed.begin(), reversed.end());
    try {
      app_.parse(std::move(reversed));
    } catch (const CLI::ArgumentMismatch&) {
      return Invalid(fmt::format("{} wants a value", arguments.back()));
    } catch (const CLI::ParseError& error) {
      return Invalid(error.what());
    }
    return {};
  }

  bool IsSet(const std::string& flag) const { return values_.at(flag)->count() > 0; }
  Texts Of(const std::string& flag) const {
    const auto it = values_.find(flag);
    return it == values_.end() ? Texts() : it->second->results();
  }

  /// What is no flag; an unknown flag is an error.
  Result<Texts> Arguments() const {
    Texts arguments;
    bool only_arguments = false;
    for (const std::string& text : app_.remaining()) {
      if (!only_arguments && text == "--") {
        only_arguments = true;
      } else if (!only_arguments && text.size() > 1 && text[0] == '-') {
        return UnknownFlag(command_, text);
      } else {
        arguments.push_back(text);
      }
    }
    return arguments;
  }

 private:
  void Switch(const std::string& names) {
    values_[LongName(names)] = app_.add_flag(names)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  }
  void Value(const std::string& name) {
    values_[name] = app_.add_option(name)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  }
  static std::string LongName(const std::string& names) {
    const size_t comma = names.find(',');
    return comma == std::string::npos ? names : names.substr(comma + 1);
  }

  const Command& command_;
  CLI::App app_;
  std::map<std::string, CLI::Option*> values_;  ///< By long name, dashes included.
};

Result<std::optional<std::string>> OneValue(const Parser& parser, const std::string& flag) {
  Texts values = parser.Of(flag);
  if (values.empty()) return std::optional<std::string>();
  if (values.size() > 1) return Invalid(flag + " is given more than once");
  return std::optional(std::move(values.front()));
}

Status CheckCount(const Command& command, const Texts& arguments) {
  if (arguments.size() < command.min_arguments) return Invalid(std::string(command.missing));
  if (arguments.size() <= command.max_arguments) return {};
  if (command.max_arguments == 0) return Invalid(fmt::format("calve {} takes no '{}'", command.name, arguments[0]));
  return Invalid(fmt::format("calve {} takes one argument; '{}' is one too many (is something to be quoted?)",
                             command.name, arguments[command.max_arguments]));
}

Result<CommandLine> ParseFlags(const Command& command, std::span<const std::string> arguments) {
  CommandLine line;
  line.command = &command;
  Parser parser(command);
  CALVE_RETURN_IF_ERROR(parser.Parse(arguments));
  if (parser.IsSet("--help")) {
    line.help = true;
    return line;
  }
  CALVE_ASSIGN_OR_RETURN(line.arguments, parser.Arguments());
  CALVE_RETURN_IF_ERROR(CheckCount(command, line.arguments));
  if (parser.IsSet("--quiet") && parser.IsSet("--verbose")) return Invalid("--quiet and --verbose: give one of them");
  if (parser.IsSet("--quiet")) line.verbosity = Verbosity::kQuiet;
  if (parser.IsSet("--verbose")) line.verbosity = Verbosity::kVerbose;
  CALVE_ASSIGN_OR_RETURN(line.config_path, OneValue(parser, "--config"));
  CALVE_ASSIGN_OR_RETURN(line.max_rows, OneValue(parser, "--max-rows"));
  CALVE_ASSIGN_OR_RETURN(const std::optional<std::string> format, OneValue(parser, "--format"));
  line.format = format.value_or("text");
  if (std::find(command.formats.begin(), command.formats.end(), line.format) == command.formats.end()) {
    return Invalid(fmt::format("--format: '{}' is not one of {}", line.format, fmt::join(command.formats, ", ")));
  }
  for (const app::Option& option : app::Options()) {
    Texts values = parser.Of(fmt::format("--{}", option.flag));
    if (!values.empty()) line.flags.emplace_back(&option, std::move(values));
  }
  return line;
}

Result<const Command*> NamedCommand(const std::string& name) {
  if (const Command* command = FindCommand(name)) return command;
  return Invalid(fmt::format("unknown command '{}'{}", name, app::DidYouMean(name, CommandNames())));
}

}  // namespace

bool Takes(const Command& command, const app::Option& option) {
  return std::find(command.groups.begin(), command.groups.end(), option.group) != command.groups.end();
}

Result<CommandLine> ParseCommandLine(std::span<const std::string> arguments) {
  CommandLine line;
  if (arguments.empty()) return line;
  const std::string& first = arguments.front();
  if (first == "--version") {
    line.version = true;
    return line;
  }
  if (first == "help" || first == "--help" || first == "-h") {
    line.help = true;
    if (arguments.size() > 1) {
      CALVE_ASSIGN_OR_RETURN(line.command, NamedCommand(arguments[1]));
    }
    return line;
  }
  if (first.starts_with('-')) {
    return Invalid(fmt::format("{}: name the command first, then its flags: calve COMMAND {} ...", first, first));
  }
  CALVE_ASSIGN_OR_RETURN(const Command* command, NamedCommand(first));
  return ParseFlags(*command, arguments.subspan(1));
}

}  // namespace calve::cli
