// Faults from the notification to the commit, by fault_plan.h's method: a landed file's message goes through planner,
// queue of chunks and consumers, and each call to store, queues and catalog fails once in each way. Afterwards a
// healthy process takes over what is left. The invariant, each time: every record once, in one snapshot (with one
// snapshot a chunk: one for each chunk), both queues empty, no dead letter. No single fault makes that impossible; what
// does is at the end: a source that was replaced or removed, and messages that are none.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compression/compression_test_util.h"
#include "fault/cloud_world.h"

namespace calve::app {
namespace {

using load::CommitMode;
using testing::HasSubstr;

constexpr int kChunks = 4;

struct Case {
  const char* name;
  CommitMode mode;
  load::Guess guess;
  bool compressed = false;
};

class IntakeFaults : public testing::TestWithParam<Case> {
 protected:
  /// What lands: the header and `records`, as they are or compressed in a stream of many small blocks.
  static std::string Object(const std::string& records) {
    return GetParam().compressed ? compression::testing::Gzip(kHeader + records, 6, 1) : kHeader + records;
  }
  size_t snapshots() const { return GetParam().mode == CommitMode::kLoad ? 1 : kChunks; }
  const std::string records_ = MakeRecords("a", 60);
};

TEST_P(IntakeFaults, EveryCallEveryFault) {
  int calls = 0;
  {
    CloudServices services;
    services.Land("a.csv", Object(records_));
    services.Notify("a.csv");
    FaultInjector injector(NoFaults(), services.clock);
    CloudProcess process(services, &injector, CloudSettings(GetParam().mode), GetParam().guess);
    process.Run(100);
    ExpectLoadedOnce(services, {records_}, snapshots(), "without faults");
    ExpectNoOrphans(services, "without faults");
    ASSERT_FALSE(HasFailure()) << process.reasons();
    const std::optional<load::Plan> plan = *services.ledger.FindPlan(services.ledger.ListLoads()->at(0));
    EXPECT_GT(plan->chunk_count(), 2);
    ASSERT_EQ(plan->encoding.has_value(), GetParam().compressed);
    EXPECT_EQ(plan->encoding && !plan->encoding->windows_uri.empty(), GetParam().compressed) << "never entered within";
    calls = injector.calls();
  }
  ASSERT_GT(calls, 60);
  for (const FaultKind kind : kAllFaultKinds) {
    for (int index = 0; index < calls; ++index) {
      CloudServices services;
      services.Land("a.csv", Object(records_));
      services.Notify("a.csv");
      FaultInjector injector(FaultPlan{index, kind}, services.clock);
      CloudProcess first(services, &injector, CloudSettings(GetParam().mode), GetParam().guess);
      first.Run(100);
      CloudProcess second(services, nullptr, CloudSettings(GetParam().mode), GetParam().guess);
      second.Run(100);
      const std::string call = injector.log().at(static_cast<size_t>(index));
      ExpectLoadedOnce(services, {records_}, snapshots(), fmt::format("{} at {}", FaultKindName(kind), call));
      ASSERT_EQ(injector.faults(), injector.dead() ? injector.faults() : 1);
      ASSERT_FALSE(HasFailure()) << "first:\n" << first.reasons() << "second:\n" << second.reasons();
    }
  }
}

TEST_P(IntakeFaults, ManyFaultsOfAllKindsAtRandom) {
  for (uint64_t seed = 1; seed <= 100; ++seed) {
    CloudServices services(1, 1000);
    services.Land("a.csv", Object(records_));
    services.Notify("a.csv");
    std::string reasons;
    for (uint64_t round = 0; round < 4; ++round) {
      FaultInjector injector(Seeded(seed * 10 + round, 12, {kAllFaultKinds.begin(), kAllFaultKinds.end()}),
                             services.clock);
      CloudProcess process(services, &injector, CloudSettings(GetParam().mode), GetParam().guess);
      process.Run(30);
      reasons += process.reasons();
    }
    CloudProcess healthy(services, nullptr, CloudSettings(GetParam().mode), GetParam().guess);
    healthy.Run(200);
    ExpectLoadedOnce(services, {records_}, snapshots(), fmt::format("seed {}", seed));
    ASSERT_FALSE(HasFailure()) << reasons << "healthy:\n" << healthy.reasons();
  }
}

TEST_P(IntakeFaults, EveryMessageFiveTimesInNoOrderToTwoProcesses) {
  for (uint64_t shuffle = 0; shuffle < 20; ++shuffle) {
    CloudServices services(5);
    for (uint64_t i = 0; i < shuffle; ++i) services.rng.Next();
    services.Land("a.csv", Object(records_));
    services.Notify("a.csv");
    CloudProcess one(services, nullptr, CloudSettings(GetParam().mode), GetParam().guess);
    CloudProcess two(services, nullptr, CloudSettings(GetParam().mode), GetParam().guess);
    // The events are spread over the work on the chunks, so that most of them find the load under way.
    for (int round = 0; round < 10'000 && !services.Empty(); ++round) {
      CloudProcess& process = services.rng.Next() % 2 == 0 ? one : two;
      const bool worked = round % 7 == 0 ? process.PlanStep() : process.ConsumeStep();
      if (!worked) services.clock.Advance(std::chrono::seconds(1));
    }
    ExpectLoadedOnce(services, {records_}, snapshots(), "five deliveries");
    ExpectNoOrphans(services, "five deliveries");
    ASSERT_FALSE(HasFailure()) << one.reasons() << two.reasons();
  }
}

/// Dead right behind each of its commits; then an outage that looks like a dropped table, so that the plan is declared
/// failed and the next generation is planned, on a table that has moved on.
TEST_P(IntakeFaults, AnOutageThatLooksLikeADroppedTableDoublesNothing) {
  std::vector<int> commits;
  {
    CloudServices services;
    services.Land("a.csv", Object(records_));
    services.Notify("a.csv");
    FaultInjector injector(NoFaults(), services.clock);
    CloudProcess(services, &injector, CloudSettings(GetParam().mode), GetParam().guess).Run(100);
    const std::vector<std::string> log = injector.log();
    for (size_t i = 0; i < log.size(); ++i) {
      if (log[i].find(" Commit ") != std::string::npos) commits.push_back(static_cast<int>(i));
    }
  }
  ASSERT_EQ(commits.size(), snapshots());
  for (const int commit : commits) {
    SCOPED_TRACE(commit);
    CloudServices services;
    services.Land("a.csv", Object(records_));
    services.Notify("a.csv");
    FaultInjector injector(FaultPlan{commit, FaultKind::kDieAfter}, services.clock);
    CloudProcess(services, &injector, CloudSettings(GetParam().mode), GetParam().guess).Run(100);
    ASSERT_TRUE(injector.dead());

    services.seen.set_lie(iceberg::Lie::kGone);
    services.Notify("a.csv");
    CloudProcess misled(services, nullptr, CloudSettings(GetParam().mode), GetParam().guess);
    while (!misled.PlanStep()) services.clock.Advance(std::chrono::seconds(1));
    services.seen.set_lie(iceberg::Lie::kNone);

    const std::string other = MakeRecords("b", 12);
    services.Land("b.csv", Object(other));
    services.Notify("b.csv");
    services.Notify("a.csv");
    // Who is told another chunk size now cuts in the same places all the same where chunks may be in the table.
    constexpr uint64_t kSmaller = 200;
    CloudProcess healthy(services, nullptr, CloudSettings(GetParam().mode, kSmaller), GetParam().guess);
    healthy.Run(300);
    load::ExpectEveryLineOnce(services, {records_, other}, "after the outage");
    const size_t of_b = GetParam().mode == CommitMode::kLoad ? 1 : (other.size() + kSmaller - 1) / kSmaller;
    EXPECT_EQ(load::SnapshotCount(services), snapshots() + of_b);
    EXPECT_TRUE(services.Empty());
    for (const queue::DeadLetter& letter : services.DeadLetters()) {
      EXPECT_EQ(letter.reason, "the table was dropped") << "not of the generation that was declared so";
    }
    ASSERT_FALSE(HasFailure()) << misled.reasons() << "healthy:\n" << healthy.reasons();
    const std::vector<std::string> loads = *services.ledger.ListLoads();
    EXPECT_TRUE(std::ranges::any_of(loads, [&](const std::string& load_id) {
      return services.ledger.FindCommit(load_id)->value().generation == 1;
    })) << "no generation above 0 was tried";
  }
}

INSTANTIATE_TEST_SUITE_P(Protocol, IntakeFaults,
                         testing::Values(Case{"OneSnapshotRightGuesses", CommitMode::kLoad, RightGuess()},
                                         Case{"CompressedWrongGuesses", CommitMode::kLoad, WrongGuess(), true},
                                         Case{"OneSnapshotWrongGuesses", CommitMode::kLoad, WrongGuess()},
                                         Case{"OneSnapshotAChunk", CommitMode::kChunk, RightGuess()}),
                         [](const testing::TestParamInfo<Case>& param) { return param.param.name; });

TEST(Replaced, BetweenPlanningAndConsumingTheLoadFailsAndTheNewVersionIsLoaded) {
  CloudServices services;
  services.Land("a.csv", kHeader + MakeRecords("old", 60));
  services.Notify("a.csv");
  CloudProcess process(services, nullptr, CloudSettings(CommitMode::kLoad), RightGuess());
  ASSERT_TRUE(process.PlanStep());
  ASSERT_TRUE(process.ConsumeStep());
  const std::string load_id = services.ledger.ListLoads()->at(0);
  services.Land("a.csv", kHeader + MakeRecords("new", 70));
  process.Run(100);
  EXPECT_EQ(load::SnapshotCount(services), 0U);
  EXPECT_TRUE(services.store.List("memory://wh/db/t/data/")->empty()) << "a failed load leaves no data files";
  const auto failure = services.ledger.FindFailure(**services.ledger.FindPlan(load_id));
  ASSERT_TRUE(failure.has_value() && failure->has_value()) << "the ledger does not say that the load has failed";
  EXPECT_EQ((*failure)->kind, "conflict");
  EXPECT_THAT((*failure)->message, HasSubstr("memory://in/a.csv has changed"));
  EXPECT_FALSE(services.DeadLetters().empty());
  for (const auto& letter : services.DeadLetters()) EXPECT_THAT(letter.reason, HasSubstr("has changed"));

  services.Notify("a.csv");
  process.Run(100);
  load::ExpectEveryLineOnce(services, {MakeRecords("new", 70)}, "the new version");
  EXPECT_EQ(load::SnapshotCount(services), 1U);
  EXPECT_TRUE(services.Empty());
  ExpectNoOrphans(services, "the new version");
}

/// The new version, and its message, come right before each call of the whole flow. The old load is there as a whole
/// or not at all, by what the ledger says; the new one is there.
TEST(Replaced, AtEveryCallOfTheFlow) {
  for (const CommitMode mode : {CommitMode::kLoad, CommitMode::kChunk}) {
    bool was_loaded = false;
    bool was_failed = false;
    for (int index = 0;; ++index) {
      CloudServices services;
      services.Land("a.csv", kHeader + MakeRecords("old", 60));
      services.Notify("a.csv");
      const std::string old_version = services.store.Head("memory://in/a.csv")->version;
      bool replaced = false;
      FaultInjector injector(
          [&](int call) -> std::optional<FaultKind> {
            if (call == index) {
              services.Land("a.csv", kHeader + MakeRecords("new", 70));
              services.Notify("a.csv");
              replaced = true;
            }
            return std::nullopt;
          },
          services.clock);
      CloudProcess process(services, &injector, CloudSettings(mode), RightGuess());
      process.Run(200);
      if (!replaced) break;
      const std::string what = injector.log().at(static_cast<size_t>(index));
      bool old_failed = false;
      bool old_loaded = false;
      const std::vector<std::string> loads = *services.ledger.ListLoads();
      for (const std::string& load_id : loads) {
        const auto commit = *services.ledger.FindCommit(load_id);
        const load::Plan plan = **services.ledger.FindPlan(load_id);
        const bool is_old = plan.source.version == old_version;
        EXPECT_TRUE(is_old || commit) << what << ": the new version is not loaded";
        if (is_old && commit) old_loaded = true;
        if (is_old && !commit) old_failed = services.ledger.FindFailure(plan)->has_value();
        EXPECT_TRUE(!is_old || commit || old_failed) << what << ": the old load is neither loaded nor failed";
      }
      EXPECT_TRUE(services.Empty()) << what;
      EXPECT_EQ(services.DeadLetters().empty(), !old_failed) << what;
      was_loaded = was_loaded || old_loaded;
      was_failed = was_failed || old_failed;
      if (mode == CommitMode::kLoad) {
        std::vector<std::string> expected{MakeRecords("new", 70)};
        if (old_loaded) expected.push_back(MakeRecords("old", 60));
        load::ExpectEveryLineOnce(services, expected, what);
        EXPECT_EQ(load::SnapshotCount(services), expected.size()) << what;
        ExpectNoOrphans(services, what);
      }
      ASSERT_FALSE(HasFailure()) << process.reasons();
    }
    EXPECT_TRUE(was_loaded && was_failed) << "the sweep has not met both ends";
  }
}

TEST(Removed, ASourceThatIsGoneIsADeadLetterWithTheReason) {
  CloudServices services;
  services.Notify("gone.csv");
  CloudProcess process(services, nullptr, CloudSettings(CommitMode::kLoad), RightGuess());
  process.Run(10);
  ASSERT_EQ(services.DeadLetters().size(), 1U);
  EXPECT_THAT(services.DeadLetters()[0].reason, HasSubstr("memory://in/gone.csv"));
  EXPECT_TRUE(services.Empty());
}

TEST(ManyChunks, AreNotListedAfterEachOfThem) {
  CloudServices services;
  const std::string records = MakeRecords("a", 800);
  services.Land("a.csv", kHeader + records);
  services.Notify("a.csv");
  FaultInjector injector(NoFaults(), services.clock);
  CloudProcess process(services, &injector, CloudSettings(CommitMode::kLoad, 100), RightGuess());
  process.Run(1000);
  ExpectLoadedOnce(services, {records}, 1, "many chunks");
  int published = 0;
  int listed = 0;
  for (const std::string& call : injector.log()) {
    if (call.find("/results/") == std::string::npos) continue;
    published += call.find("Put ") != std::string::npos ? 1 : 0;
    listed += call.find("List ") != std::string::npos ? 1 : 0;
  }
  EXPECT_GT(published, 100);
  // Once by the planner, then only when the chunk that was known to be missing is there. In random order (the queue has
  // none) the last of those left is a random one of them, so half of them are left behind it: about log2 times.
  EXPECT_LT(listed, published / 4);
}

TEST(Poison, AmongGoodMessagesStopsNothing) {
  CloudServices services;
  const std::vector<std::string> names{"a.csv", "b b.csv", "c.csv"};
  std::vector<std::string> texts;
  for (const std::string& name : names) {
    texts.push_back(MakeRecords(name, 40));
    services.Land(name, kHeader + texts.back());
  }
  services.Land("binary.csv", std::string("\0\1\2\0\0\0", 6));
  const load::ChunkMessage foreign{"memory://other/_calve", std::string(32, 'a'), 0, 0, std::nullopt};
  const load::ChunkMessage unknown{std::string(kLedger), std::string(32, 'a'), 0, 0, std::nullopt};

  services.Notify("a.csv");
  services.SendEvent("no JSON at all");
  services.SendEvent(R"({"calve":"source","version":99,"uri":"s3://in/a.csv"})");
  services.SendEvent(load::MakeChunkMessage(foreign).body);
  services.SendEvent(R"({"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"in"})");  // Nothing to do: deleted.
  services.Notify("binary.csv");
  services.SendEvent(CloudServices::Notification({"b+b.csv", "gone.csv"}));
  services.SendEvent(MakeSourceMessage("s3://in/c.csv"));
  for (const std::string& body : {std::string("garbage"), load::MakeChunkMessage(foreign).body,
                                  load::MakeChunkMessage(unknown).body, std::string("{}")}) {
    const queue::Message message{body, ""};
    ASSERT_TRUE(services.chunks.Send({&message, 1}).has_value());
  }
  CloudProcess process(services, nullptr, CloudSettings(CommitMode::kLoad), RightGuess());
  process.Run(200);

  load::ExpectEveryLineOnce(services, texts, "the good ones");
  EXPECT_EQ(load::SnapshotCount(services), texts.size());
  EXPECT_TRUE(services.Empty());
  ExpectNoOrphans(services, "the good ones");
  std::vector<std::string> reasons;
  for (const queue::DeadLetter& letter : services.DeadLetters()) {
    reasons.push_back(letter.reason);
    // No retry can help; but that a plan is not there may be a stale answer.
    EXPECT_EQ(letter.receive_count, letter.reason.contains(unknown.load_id) ? 5 : 1) << letter.reason;
  }
  EXPECT_THAT(reasons, testing::UnorderedElementsAre(HasSubstr("JSON"), HasSubstr("version 99"),
                                                     HasSubstr("belongs on the queue of chunks"),
                                                     HasSubstr("binary.csv"), HasSubstr("gone.csv"), HasSubstr("JSON"),
                                                     HasSubstr("ledger is memory://other/_calve"),
                                                     HasSubstr(unknown.load_id), HasSubstr("calve")));
}

}  // namespace
}  // namespace calve::app
