// The fakes do what they say: a fault suite is worth as much as its faults.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <thread>

#include "contract/temp_dir.h"
#include "fakes/fake_clock.h"
#include "fakes/faulty_queue.h"
#include "fakes/faulty_store.h"
#include "queue/memory_queue.h"
#include "store/memory_store.h"

namespace calve {
namespace {

using namespace std::chrono_literals;
using queue::Message;
using store::PutMode;

TEST(FakeClockTest, AutomaticSleepMovesBothClocks) {
  FakeClock clock;
  const auto wall = clock.Now();
  const auto monotonic = clock.Monotonic();
  clock.SleepFor(250ms);
  EXPECT_EQ(clock.Now() - wall, 250ms);
  EXPECT_EQ(clock.Monotonic() - monotonic, 250ms);
  clock.JumpWallClock(-1h);
  EXPECT_EQ(clock.Monotonic() - monotonic, 250ms);
  EXPECT_EQ(clock.slept_ms(), 250);
}

TEST(FakeClockTest, ManualSleepWaitsForAdvance) {
  FakeClock clock(FakeClock::Sleep::kManual);
  std::atomic<bool> awake = false;
  std::jthread sleeper([&] {
    clock.SleepFor(100ms);
    awake = true;
  });
  clock.AwaitSleepers(1);
  clock.Advance(99ms);
  EXPECT_FALSE(awake);
  clock.Advance(1ms);
  sleeper.join();
  EXPECT_TRUE(awake);
}

class FaultyStoreTest : public testing::Test {
 protected:
  bool Exists(std::string_view uri) { return inner_.Head(uri).has_value(); }
  FakeClock clock_;
  store::MemoryStore inner_;
  TempDir dir_;
};

TEST_F(FaultyStoreTest, FailBeforeHasNoEffect) {
  FaultInjector faults(FaultPlan{0, FaultKind::kFailBefore}, clock_);
  store::FaultyStore store(inner_, faults);
  EXPECT_EQ(store.Put("memory://b/x", "1", PutMode::kIfAbsent).error().kind, ErrorKind::kUnavailable);
  EXPECT_FALSE(Exists("memory://b/x"));
  EXPECT_TRUE(store.Put("memory://b/x", "1", PutMode::kIfAbsent));
  EXPECT_EQ(store.calls(), 2);
  EXPECT_EQ(faults.faults(), 1);
}

TEST_F(FaultyStoreTest, FailAfterHasWorked) {
  FaultInjector faults(FaultPlan{0, FaultKind::kFailAfter}, clock_);
  store::FaultyStore store(inner_, faults);
  EXPECT_EQ(store.Put("memory://b/x", "1", PutMode::kIfAbsent).error().kind, ErrorKind::kUnavailable);
  EXPECT_TRUE(Exists("memory://b/x"));
}

TEST_F(FaultyStoreTest, TwiceGivesTheSecondAnswer) {
  FaultInjector faults(FaultPlan{0, FaultKind::kTwice}, clock_);
  store::FaultyStore store(inner_, faults);
  EXPECT_EQ(store.Put("memory://b/x", "1", PutMode::kIfAbsent).error().kind, ErrorKind::kAlreadyExists);
  EXPECT_EQ(*store::ReadAll(inner_, "memory://b/x"), "1");
}

TEST_F(FaultyStoreTest, LateLetsTimePass) {
  FaultInjector faults(Scripted({{1, FaultKind::kLate}}), clock_, 5min);
  store::FaultyStore store(inner_, faults);
  const auto start = clock_.Now();
  EXPECT_TRUE(store.Put("memory://b/x", "1", PutMode::kOverwrite));
  EXPECT_EQ(clock_.Now(), start);
  EXPECT_TRUE(store.Head("memory://b/x"));
  EXPECT_EQ(clock_.Now() - start, 5min);
}

TEST_F(FaultyStoreTest, TheDeadStayDead) {
  FaultInjector faults(FaultPlan{0, FaultKind::kDieAfter}, clock_);
  store::FaultyStore store(inner_, faults);
  EXPECT_FALSE(store.Put("memory://b/x", "1", PutMode::kOverwrite));
  EXPECT_FALSE(store.Put("memory://b/y", "1", PutMode::kOverwrite));
  EXPECT_FALSE(store.Head("memory://b/x"));
  EXPECT_TRUE(faults.dead());
  EXPECT_TRUE(Exists("memory://b/x"));
  EXPECT_FALSE(Exists("memory://b/y"));
}

TEST_F(FaultyStoreTest, EachReadIsACallAndNoneSkipsBytes) {
  ASSERT_TRUE(inner_.Put("memory://b/x", "0123456789", PutMode::kOverwrite));
  for (const FaultKind kind : {FaultKind::kTwice, FaultKind::kLate}) {
    FaultInjector faults(Scripted({{0, kind}, {1, kind}, {2, kind}}), clock_);
    store::FaultyStore store(inner_, faults);
    EXPECT_EQ(*store::ReadAll(store, "memory://b/x"), "0123456789") << FaultKindName(kind);
    EXPECT_EQ(store.calls(), 2);
    EXPECT_THAT(faults.log(), testing::ElementsAre("0 Open memory://b/x", "1 Read memory://b/x"));
  }
}

TEST_F(FaultyStoreTest, PutFileTwiceIsOneUploadRepeated) {
  for (const FaultKind kind : kAllFaultKinds) {
    const std::string uri = "memory://b/" + std::string(FaultKindName(kind));
    const std::string path = dir_.Write("out", "data");
    FaultInjector faults(FaultPlan{0, kind}, clock_);
    store::FaultyStore store(inner_, faults);
    const Status status = store.PutFile(uri, path, PutMode::kIfAbsent);
    EXPECT_EQ(status.has_value(), kind == FaultKind::kLate) << FaultKindName(kind);
    EXPECT_EQ(std::filesystem::exists(path), !status.has_value());
    EXPECT_EQ(Exists(uri), kind != FaultKind::kFailBefore && kind != FaultKind::kDieBefore);
    EXPECT_FALSE(std::filesystem::exists(path + ".again"));
  }
}

TEST(FaultyQueueTest, KindsDoWhatTheySay) {
  FakeClock clock;
  SeededRng rng(1);
  queue::MemoryQueue inner(3, clock, rng);
  const std::vector<Message> one{{.body = "m", .dedup_id = {}}};
  FaultInjector faults(Scripted({{0, FaultKind::kTwice},
                                 {1, FaultKind::kTwice},
                                 {2, FaultKind::kLate},
                                 {3, FaultKind::kTwice},
                                 {4, FaultKind::kFailAfter}}),
                       clock);
  queue::FaultyQueue queue(inner, faults);
  EXPECT_TRUE(queue.Send(one));
  EXPECT_EQ(inner.Stats()->visible, 2) << "sent twice";
  const auto second = queue.Receive(1, 30s, 0ms);
  EXPECT_EQ(inner.Stats()->in_flight, 2) << "the first batch is held by nobody";
  EXPECT_TRUE(queue.Extend(second->front().receipt, 30s));
  EXPECT_EQ(inner.Stats()->visible, 2) << "the answer came after the leases had run out";
  EXPECT_EQ(queue.Delete(second->front().receipt).error().kind, ErrorKind::kConflict);
  EXPECT_EQ(inner.Stats()->visible, 1);
  EXPECT_EQ(queue.Receive(1, 30s, 0ms).error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(inner.Stats()->in_flight, 1) << "received, but the answer was lost";
  EXPECT_EQ(queue.calls(), 5);
}

TEST(FaultPolicyTest, SeededIsRepeatable) {
  const auto run = [](uint64_t seed) {
    const FaultPolicy policy = Seeded(seed, 30, {FaultKind::kFailBefore, FaultKind::kTwice});
    std::vector<std::optional<FaultKind>> faults;
    for (int i = 0; i < 200; ++i) faults.push_back(policy(i));
    return faults;
  };
  EXPECT_EQ(run(7), run(7));
  EXPECT_NE(run(7), run(8));
  const auto faults = run(7);
  const auto hits = std::ranges::count_if(faults, [](const auto& fault) { return fault.has_value(); });
  EXPECT_GT(hits, 30);
  EXPECT_LT(hits, 90);
}

}  // namespace
}  // namespace calve
