// The fault suite: a load is run once without faults to count its calls to store, queue and catalog; then once for each
// call and each kind of fault (before it worked, after it worked, late, twice, death before, death after). Afterwards a
// healthy process goes on. The invariant, each time: every line is in the table once, in one snapshot (with one
// snapshot a chunk: one for each chunk).
#include <gtest/gtest.h>

#include "fault/world.h"
#include "load/add_columns_action.h"

namespace calve::load {
namespace {

struct Case {
  const char* name;
  CommitMode mode;
  Guess guess;
  int chunks;
};

Guess Right() {
  return [](int, uint64_t start) { return std::optional(start); };
}

/// Chunk 1 begins in the middle of a line, chunk 2 sees none: both must be run again, pinned.
Guess Wrong() {
  return [](int chunk, uint64_t start) -> std::optional<uint64_t> {
    if (chunk == 1) return start + 3;
    if (chunk == 2) return std::nullopt;
    return start;
  };
}

class FaultSuite : public testing::TestWithParam<Case> {
 protected:
  void Check(Services& services, const std::string& text, const std::string& what) {
    ExpectEveryLineOnce(services, {text}, what);
    const size_t expected = GetParam().mode == CommitMode::kLoad ? 1U : static_cast<size_t>(GetParam().chunks);
    EXPECT_EQ(SnapshotCount(services), expected) << what;
  }
};

TEST_P(FaultSuite, EveryCallEveryFault) {
  const Case& param = GetParam();
  const std::string text = MakeLines(60);
  int calls = 0;
  {
    Services services;
    const Plan plan = PutLinePlan(services, "a", text, param.chunks, param.mode);
    ASSERT_EQ(plan.chunk_count(), param.chunks);
    FaultInjector injector(NoFaults(), services.clock);
    Process process(services, &injector, param.guess);
    process.Work(plan, 50);
    ASSERT_TRUE(process.finished()) << process.last_reason();
    Check(services, text, "without faults");
    calls = injector.calls();
  }
  ASSERT_GT(calls, 20);
  for (const FaultKind kind : kAllFaultKinds) {
    for (int index = 0; index < calls; ++index) {
      const std::string what = fmt::format("{} at call {}", FaultKindName(kind), index);
      Services services;
      const Plan plan = PutLinePlan(services, "a", text, param.chunks, param.mode);
      FaultInjector injector(FaultPlan{index, kind}, services.clock);
      Process first(services, &injector, param.guess);
      first.Work(plan, 50);
      Process second(services, nullptr, param.guess);
      second.Work(plan, 50);
      ASSERT_TRUE(second.finished()) << what << ": " << second.last_reason() << " / " << first.last_reason();
      Check(services, text, what);
      if (HasFailure()) return;
    }
  }
}

TEST_P(FaultSuite, ManyFaultsOfAllKindsAtRandom) {
  const Case& param = GetParam();
  const std::string text = MakeLines(60);
  for (uint64_t seed = 1; seed <= 150; ++seed) {
    Services services;
    const Plan plan = PutLinePlan(services, "a", text, param.chunks, param.mode);
    for (int round = 0; round < 4; ++round) {
      FaultInjector injector(
          Seeded(seed * 10 + static_cast<uint64_t>(round), 15, {kAllFaultKinds.begin(), kAllFaultKinds.end()}),
          services.clock);
      Process process(services, &injector, param.guess);
      process.Work(plan, 30);
    }
    Process healthy(services, nullptr, param.guess);
    healthy.Work(plan, 80);
    ASSERT_TRUE(healthy.finished()) << "seed " << seed << ": " << healthy.last_reason();
    Check(services, text, fmt::format("seed {}", seed));
    if (HasFailure()) return;
  }
}

TEST_P(FaultSuite, EachMessageDeliveredFiveTimesToTwoProcesses) {
  const Case& param = GetParam();
  const std::string text = MakeLines(60);
  Services services;
  const Plan plan = PutLinePlan(services, "a", text, param.chunks, param.mode);
  Process one(services, nullptr, param.guess);
  Process two(services, nullptr, param.guess);
  std::vector<int> all;
  for (int i = 0; i < plan.chunk_count(); ++i) all.push_back(i);
  for (int copy = 0; copy < 5; ++copy) {
    for (int i = plan.chunk_count() - 1; i >= 0; --i) {
      const ChunkMessage message{"memory://wh/_calve", plan.load_id, plan.generation, i, std::nullopt};
      const queue::Message sent{MakeChunkMessage(message).body, ""};  // No dedup id: as SQS standard would.
      ASSERT_TRUE(services.queue.Send({&sent, 1}).has_value());
    }
  }
  for (int step = 0; step < 200; ++step) {
    const bool worked = step % 2 == 0 ? one.Step() : two.Step();
    if (!worked && (one.finished() || two.finished())) break;
  }
  Check(services, text, "five deliveries");
}

INSTANTIATE_TEST_SUITE_P(Protocol, FaultSuite,
                         testing::Values(Case{"OneSnapshotRightGuesses", CommitMode::kLoad, Right(), 4},
                                         Case{"OneSnapshotWrongGuesses", CommitMode::kLoad, Wrong(), 4},
                                         Case{"OneSnapshotAChunk", CommitMode::kChunk, Right(), 3}),
                         [](const testing::TestParamInfo<Case>& param) { return param.param.name; });

TEST(Protocol, ColumnsAreAddedOnceUnderEveryFault) {
  for (const FaultKind kind : kAllFaultKinds) {
    for (int call = 0; call < 12; ++call) {
      Services services;
      PutLinePlan(services, "a", MakeLines(3), 1, CommitMode::kLoad);
      const iceberg::LoadedTable before = *services.catalog.Load(kTable);
      std::vector<iceberg::Field> columns = before.metadata.schema().fields;
      columns.emplace_back(columns.front()).name = "more";
      FaultInjector injector(FaultPlan{call, kind}, services.clock);
      iceberg::FaultyCatalog catalog(services.catalog, injector);
      const CommitContext context{catalog, services.store, services.clock, services.rng};
      const CommitContext healthy{services.catalog, services.store, services.clock, services.rng};
      AddColumnsAction action(kTable, columns);
      const CommitTarget target{kTable, before.metadata.uuid()};
      CancelToken cancel;
      const auto done = CommitExactlyOnce(context, {}, target, action, cancel);
      EXPECT_TRUE(done.has_value() || injector.dead()) << FaultKindName(kind) << " " << call;
      ASSERT_TRUE(CommitExactlyOnce(healthy, {}, target, action, cancel).has_value());
      const std::vector<iceberg::Field> fields = services.catalog.Load(kTable)->metadata.schema().fields;
      ASSERT_EQ(fields.size(), 2U) << FaultKindName(kind) << " " << call;
      EXPECT_EQ(fields[1].name, "more");
    }
  }
}

TEST(Protocol, TheSecondLoadOfASourceFindsTheLedgerEntry) {
  Services services;
  const std::string text = MakeLines(30);
  const Plan plan = PutLinePlan(services, "a", text, 3, CommitMode::kLoad);
  Process first(services, nullptr, Right());
  first.Work(plan, 30);
  ASSERT_TRUE(first.finished());
  Process again(services, nullptr, Right());
  again.Work(plan, 30);
  EXPECT_TRUE(again.finished());
  EXPECT_EQ(SnapshotCount(services), 1U);
  ExpectEveryLineOnce(services, {text}, "again");
}

TEST(Protocol, ATableThatWasDroppedMeanwhileIsAClearStop) {
  Services services;
  const Plan plan = PutLinePlan(services, "a", MakeLines(30), 3, CommitMode::kLoad);
  ASSERT_TRUE(services.catalog.Drop(kTable).has_value());
  Process process(services, nullptr, Right());
  process.Work(plan, 10);
  EXPECT_FALSE(process.finished());
  EXPECT_EQ(process.last_kind(), ErrorKind::kNotFound);
  EXPECT_NE(process.last_reason().find("dropped"), std::string::npos) << process.last_reason();
}

TEST(Protocol, ASourceReplacedMeanwhileIsNeverAMixture) {
  Services services;
  const std::string text = MakeLines(30);
  const Plan plan = PutLinePlan(services, "a", text, 3, CommitMode::kLoad);
  Process process(services, nullptr, Right());
  ASSERT_TRUE(process.Nudge(plan).has_value());
  ASSERT_TRUE(process.Step());
  ASSERT_TRUE(services.store.Put(plan.source.uri, MakeLines(31), store::PutMode::kOverwrite).has_value());
  process.Work(plan, 20);
  EXPECT_FALSE(process.finished());
  EXPECT_EQ(SnapshotCount(services), 0U);
  EXPECT_TRUE(services.store.List("memory://wh/db/t/data/")->empty()) << "a failed load leaves no data files";
}

TEST(Protocol, APlanThatWasDeclaredFailedIsNeverCommitted) {
  Services services;
  const Plan plan = PutLinePlan(services, "a", MakeLines(30), 3, CommitMode::kLoad);
  Process process(services, nullptr, Right());
  ASSERT_TRUE(process.Nudge(plan).has_value());
  ASSERT_TRUE(process.Step());
  Ledger ledger(services.store, "memory://wh/_calve");
  ASSERT_TRUE(ledger.PutFailure(plan, {"not-found", "the table was dropped", 0}).has_value());
  // The next chunk's consumer sees that, and removes what was written; then the last one has all results before it.
  ASSERT_TRUE(process.Step());
  process.Work(plan, 10);
  EXPECT_FALSE(process.finished());
  EXPECT_EQ(SnapshotCount(services), 0U) << "a snapshot whose files are gone";
}

/// The next generation's plan of the same load, into another table of the catalog, put into the ledger.
Plan PutNextGeneration(Services& services, const Plan& former, const std::string& table_name) {
  const iceberg::TableIdentifier other{{"db"}, table_name};
  iceberg::NewTable definition;
  definition.location = "memory://wh/db/" + table_name;
  definition.schema = services.catalog.Load(kTable)->metadata.schema();
  EXPECT_TRUE(services.catalog.Create(other, definition).has_value());
  Plan plan = former;
  ++plan.generation;
  plan.target.identifier = other.ToString();
  plan.target.table_uuid = services.catalog.Load(other)->metadata.uuid();
  plan.target.data_location = definition.location + "/data";
  EXPECT_TRUE(Ledger(services.store, "memory://wh/_calve").PutPlan(plan).has_value());
  return plan;
}

TEST(Protocol, AFormerGenerationThatIsInATableKeepsItsFiles) {
  Services services;
  const std::string text = MakeLines(30);
  const Plan plan = PutLinePlan(services, "a", text, 3, CommitMode::kLoad);
  Process process(services, nullptr, Right());
  process.Work(plan, 30);
  ASSERT_TRUE(process.finished());
  // Killed between the commit and the ledger's entry; then a catalog that does not show the table: the plan is declared
  // to be one of a dropped table, wrongly, and another is made.
  const std::string entry = "memory://wh/_calve/loads/" + plan.load_id + "/committed.json";
  ASSERT_TRUE(services.store.Delete({&entry, 1}).has_value());
  ASSERT_TRUE(Ledger(services.store, "memory://wh/_calve").PutFailure(plan, {"not-found", "dropped", 0}).has_value());
  const Plan next = PutNextGeneration(services, plan, "u");
  Process second(services, nullptr, Right());
  second.Work(next, 30);
  ASSERT_TRUE(second.finished()) << second.last_reason();
  ExpectEveryLineOnce(services, {text}, "the first table's files are gone");
}

TEST(Protocol, AChunkThatAFormerGenerationCommittedIsNotDoneAgain) {
  Services services;
  const std::string text = MakeLines(30);
  const Plan plan = PutLinePlan(services, "a", text, 3, CommitMode::kChunk);
  Process process(services, nullptr, Right());
  ASSERT_TRUE(process.Nudge(plan).has_value());
  ASSERT_TRUE(process.Step());
  ASSERT_EQ(SnapshotCount(services), 1U);
  Ledger ledger(services.store, "memory://wh/_calve");
  ASSERT_TRUE(ledger.PutFailure(plan, {"not-found", "the table was dropped", 0}).has_value());
  Plan next = plan;
  ++next.generation;
  ASSERT_TRUE(ledger.PutPlan(next).has_value());
  Process second(services, nullptr, Right());
  second.Work(next, 30);
  ASSERT_TRUE(second.finished()) << second.last_reason();
  EXPECT_EQ(second.processor().processed(), 2) << "the first is in the table";
  ExpectEveryLineOnce(services, {text}, "over two generations");
}

TEST(Protocol, AFormerGenerationThatNeverCommitsIsCleanedUp) {
  Services services;
  const Plan plan = PutLinePlan(services, "a", MakeLines(30), 3, CommitMode::kLoad);
  Process process(services, nullptr, Right());
  ASSERT_TRUE(process.Nudge(plan).has_value());
  ASSERT_TRUE(process.Step());
  Ledger ledger(services.store, "memory://wh/_calve");
  ChunkResult failed;
  failed.load_id = plan.load_id;
  failed.chunk = 2;
  failed.attempt_id = "other";
  failed.failure = ChunkFailure{"bad-data", "a record is bad"};
  ASSERT_TRUE(ledger.PublishResult(plan, failed).has_value());
  // Whoever published it died before it removed what the others wrote.
  ASSERT_TRUE(ledger.PutFailure(plan, {"bad-data", "a record is bad", 0}).has_value());
  ASSERT_FALSE(services.store.List("memory://wh/db/t/data/")->empty());
  const Plan next = PutNextGeneration(services, plan, "u");
  Process second(services, nullptr, Right());
  second.Work(next, 30);
  ASSERT_TRUE(second.finished()) << second.last_reason();
  EXPECT_TRUE(services.store.List("memory://wh/db/t/data/")->empty());
}

TEST(Protocol, APlanOfAnotherLoadUnderAMessagesKeyIsRefused) {
  Services services;
  const Plan plan = PutLinePlan(services, "a", MakeLines(30), 3, CommitMode::kLoad);
  const std::string other = "0123456789abcdef0123456789abcdef";
  const std::string uri = "memory://wh/_calve/loads/" + other + "/g000/plan.json";
  ASSERT_TRUE(services.store.Put(uri, JsonText(PlanToJson(plan), 1), store::PutMode::kIfAbsent).has_value());
  Process process(services, nullptr, Right());
  const Handled handled = process.consumer().Handle({"memory://wh/_calve", other, 0, 0, std::nullopt},
                                                    process.processor(), process.cancel(), nullptr);
  EXPECT_EQ(handled.answer, Handled::Answer::kPermanent);
  EXPECT_EQ(handled.kind, ErrorKind::kCorrupt);
  EXPECT_TRUE(services.store.List("memory://wh/db/t/data/")->empty());
}

/// Fails as often as told before it does its work.
class SickProcessor final : public ChunkProcessor {
 public:
  SickProcessor(ChunkProcessor& inner, ErrorKind kind, int failures) : inner_(inner), kind_(kind), left_(failures) {}

