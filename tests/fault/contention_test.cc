// Many writers on one table: nothing is lost, nothing is doubled.
#include <gtest/gtest.h>

#include <thread>

#include "fault/world.h"

namespace calve::load {
namespace {

void RunWriters(int writers, CommitMode mode, int chunks) {
  Services services;
  std::vector<std::string> texts;
  std::vector<Plan> plans;
  for (int w = 0; w < writers; ++w) {
    texts.push_back(fmt::format("writer {}\n", w) + MakeLines(20));
    plans.push_back(PutLinePlan(services, fmt::format("w{}", w), texts.back(), chunks, mode));
  }
  const Guess right = [](int, uint64_t start) { return std::optional(start); };
  {
    std::vector<std::jthread> threads;
    for (int w = 0; w < writers; ++w) {
      threads.emplace_back([&, w] {
        Process process(services, nullptr, right);
        // Every writer handles its own chunks, one after the other, and they all commit to the same table.
        for (int i = 0; i < plans[static_cast<size_t>(w)].chunk_count(); ++i) {
          const Plan& plan = plans[static_cast<size_t>(w)];
          const ChunkMessage message{"memory://wh/_calve", plan.load_id, plan.generation, i, std::nullopt};
          Handled handled;
          for (int attempt = 0; attempt < 20; ++attempt) {
            handled = process.consumer().Handle(message, process.processor(), process.cancel(), nullptr);
            if (handled.answer == Handled::Answer::kDelete) break;
          }
          EXPECT_EQ(handled.answer, Handled::Answer::kDelete) << handled.reason;
        }
      });
    }
  }
  ExpectEveryLineOnce(services, texts, "contention");
  EXPECT_EQ(SnapshotCount(services), static_cast<size_t>(mode == CommitMode::kLoad ? writers : writers * chunks));
}

TEST(Contention, SixteenLoadsOnOneTable) { RunWriters(16, CommitMode::kLoad, 2); }
TEST(Contention, SixteenWritersWithASnapshotAChunk) { RunWriters(16, CommitMode::kChunk, 3); }

TEST(Contention, EightConsumersOfOneLoad) {
  Services services;
  const std::string text = MakeLines(200);
  const Plan plan = PutLinePlan(services, "a", text, 12, CommitMode::kLoad);
  const Guess wrong_twice = [](int chunk, uint64_t start) -> std::optional<uint64_t> {
    if (chunk == 5) return start + 1;
    return chunk == 6 ? std::nullopt : std::optional(start);
  };
  {
    Process first(services, nullptr, wrong_twice);
    ASSERT_TRUE(first.Nudge(plan).has_value());
  }
  std::atomic<int> finished{0};
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 8; ++t) {
      threads.emplace_back([&] {
        Process process(services, nullptr, wrong_twice);
        for (int i = 0; i < 2000 && finished == 0; ++i) {
          if (!process.Step()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
          if (process.finished()) ++finished;
        }
      });
    }
  }
  EXPECT_GT(finished.load(), 0);
  ExpectEveryLineOnce(services, {text}, "eight consumers");
  EXPECT_EQ(SnapshotCount(services), 1U);
}

}  // namespace
}  // namespace calve::load
