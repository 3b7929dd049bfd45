#include "cli/table.h"

#include <gtest/gtest.h>

#include "base/json.h"

namespace calve::cli {
namespace {

app::QueryOutput Sample() {
  app::QueryOutput output;
  output.names = {"id", "name", "ok", "x"};
  output.types = {"BIGINT", "VARCHAR", "BOOLEAN", "DOUBLE"};
  output.rows = {{"9007199254740993", "a,\"b\"", "true", "1e+20"},
                 {"2", "", "false", "nan"},
                 {"3", std::nullopt, std::nullopt, "-0.5"}};
  return output;
}

TEST(TextTableTest, AlignsByDisplayWidth) {
  TextTable table({"name", "n"}, {false, true});
  table.Add({"漢字", "1"});
  table.Add({"é", "12345"});
  EXPECT_EQ(table.Render(),
            "name      n\n"
            "----  -----\n"
            "漢字      1\n"
            "é     12345\n");
}

TEST(TextTableTest, CellsStayOnTheirLine) {
  TextTable table({"a", "b"});
  table.Add({"x\ny", "z"});
  table.Add({"short"});
  EXPECT_EQ(table.Render("  "),
            "  a      b\n"
            "  -----  -\n"
            "  x\\ny   z\n"
            "  short\n");
}

TEST(RenderTest, Text) {
  EXPECT_EQ(RenderText(Sample()),
            "              id  name   ok         x\n"
            "----------------  -----  -----  -----\n"
            "9007199254740993  a,\"b\"  true   1e+20\n"
            "               2         false    nan\n"
            "               3  NULL   NULL    -0.5\n"
            "(3 rows)\n");
}

TEST(RenderTest, CsvTellsNullFromEmpty) {
  EXPECT_EQ(RenderCsv(Sample()),
            "id,name,ok,x\n"
            "9007199254740993,\"a,\"\"b\"\"\",true,1e+20\n"
            "2,\"\",false,nan\n"
            "3,,,-0.5\n");
}

TEST(RenderTest, JsonKeepsEveryDigit) {
  const std::string text = RenderJson(Sample());
  const auto json = ParseJson(text, "output");
  ASSERT_TRUE(json.has_value()) << text;
  ASSERT_EQ(json->size(), 3U);
  EXPECT_EQ((*json)[0]["id"].get<int64_t>(), 9007199254740993);
  EXPECT_EQ((*json)[0]["name"], "a,\"b\"");
  EXPECT_EQ((*json)[0]["ok"], true);
  EXPECT_EQ((*json)[0]["x"], 1e20);
  EXPECT_EQ((*json)[1]["x"], "nan");
  EXPECT_TRUE((*json)[2]["name"].is_null());
}

TEST(RenderTest, JsonOfNumbersThatOnlyLookLikeIt) {
  app::QueryOutput output;
  output.names = {"a", "a", "a_1"};
  output.types = {"DOUBLE", "VARCHAR", "DECIMAL(38,2)"};
  output.rows = {{"inf", "007", "12345678901234567890123456789012345.67"}};
  EXPECT_EQ(RenderJson(output),
            "[\n{\"a\":\"inf\",\"a_2\":\"007\",\"a_1\":12345678901234567890123456789012345.67}\n]\n");
}

TEST(RenderTest, NoRows) {
  app::QueryOutput output;
  output.names = {"a"};
  output.types = {"BIGINT"};
  EXPECT_EQ(RenderText(output), "a\n-\n(0 rows)\n");
  EXPECT_EQ(RenderCsv(output), "a\n");
  EXPECT_EQ(RenderJson(output), "[]\n");
}

TEST(RenderTest, Pairs) { EXPECT_EQ(RenderPairs({{"a", "1"}, {"long", "2"}}), "a     1\nlong  2\n"); }

}  // namespace
}  // namespace calve::cli
