#include "cli/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/commands.h"
#include "cli/help.h"

namespace calve::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Result<CommandLine> Parse(const std::vector<std::string>& arguments) { return ParseCommandLine(arguments); }

std::string ErrorOf(const std::vector<std::string>& arguments) {
  const auto line = Parse(arguments);
  if (line.has_value()) return "(no error)";
  EXPECT_EQ(line.error().kind, ErrorKind::kInvalidArgument);
  return line.error().message;
}

app::OptionValues FlagOf(const CommandLine& line, std::string_view name) {
  for (const auto& [option, values] : line.flags) {
    if (option->flag == name) return values;
  }
  return {"(not given)"};
}

TEST(CommandLineTest, SourcesAndFlagsInAnyOrder) {
  const auto line = Parse({"run", "a.csv", "--table", "x.y", "b.csv", "--threads=3", "-v"});
  ASSERT_TRUE(line.has_value()) << line.error().message;
  EXPECT_EQ(line->command->name, "run");
  EXPECT_THAT(line->arguments, ElementsAre("a.csv", "b.csv"));
  EXPECT_THAT(FlagOf(*line, "table"), ElementsAre("x.y"));
  EXPECT_THAT(FlagOf(*line, "threads"), ElementsAre("3"));
  EXPECT_EQ(line->verbosity, Verbosity::kVerbose);
  EXPECT_EQ(line->format, "text");
}

TEST(CommandLineTest, OddValuesArriveAsTheyAre) {
  const auto line =
      Parse({"run", "[ab].csv", "[ab]", "--null", "", "--null=", "--null=NA", "--null", "-", "--sql", "-- x\nSELECT 1",
             "--delimiter", "|", "--quote=\"", "--comment", "-", "--partition-by", "[a,b]"});
  ASSERT_TRUE(line.has_value()) << line.error().message;
  EXPECT_THAT(line->arguments, ElementsAre("[ab].csv", "[ab]"));
  EXPECT_THAT(FlagOf(*line, "null"), ElementsAre("", "", "NA", "-"));
  EXPECT_THAT(FlagOf(*line, "sql"), ElementsAre("-- x\nSELECT 1"));
  EXPECT_THAT(FlagOf(*line, "delimiter"), ElementsAre("|"));
  EXPECT_THAT(FlagOf(*line, "quote"), ElementsAre("\""));
  EXPECT_THAT(FlagOf(*line, "comment"), ElementsAre("-"));
  EXPECT_THAT(FlagOf(*line, "partition-by"), ElementsAre("[a,b]"));
}

TEST(CommandLineTest, SwitchesCanBeTakenBack) {
  EXPECT_THAT(FlagOf(*Parse({"run", "a", "--trim"}), "trim"), ElementsAre("true"));
  EXPECT_THAT(FlagOf(*Parse({"run", "a", "--trim=false"}), "trim"), ElementsAre("false"));
  EXPECT_THAT(FlagOf(*Parse({"run", "a", "--trim=no"}), "trim"), ElementsAre("no"));
}

TEST(CommandLineTest, AfterTwoDashesThereAreNoFlags) {
  const auto line = Parse({"run", "--table", "a.b", "--", "--odd.csv", "-x"});
  ASSERT_TRUE(line.has_value()) << line.error().message;
  EXPECT_THAT(line->arguments, ElementsAre("--odd.csv", "-x"));
}

TEST(CommandLineTest, UnknownNamesNameTheNearest) {
  EXPECT_EQ(ErrorOf({"rnu", "a.csv"}), "unknown command 'rnu'; did you mean run?");
  EXPECT_EQ(ErrorOf({"help", "staus"}), "unknown command 'staus'; did you mean status?");
  EXPECT_EQ(ErrorOf({"run", "a.csv", "--tabel", "x.y"}), "unknown flag --tabel; did you mean --table?");
  EXPECT_EQ(ErrorOf({"run", "a.csv", "--tabel=x.y"}), "unknown flag --tabel; did you mean --table?");
  EXPECT_EQ(ErrorOf({"run", "a.csv", "-x"}), "unknown flag -x");
  EXPECT_THAT(ErrorOf({"status", "--delimiter", "x"}),
              HasSubstr("calve status takes no --delimiter: it is a flag of calve run, calve plan"));
  EXPECT_THAT(ErrorOf({"--quiet", "run"}), HasSubstr("name the command first"));
}

TEST(CommandLineTest, CountsOfArguments) {
  EXPECT_THAT(ErrorOf({"run"}), HasSubstr("which file?"));
  EXPECT_THAT(ErrorOf({"query"}), HasSubstr("name the SQL"));
  EXPECT_THAT(ErrorOf({"query", "SELECT", "1"}), HasSubstr("'1' is one too many"));
  EXPECT_THAT(ErrorOf({"version", "x"}), HasSubstr("takes no 'x'"));
  EXPECT_EQ(ErrorOf({"run", "a.csv", "--threads"}), "--threads wants a value");
}

TEST(CommandLineTest, Formats) {
  EXPECT_EQ(Parse({"query", "SELECT 1", "--format", "csv"})->format, "csv");
  EXPECT_EQ(ErrorOf({"run", "a", "--format", "csv"}), "--format: 'csv' is not one of text, json");
  EXPECT_THAT(ErrorOf({"run", "a", "--quiet", "--verbose"}), HasSubstr("give one of them"));
}

TEST(CommandLineTest, HelpInAllItsWays) {
  EXPECT_TRUE(Parse({"--help"})->help);
  EXPECT_TRUE(Parse({"help"})->help);
  EXPECT_EQ(Parse({"help", "run"})->command, FindCommand("run"));
  // Help is given whatever else is missing or wrong.
  EXPECT_TRUE(Parse({"run", "--help", "--nonsense"})->help);
  EXPECT_EQ(Parse({})->command, nullptr);
  EXPECT_TRUE(Parse({"--version"})->version);
}

TEST(HelpTest, EveryCommandTeachesByExample) {
  for (const Command& command : Commands()) {
    const std::string help = CommandHelp(command);
    EXPECT_THAT(help, HasSubstr("usage: calve " + std::string(command.name)));
    EXPECT_THAT(help, HasSubstr("Examples:\n"));
    EXPECT_THAT(std::string(command.examples), HasSubstr("calve " + std::string(command.name)));
    EXPECT_THAT(GeneralHelp(), HasSubstr(std::string(command.name)));
    for (const app::Option& option : app::Options()) {
      EXPECT_EQ(help.find("--" + std::string(option.flag) + " ") != std::string::npos, Takes(command, option))
          << option.flag;
    }
  }
}

TEST(HelpTest, LinesFitATerminal) {
  for (const Command& command : Commands()) {
    const std::string help = CommandHelp(command);
    for (size_t begin = 0; begin < help.size();) {
      const size_t end = help.find('\n', begin);
      EXPECT_LE(end - begin, 120U) << help.substr(begin, end - begin);
      begin = end + 1;
    }
  }
}

}  // namespace
}  // namespace calve::cli
