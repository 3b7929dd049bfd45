// Plans that older versions of calve put into ledgers, as they wrote them: a load that was begun with one goes on.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "load/plan.h"

namespace calve::load {
namespace {

Json Golden(const std::string& name) {
  const std::ifstream file(std::string(CALVE_GOLDEN_DIR) + "/plans/" + name + ".json");
  std::stringstream text;
  text << file.rdbuf();
  const auto json = ParseJson(text.str(), name);
  EXPECT_TRUE(json.has_value()) << name;
  return json.value_or(Json());
}

class PlanGolden : public testing::TestWithParam<const char*> {};

TEST_P(PlanGolden, IsReadAndStaysWhatItIs) {
  const Json golden = Golden(GetParam());
  const auto plan = PlanFromJson(golden);
  ASSERT_TRUE(plan.has_value()) << plan.error().message;
  const Json now = PlanToJson(*plan);
  EXPECT_EQ(now["version"], 3);
  EXPECT_EQ(PlanToJson(*PlanFromJson(now)), now);
  // What is not about the source's format and cuts is what it was.
  for (const auto& [key, value] : golden.items()) {
    if (key == "version" || key == "columns" || !now.contains(key)) continue;
    EXPECT_EQ(now[key], value) << key;
  }
  for (const char* gone : {"dialect", "parquet", "split", "chunk-size-bytes", "scanned-starts"}) {
    EXPECT_FALSE(now.contains(gone)) << gone;
  }
}

TEST_P(PlanGolden, AMissingFieldIsAnError) {
  const Json golden = Golden(GetParam());
  for (const auto& [key, value] : golden.items()) {
    // The first plans did not say format and attempts.
    if (key == "calve" || key == "records-attempts" || (key == "format" && golden["version"] == 1)) continue;
    Json broken = golden;
    broken.erase(key);
    EXPECT_EQ(PlanFromJson(broken).has_value() ? ErrorKind::kInternal : PlanFromJson(broken).error().kind,
              ErrorKind::kCorrupt)
        << key;
  }
}

INSTANTIATE_TEST_SUITE_P(All, PlanGolden, testing::Values("csv_even", "csv_chunks", "csv_charset", "parquet"),
                         [](const testing::TestParamInfo<const char*>& param) { return std::string(param.param); });

TEST(PlanGolden, CutsAreWhereTheyWere) {
  const auto even = PlanFromJson(Golden("csv_even"));
  ASSERT_TRUE(even.has_value());
  EXPECT_EQ(even->format, "csv");
  ASSERT_EQ(even->chunk_count(), 6);
  EXPECT_EQ(even->ChunkAt(1).start_bytes, 40037U);
  EXPECT_EQ(even->ChunkAt(5).end_bytes, 220055U);
  EXPECT_FALSE(even->ChunkAt(1).exact);
  EXPECT_EQ(even->columns[6].details, (Json{{"null_strings", {"NA"}}}));
  EXPECT_TRUE(even->columns[0].details.is_null());
  EXPECT_EQ(even->columns[0].source_name, "Order ID");

  const auto chunks = PlanFromJson(Golden("csv_chunks"));
  ASSERT_TRUE(chunks.has_value());
  EXPECT_EQ(chunks->cuts.starts, (std::vector<uint64_t>{37, 40088, 80071, 120078, 160083, 200090}));
  EXPECT_EQ(chunks->commit_mode, CommitMode::kChunk);

  const auto parquet = PlanFromJson(Golden("parquet"));
  ASSERT_TRUE(parquet.has_value());
  EXPECT_EQ(parquet->format, "parquet");
  EXPECT_EQ(parquet->pin, (Json{{"footer-bytes", 2886}}));
  EXPECT_EQ(parquet->columns[3].source_name, "Ts");
  EXPECT_EQ(parquet->columns[1].type, "STRUCT(a BIGINT, b VARCHAR[])");
  EXPECT_TRUE(parquet->ChunkAt(3).exact);
}

TEST(PlanGolden, AParquetPlanIsNeverCutByGuessing) {
  Json golden = Golden("parquet");
  golden["split"] = "speculate";
  EXPECT_EQ(PlanFromJson(golden).error().kind, ErrorKind::kCorrupt);
}

}  // namespace
}  // namespace calve::load
