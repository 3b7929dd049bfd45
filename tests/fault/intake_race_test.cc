// From the notification to the commit by several processes at once, in threads.
#include <gtest/gtest.h>

#include <barrier>
#include <thread>

#include "fault/cloud_world.h"

namespace calve::app {
namespace {

using load::CommitMode;

TEST(Threads, EightPlannersOfOneEvent) {
  constexpr int kPlanners = 8;
  const std::string records = MakeRecords("a", 60);
  for (int round = 0; round < 20; ++round) {
    CloudServices services(kPlanners);
    services.Land("a.csv", kHeader + records);
    services.Notify("a.csv");
    std::barrier start(kPlanners);
    {
      std::vector<std::jthread> threads;
      for (int t = 0; t < kPlanners; ++t) {
        threads.emplace_back([&] {
          CloudProcess process(services, nullptr, CloudSettings(CommitMode::kLoad), RightGuess());
          start.arrive_and_wait();
          EXPECT_TRUE(process.PlanStep());
          EXPECT_EQ(process.reasons(), "");
        });
      }
    }
    EXPECT_EQ(services.ledger.ListLoads()->size(), 1U);
    CloudProcess consumer(services, nullptr, CloudSettings(CommitMode::kLoad), RightGuess());
    consumer.Run(2000);
    ExpectLoadedOnce(services, {records}, 1, "eight planners");
    ASSERT_FALSE(HasFailure()) << consumer.reasons();
  }
}

/// 64 threads, eight to a process, each message three times; events and chunks at once.
void RunConsumers(CommitMode mode, int records_count, size_t snapshots) {
  const std::string records = MakeRecords("a", records_count);
  CloudServices services(3, 1'000'000);
  services.Land("a.csv", kHeader + records);
  services.Notify("a.csv");
  std::vector<std::unique_ptr<CloudProcess>> processes;
  for (int p = 0; p < 8; ++p) {
    processes.push_back(std::make_unique<CloudProcess>(services, nullptr, CloudSettings(mode), WrongGuess()));
  }
  std::barrier start(64);
  {
    std::vector<std::jthread> threads;
    for (size_t t = 0; t < 64; ++t) {
      threads.emplace_back([&, t] {
        CloudProcess& process = *processes[t % 8];
        load::LineProcessor processor(process.store(), WrongGuess());
        start.arrive_and_wait();
        while (!services.Empty()) {
          const bool planned = t < 8 && process.PlanStep();
          if (process.ConsumeStep(processor) || planned) continue;
          services.clock.Advance(std::chrono::milliseconds(1));
          std::this_thread::yield();
        }
      });
    }
  }
  std::string reasons;
  for (const auto& process : processes) reasons += process->reasons();
  ExpectLoadedOnce(services, {records}, snapshots, "64 consumers");
  ExpectNoOrphans(services, "64 consumers");
  EXPECT_FALSE(testing::Test::HasFailure()) << reasons;
}

/// Workers whose calls fail, lose their answers, come late or are made twice, all at once; then a healthy one.
TEST(Threads, EightWorkersWithFaultsAtRandom) {
  const std::string records = MakeRecords("a", 100);
  for (uint64_t round = 0; round < 10; ++round) {
    CloudServices services(1, 1'000'000);
    services.Land("a.csv", kHeader + records);
    services.Notify("a.csv");
    {
      std::vector<std::jthread> threads;
      for (uint64_t t = 0; t < 8; ++t) {
        threads.emplace_back([&, t] {
          FaultInjector injector(
              Seeded(round * 8 + t, 10,
                     {FaultKind::kFailBefore, FaultKind::kFailAfter, FaultKind::kLate, FaultKind::kTwice}),
              services.clock);
          CloudProcess process(services, &injector, CloudSettings(CommitMode::kLoad), WrongGuess());
          process.Run(200);
        });
      }
    }
    CloudProcess healthy(services, nullptr, CloudSettings(CommitMode::kLoad), WrongGuess());
    // Each delivery that finds a chunk waiting for its pinned run sends for it: there are many, as idle threads let
    // everybody's visibility run out.
    healthy.Run(100'000);
    ExpectLoadedOnce(services, {records}, 1, fmt::format("round {}", round));
    ASSERT_FALSE(HasFailure()) << healthy.reasons();
  }
}

TEST(Threads, SixtyFourConsumersOfOneLoad) { RunConsumers(CommitMode::kLoad, 1000, 1); }
TEST(Threads, SixtyFourConsumersWithASnapshotAChunk) { RunConsumers(CommitMode::kChunk, 200, 13); }

}  // namespace
}  // namespace calve::app
