#include "cli/cost.h"

#include <gtest/gtest.h>

#include <map>

namespace calve::cli {
namespace {

std::map<std::string, CostItem> Items(uint64_t size_bytes, int chunks, const CostAssumptions& assumptions) {
  std::map<std::string, CostItem> items;
  for (const CostItem& item : EstimateCost(size_bytes, chunks, 1U << 20U, assumptions)) items[item.what] = item;
  return items;
}

TEST(CostTest, AddsUpByHand) {
  const CostAssumptions assumptions{.function_gb = 2,
                                    .bytes_per_second = 100e6,
                                    .seconds_per_invocation = 1,
                                    .bytes_per_get = 10'000'000,
                                    .planner_seconds = 3};
  const auto items = Items(1'000'000'000, 10, assumptions);
  // 10 s of reading, 10 s of starting, 3 s of planning, 2 GB each.
  EXPECT_DOUBLE_EQ(items.at("Lambda compute").quantity, 46);
  EXPECT_NEAR(items.at("Lambda compute").dollars, 46 * 0.0000166667, 1e-12);
  EXPECT_DOUBLE_EQ(items.at("Lambda requests").quantity, 11);
  EXPECT_DOUBLE_EQ(items.at("SQS").quantity, 33);
  EXPECT_DOUBLE_EQ(items.at("S3 PUT and LIST").quantity, 35);
  EXPECT_DOUBLE_EQ(items.at("S3 GET").quantity, 100 + 4 + 50);
  EXPECT_NEAR(items.at("S3 GET").dollars, 154 * 0.0004 / 1000, 1e-12);
}

TEST(CostTest, ComputeGrowsWithTheFileAndTheTotalIsTheSum) {
  const auto small = EstimateCost(1'000'000, 1, 1000, {});
  const auto big = EstimateCost(1'000'000'000'000, 2000, 1000, {});
  EXPECT_GT(TotalDollars(big), 1000 * TotalDollars(small));
  double sum = 0;
  for (const CostItem& item : big) sum += item.dollars;
  EXPECT_DOUBLE_EQ(TotalDollars(big), sum);
}

TEST(CostTest, NoChunksIsOne) { EXPECT_DOUBLE_EQ(Items(0, 0, {}).at("Lambda requests").quantity, 2); }

}  // namespace
}  // namespace calve::cli
