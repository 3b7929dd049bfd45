#include "cli/help.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "app/config_table.h"

namespace calve::cli {
namespace {

using Lines = std::vector<std::pair<std::string, std::string>>;

std::string_view Heading(app::OptionGroup group) {
  switch (group) {
    case app::OptionGroup::kPlaces:
      return "Where things are";
    case app::OptionGroup::kSource:
      return "What is loaded, and how";
    case app::OptionGroup::kCsv:
      return "How a CSV is written (found by sniffing unless said)";
    case app::OptionGroup::kTable:
      return "The table";
    case app::OptionGroup::kDataFiles:
      return "Data files";
    case app::OptionGroup::kEngine:
      return "Resources";
    case app::OptionGroup::kRetries:
      return "Retries";
    case app::OptionGroup::kQueues:
      return "Queues";
    case app::OptionGroup::kWorker:
      return "The worker";
    case app::OptionGroup::kBackfill:
      return "Backfill";
  }
  return "";
}

/// Two columns; the second begins below when the first is too long for its place.
std::string Render(const Lines& lines) {
  constexpr size_t kColumn = 32;
  std::string out;
  for (const auto& [left, right] : lines) {
    out += "  " + left;
    out += left.size() + 4 > kColumn ? "\n" + std::string(kColumn, ' ') : std::string(kColumn - 2 - left.size(), ' ');
    out += right + "\n";
  }
  return out;
}

Lines OptionLines(app::OptionGroup group) {
  Lines lines;
  for (const app::Option& option : app::Options()) {
    if (option.group != group) continue;
    const std::string space = option.value.empty() ? "" : " ";
    lines.emplace_back(fmt::format("--{}{}{}", option.flag, space, option.value), option.help);
  }
  return lines;
}

Lines CommonLines(const Command& command) {
  Lines lines;
  if (!command.groups.empty()) {
    lines.emplace_back("--config FILE", "settings in TOML (default: calve.toml, when it is there)");
  }
  lines.emplace_back(fmt::format("--format {}", fmt::join(command.formats, "|")),
                     "of the result on stdout (default text)");
  if (command.name == "query") {
    lines.emplace_back("--max-rows N", "0: all (default: 1000 as text, else all)");
  }
  lines.emplace_back("-q, --quiet", "only errors on stderr");
  lines.emplace_back("-v, --verbose", "also what is done in between, and where settings come from");
  lines.emplace_back("-h, --help", "this text");
  return lines;
}

}  // namespace

std::string GeneralHelp() {
  Lines commands;
  for (const Command& command : Commands()) commands.emplace_back(command.name, command.summary);
  commands.emplace_back("help COMMAND", "all about one command");
  return "calve loads big files into Apache Iceberg tables: in parallel, strictly, exactly once.\n"
         "\n"
         "usage: calve COMMAND [ARGUMENTS] [FLAGS]\n"
         "\n" +
         Render(commands) +
         "\n"
         "First steps:\n"
         "  calve plan trips.csv                       # what is in it?\n"
         "  calve run trips.csv --table nyc.trips      # load it, into ./warehouse\n"
         "  calve query 'SELECT count(*) FROM nyc.trips'\n"
         "  calve status\n";
}

std::string CommandHelp(const Command& command) {
  const std::string space = command.arguments.empty() ? "" : " ";
  std::string out =
      fmt::format("usage: calve {}{}{} [FLAGS]\n\n{}\n", command.name, space, command.arguments, command.description);
  for (const app::OptionGroup group : command.groups) {
    out += fmt::format("\n{}:\n{}", Heading(group), Render(OptionLines(group)));
  }
  out += "\nAll commands:\n" + Render(CommonLines(command));
  if (!command.groups.empty()) {
    out +=
        "\nEvery flag but these can also be set in calve.toml and as CALVE_ and its name in the environment\n"
        "(CALVE_WAREHOUSE for --warehouse). Precedence: flag, environment, file, default.\n";
  }
  return out + fmt::format("\nExamples:\n{}", command.examples);
}

}  // namespace calve::cli