  Result<ChunkResult> Process(const ChunkTask& task) override {
    if (left_ == 0) return inner_.Process(task);
    --left_;
    return Err(kind_, "sick");
  }

 private:
  ChunkProcessor& inner_;
  ErrorKind kind_;
  int left_;
};

TEST(Protocol, WhatIsNotTheMessagesFaultBuriesNone) {
  const std::string text = MakeLines(30);
  for (const ErrorKind kind : {ErrorKind::kNoSpace, ErrorKind::kMachine, ErrorKind::kPermissionDenied,
                               ErrorKind::kNotFound, ErrorKind::kUnavailable}) {
    Services services;
    const Plan plan = PutLinePlan(services, "a", text, 3, CommitMode::kLoad);
    Process process(services, nullptr, Right());
    ASSERT_TRUE(process.Nudge(plan).has_value());
    SickProcessor sick(process.processor(), kind, 2);
    int unfit = 0;
    bool finished = false;
    for (int i = 0; i < 40 && !finished; ++i) {
      auto received = services.queue.Receive(1, std::chrono::seconds(30), std::chrono::milliseconds(0));
      ASSERT_TRUE(received.has_value());
      services.clock.Advance(std::chrono::minutes(10));
      if (received->empty()) continue;
      const queue::Delivery& delivery = received->front();
      const Handled handled =
          process.consumer().Handle(*ParseChunkMessage(delivery.body), sick, process.cancel(), nullptr);
      unfit += handled.worker_is_unfit();
      ASSERT_TRUE(AnswerDelivery(services.queue, delivery, handled, services.rng).has_value());
      finished = handled.finish && std::holds_alternative<Finished>(*handled.finish);
    }
    EXPECT_TRUE(finished) << ErrorKindName(kind);
    EXPECT_EQ(services.queue.Stats()->dead, 0U) << ErrorKindName(kind);
    EXPECT_EQ(unfit, WhoseFault(kind) == Fault::kWorker ? 2 : 0) << ErrorKindName(kind);
    ExpectEveryLineOnce(services, {text}, std::string(ErrorKindName(kind)));
  }
}

TEST(Protocol, WhatNobodyCanWorkOnIsBuriedAtOnce) {
  for (const ErrorKind kind : {ErrorKind::kCorrupt, ErrorKind::kUnprovable}) {
    Services services;
    const Plan plan = PutLinePlan(services, "a", MakeLines(30), 3, CommitMode::kLoad);
    Process process(services, nullptr, Right());
    SickProcessor sick(process.processor(), kind, 1);
    const Handled handled = process.consumer().Handle({"memory://wh/_calve", plan.load_id, 0, 0, std::nullopt}, sick,
                                                      process.cancel(), nullptr);
    EXPECT_EQ(handled.answer, Handled::Answer::kPermanent) << ErrorKindName(kind);
    EXPECT_FALSE(handled.worker_is_unfit());
  }
}

}  // namespace
}  // namespace calve::load
