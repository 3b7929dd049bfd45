#include "app/config_values.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace calve::app {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(ParseSizeTest, TakesUnitsOfBothKinds) {
  EXPECT_EQ(ParseSize("1000000", 1).value(), 1'000'000U);
  EXPECT_EQ(ParseSize("64MiB", 1).value(), 64U << 20U);
  EXPECT_EQ(ParseSize("128MB", 1).value(), 128'000'000U);
  EXPECT_EQ(ParseSize("1.5 GiB", 1).value(), 3ULL << 29U);
  EXPECT_EQ(ParseSize("512k", 1).value(), 512U * 1024);
  EXPECT_EQ(ParseSize("7b", 1).value(), 7U);
}

TEST(ParseSizeTest, RefusesWhatIsNoSize) {
  for (const char* text :
       {"", "MiB", "-1", "1e6", "12 parsecs", "0x10", "1..5M", "nan", "inf", "99999999999TiB", "1MiB2"}) {
    EXPECT_FALSE(ParseSize(text, 1).has_value()) << text;
  }
  EXPECT_THAT(ParseSize("0", 1).error().message, HasSubstr("at least 1 bytes"));
  EXPECT_THAT(ParseSize("12 parsecs", 1).error().message, HasSubstr("'12 parsecs' is not a size such as 64MiB"));
}

TEST(ParseIntegerTest, NamesTheRange) {
  EXPECT_EQ(ParseInteger("512", 1, 512).value(), 512);
  EXPECT_EQ(ParseInteger("0x", 1, 512).error().message, "'0x' is not a number from 1 to 512");
  for (const char* text : {"", " 1", "1 ", "+1", "513", "0", "1.0", "99999999999999999999"}) {
    EXPECT_FALSE(ParseInteger(text, 1, 512).has_value()) << text;
  }
  EXPECT_EQ(ParseInteger("-1", 0, std::numeric_limits<int64_t>::max()).error().message,
            "'-1' is not a number from 0 up");
}

TEST(ParseDurationTest, TakesUnitsAndBareSeconds) {
  EXPECT_EQ(ParseDuration("500ms").value(), milliseconds(500));
  EXPECT_EQ(ParseDuration("60").value(), milliseconds(60'000));
  EXPECT_EQ(ParseDuration("60s").value(), milliseconds(60'000));
  EXPECT_EQ(ParseDuration("1.5m").value(), milliseconds(90'000));
  EXPECT_EQ(ParseDuration("12h").value(), milliseconds(43'200'000));
  for (const char* text : {"", "0", "13h", "1d", "-1s", "s", "0.1ms"})
    EXPECT_FALSE(ParseDuration(text).has_value()) << text;
}

TEST(ParsePercentTest, IsAShare) {
  EXPECT_DOUBLE_EQ(ParsePercent("5%").value(), 0.05);
  EXPECT_DOUBLE_EQ(ParsePercent("0.1%").value(), 0.001);
  EXPECT_DOUBLE_EQ(ParsePercent("100%").value(), 1);
  for (const char* text : {"5", "101%", "-1%", "%", "five%"}) EXPECT_FALSE(ParsePercent(text).has_value()) << text;
}

TEST(ParseBoolTest, KnowsTheUsualWords) {
  for (const char* text : {"yes", "TRUE", "on", "1"}) EXPECT_TRUE(ParseBool(text).value()) << text;
  for (const char* text : {"no", "False", "off", "0"}) EXPECT_FALSE(ParseBool(text).value()) << text;
  EXPECT_FALSE(ParseBool("maybe").has_value());
  EXPECT_FALSE(ParseBool("").has_value());
}

TEST(ParseBytesTest, TakesNamesEscapesAndThemselves) {
  EXPECT_EQ(ParseBytes("tab").value(), "\t");
  EXPECT_EQ(ParseBytes("Pipe").value(), "|");
  EXPECT_EQ(ParseBytes("\\t").value(), "\t");
  EXPECT_EQ(ParseBytes("\\x01").value(), "\x01");
  EXPECT_EQ(ParseBytes("||").value(), "||");
  EXPECT_EQ(ParseBytes("~|~").value(), "~|~");
  EXPECT_EQ(ParseBytes("\\").value(), "\\");
  EXPECT_EQ(ParseBytes("\\\\").value(), "\\");
  EXPECT_EQ(ParseBytes("\t").value(), "\t");
  for (const char* text : {"", "\\x0", "\\xgg", "\\q", "a\\"}) EXPECT_FALSE(ParseBytes(text).has_value()) << text;
}

TEST(ParseByteTest, IsOneByteAndNoLineBreak) {
  EXPECT_EQ(ParseByte("single").value(), '\'');
  EXPECT_EQ(ParseByte("'").value(), '\'');
  EXPECT_EQ(ParseByte("backslash").value(), '\\');
  for (const char* text : {"", "ab", "\\n", "\\0", "é"}) EXPECT_FALSE(ParseByte(text).has_value()) << text;
}

TEST(ParseAssignmentTest, CutsAtTheFirstEquals) {
  EXPECT_EQ(ParseAssignment("a = b=c").value(), std::pair(std::string("a"), std::string("b=c")));
  for (const char* text : {"", "a", "=b", "a=", " = "}) EXPECT_FALSE(ParseAssignment(text).has_value()) << text;
}

TEST(SplitListTest, LeavesParenthesesWhole) {
  EXPECT_THAT(SplitList("day(ts), bucket(16, id),city"), ElementsAre("day(ts)", "bucket(16, id)", "city"));
  EXPECT_THAT(SplitList(" , ,"), ElementsAre());
  EXPECT_THAT(SplitList("fare=DECIMAL(10,2),id=BIGINT"), ElementsAre("fare=DECIMAL(10,2)", "id=BIGINT"));
}

TEST(NearestNameTest, FindsTypos) {
  const std::vector<std::string> known = {"run", "plan", "query", "status", "validate", "version", "help"};
  EXPECT_EQ(NearestName("rnu", known), "run");
  EXPECT_EQ(NearestName("Plna", known), "plan");
  EXPECT_EQ(NearestName("stat", known), "status");
  EXPECT_EQ(NearestName("vaildate", known), "validate");
  EXPECT_EQ(NearestName("frobnicate", known), "");
  EXPECT_EQ(NearestName("", known), "");
}

TEST(NearestNameTest, PrefersTheNearer) {
  EXPECT_EQ(NearestName("--commit-retry", {"--commit", "--commit-retries", "--commit-deadline-ms"}),
            "--commit-retries");
  EXPECT_EQ(NearestName("--partition", {"--pipeline", "--partition-by"}), "--partition-by");
  EXPECT_EQ(DidYouMean("--tabel", {"--table"}), "; did you mean --table?");
  EXPECT_EQ(DidYouMean("--zzzzzz", {"--table"}), "");
}

}  // namespace
}  // namespace calve::app
