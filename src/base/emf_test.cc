#include "base/emf.h"

#include <gtest/gtest.h>

#include <chrono>
#include <limits>
#include <string>

namespace calve {
namespace {

constexpr TimestampMicros kTime =
    std::chrono::sys_days(std::chrono::year(2026) / 1 / 1) + std::chrono::microseconds(5999);

EmfLine Good() { return EmfLine("calve", kTime); }

void ExpectRefused(const EmfLine& line, std::string_view part) {
  const auto text = line.Text();
  ASSERT_FALSE(text.has_value()) << *text;
  EXPECT_EQ(text.error().kind, ErrorKind::kInvalidArgument);
  EXPECT_NE(text.error().message.find(part), std::string::npos) << text.error().message;
}

TEST(Emf, OneLineAsTheSpecificationWantsIt) {
  EmfLine line("calve", kTime);
  line.Dimension("Handler", "consume")
      .Metric("Rows", int64_t{12}, MetricUnit::kCount)
      .Metric("Transform", 0.25, MetricUnit::kSeconds)
      .Property("load", "ab\"c");
  EXPECT_EQ(*line.Text(), R"({"_aws":{"Timestamp":1767225600005,"CloudWatchMetrics":[{"Namespace":"calve",)"
                          R"("Dimensions":[["Handler"]],"Metrics":[{"Name":"Rows","Unit":"Count"},)"
                          R"({"Name":"Transform","Unit":"Seconds"}]}]},"Handler":"consume","Rows":12,"Transform":0.25,)"
                          R"("load":"ab\"c"})");
}

TEST(Emf, NoDimensionsIsOneEmptySet) {
  const auto text = Good().Metric("Rows", int64_t{1}, MetricUnit::kCount).Text();
  EXPECT_NE(text->find(R"("Dimensions":[[]])"), std::string::npos) << *text;
}

TEST(Emf, EveryUnitHasCloudWatchsName) {
  EmfLine line("calve", kTime);
  line.Metric("a", int64_t{1}, MetricUnit::kNone)
      .Metric("b", int64_t{1}, MetricUnit::kMilliseconds)
      .Metric("c", int64_t{1}, MetricUnit::kBytes)
      .Metric("d", int64_t{1}, MetricUnit::kBytesPerSecond)
      .Metric("e", int64_t{1}, MetricUnit::kPercent);
  for (const char* unit : {"None", "Milliseconds", "Bytes", "Bytes/Second", "Percent"}) {
    EXPECT_NE(line.Text()->find('"' + std::string(unit) + '"'), std::string::npos) << unit;
  }
}

TEST(Emf, WhatCloudWatchWouldDropIsRefused) {
  ExpectRefused(Good(), "without a metric");
  ExpectRefused(EmfLine("", kTime).Metric("a", int64_t{1}, MetricUnit::kCount), "namespace");
  ExpectRefused(Good().Metric("", int64_t{1}, MetricUnit::kCount), "metric name");
  ExpectRefused(Good().Metric(":a", int64_t{1}, MetricUnit::kCount), "metric name");
  ExpectRefused(Good().Metric("\xC3\xA9", int64_t{1}, MetricUnit::kCount), "metric name");
  ExpectRefused(Good().Metric("_aws", int64_t{1}, MetricUnit::kCount), "_aws");
  ExpectRefused(Good().Metric("a", int64_t{1}, MetricUnit::kCount).Property("a", 2), "twice");
  ExpectRefused(Good().Metric("a", std::numeric_limits<double>::quiet_NaN(), MetricUnit::kCount), "value of metric");
  ExpectRefused(Good().Metric("a", -std::numeric_limits<double>::infinity(), MetricUnit::kCount), "value of metric");
  ExpectRefused(Good().Metric("a", 1e200, MetricUnit::kCount), "value of metric");
  ExpectRefused(Good().Dimension("d", "").Metric("a", int64_t{1}, MetricUnit::kCount), "dimension");
  ExpectRefused(Good().Dimension("d", std::string(1025, 'x')).Metric("a", int64_t{1}, MetricUnit::kCount), "dimension");
}

TEST(Emf, LimitsAreExact) {
  EmfLine dimensions("calve", kTime);
  dimensions.Metric("m", int64_t{1}, MetricUnit::kCount);
  for (int i = 0; i < 30; ++i) dimensions.Dimension("d" + std::to_string(i), "v");
  EXPECT_TRUE(dimensions.Text().has_value());
  ExpectRefused(dimensions.Dimension("d30", "v"), "30 dimensions");

  EmfLine metrics("calve", kTime);
  for (int i = 0; i < 100; ++i) metrics.Metric("m" + std::to_string(i), int64_t{i}, MetricUnit::kCount);
  EXPECT_TRUE(metrics.Text().has_value());
  ExpectRefused(metrics.Metric("m100", int64_t{1}, MetricUnit::kCount), "100 metrics");
}

}  // namespace
}  // namespace calve
