// What older versions of calve wrote into plans of CSVs is what is read out of them now.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "format_csv/pin.h"

namespace calve::format_csv {
namespace {

TEST(CsvPlanGolden, DialectAndColumnsStayWhatTheyAre) {
  for (const char* name : {"csv_even", "csv_chunks", "csv_charset"}) {
    const std::ifstream file(std::string(CALVE_GOLDEN_DIR) + "/plans/" + name + ".json");
    std::stringstream text;
    text << file.rdbuf();
    const auto golden = ParseJson(text.str(), name);
    ASSERT_TRUE(golden.has_value()) << name;
    const auto plan = load::PlanFromJson(*golden);
    ASSERT_TRUE(plan.has_value()) << plan.error().message;
    const auto dialect = DialectOf(*plan);
    ASSERT_TRUE(dialect.has_value()) << dialect.error().message;
    EXPECT_EQ(csv::DialectToJson(*dialect), (*golden)["dialect"]);
    EXPECT_EQ(dialect->data_offset_bytes, plan->cuts.first);
    const auto columns = ColumnsOf(*plan);
    ASSERT_TRUE(columns.has_value()) << columns.error().message;
    ASSERT_EQ(columns->size(), (*golden)["columns"].size());
    for (size_t c = 0; c < columns->size(); ++c) {
      EXPECT_EQ(csv::ColumnToJson((*columns)[c]), (*golden)["columns"][c]) << name;
    }
  }
}

TEST(CsvPin, ComesBackAsItWas) {
  csv::Dialect dialect;
  dialect.delimiter = "\xff";
  dialect.null_strings = {"NA", "\xfe"};
  const std::vector<csv::Column> columns = {{"a", "A", {csv::TypeKind::kDecimal, 10, 2}, false, {"x", "\xfd"}},
                                            {"b", "\xfc", {csv::TypeKind::kTimestampTz}},
                                            {"c", "c", {}, true}};
  load::Plan plan;
  plan.pin = MakePin(dialect);
  plan.columns = MakeColumns(columns);
  EXPECT_EQ(csv::DialectToJson(*DialectOf(plan)), csv::DialectToJson(dialect));
  EXPECT_EQ(*ColumnsOf(plan), columns);
  plan.columns[0].type = "NONE";
  EXPECT_EQ(ColumnsOf(plan).error().kind, ErrorKind::kCorrupt);
}

}  // namespace
}  // namespace calve::format_csv
