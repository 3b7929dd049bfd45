#include "app/lambda_settings.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace calve::app {
namespace {

aws::Environment With(std::map<std::string, std::string> variables) {
  return [variables = std::move(variables)](std::string_view name) -> std::optional<std::string> {
    const auto it = variables.find(std::string(name));
    return it == variables.end() ? std::nullopt : std::optional(it->second);
  };
}

TEST(LambdaSettingsTest, ThreadsAndMemoryFollowTheFunctionsMemory) {
  const std::pair<const char*, int> kCases[] = {{"512", 1}, {"1769", 1}, {"2654", 2}, {"3538", 2}, {"10240", 6}};
  for (const auto& [memory, threads] : kCases) {
    Settings settings;
    ApplyLambdaDefaults(settings, With({{"AWS_LAMBDA_FUNCTION_MEMORY_SIZE", memory}}));
    EXPECT_EQ(settings.threads, threads) << memory;
    EXPECT_EQ(settings.memory_limit_bytes, std::stoull(memory) * 1024 * 1024 / 2) << memory;
    EXPECT_EQ(settings.scratch, "/tmp/calve");
  }
}

TEST(LambdaSettingsTest, WhatIsSetStays) {
  Settings settings;
  settings.threads = 3;
  settings.memory_limit_bytes = 1;
  settings.scratch = "/mnt/efs";
  ApplyLambdaDefaults(settings, With({{"AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "1769"}}));
  EXPECT_EQ(settings.threads, 3);
  EXPECT_EQ(settings.memory_limit_bytes, 1U);
  EXPECT_EQ(settings.scratch, "/mnt/efs");
  for (const char* odd : {"", "many", "0", "-1"}) {
    Settings fresh;
    ApplyLambdaDefaults(fresh, With({{"AWS_LAMBDA_FUNCTION_MEMORY_SIZE", odd}}));
    EXPECT_EQ(fresh.threads, 0) << odd;
    EXPECT_EQ(fresh.memory_limit_bytes, 0U) << odd;
  }
}

}  // namespace
}  // namespace calve::app
