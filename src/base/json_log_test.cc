#include "base/json_log.h"

#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>

#include <algorithm>
#include <chrono>
#include <sstream>
#include <string>
#include <thread>

#include "base/json.h"
#include "base/log_context.h"

namespace calve {
namespace {

struct Log {
  std::ostringstream out;
  std::shared_ptr<spdlog::logger> logger = MakeJsonLogger(std::make_shared<spdlog::sinks::ostream_sink_mt>(out));

  Json Only() {
    const std::string text = out.str();
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1) << text;
    EXPECT_TRUE(text.ends_with('\n'));
    auto parsed = ParseJson(text, "line");
    EXPECT_TRUE(parsed.has_value()) << text;
    return parsed.value_or(Json());
  }
};

TEST(JsonLog, TimeLevelAndMessageInThisOrder) {
  Log log;
  const auto time = std::chrono::sys_days(std::chrono::year(2026) / 2 / 3) + std::chrono::hours(4) +
                    std::chrono::minutes(5) + std::chrono::seconds(6) + std::chrono::milliseconds(7);
  log.logger->log(time, spdlog::source_loc{}, spdlog::level::warn, "a load of trouble");
  EXPECT_EQ(log.out.str(), R"({"ts":"2026-02-03T04:05:06.007Z","level":"warning","msg":"a load of trouble"})"
                           "\n");
}

TEST(JsonLog, AnyBytesMakeOneLineOfUtf8) {
  Log log;
  log.logger->error("line\nbreak \"quoted\" \\ tab\t nul{} bad\xFF ok\xC3\xA9", '\0');
  EXPECT_EQ(log.Only()["msg"],
            std::string("line\nbreak \"quoted\" \\ tab\t nul") + '\0' + " bad\xEF\xBF\xBD ok\xC3\xA9");
}

TEST(JsonLog, TheContextIsOnEveryLineOfItsScope) {
  Log log;
  {
    const LogScope request({.request_id = "r-1"});
    const auto work = LogScope::With([](LogContext& context) {
      context.load = "abc";
      context.chunk = 0;
      context.attempt = "a-9";
    });
    log.logger->warn("x");
    const Json line = log.Only();
    EXPECT_EQ(line["load"], "abc");
    EXPECT_EQ(line["chunk"], 0);
    EXPECT_EQ(line["attempt"], "a-9");
    EXPECT_EQ(line["request_id"], "r-1");
  }
  log.out.str("");
  log.logger->warn("y");
  for (const char* name : {"load", "chunk", "attempt", "request_id"}) EXPECT_FALSE(log.Only().contains(name)) << name;
}

TEST(JsonLog, AnotherThreadHasItsOwnContext) {
  const LogScope here({.load = "mine"});
  std::string there = "not run";
  std::string handed_over;
  std::thread([&there, &handed_over, context = CurrentLogContext()] {
    there = CurrentLogContext().load;
    const LogScope scope(context);
    handed_over = CurrentLogContext().load;
  }).join();
  EXPECT_EQ(there, "");
  EXPECT_EQ(handed_over, "mine");
  EXPECT_EQ(CurrentLogContext().load, "mine");
}

TEST(JsonLog, LongMessagesAreCutAtACharacter) {
  for (size_t shift = 0; shift < 4; ++shift) {
    Log log;
    std::string text(kMaxLogMessageBytes - 2 - shift, 'x');
    for (int i = 0; i < 4; ++i) text += "\xF0\x9F\xA7\x8A";
    log.logger->info(text);
    const std::string shown = log.Only()["msg"];
    EXPECT_LE(shown.size(), kMaxLogMessageBytes + 3);
    EXPECT_TRUE(shown.ends_with("..."));
    EXPECT_EQ(shown.find("\xEF\xBF\xBD"), std::string::npos) << "a character was cut in two";
  }
  Log log;
  log.logger->info(std::string(kMaxLogMessageBytes, 'x'));
  EXPECT_EQ(log.Only()["msg"], std::string(kMaxLogMessageBytes, 'x'));
}

}  // namespace
}  // namespace calve
