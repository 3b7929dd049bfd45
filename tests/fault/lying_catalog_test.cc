// Wrong answers: catalogs that forget or expire their history, show an old state, or say that a table is not there,
// while calls fail, answers are lost, processes die and another program appends. A line is never in the table twice;
// where a load ends, it is there once; and where it does not, the load says that it cannot be known.
#include <gtest/gtest.h>

#include "fault/world.h"
#include "iceberg/append.h"

namespace calve::load {
namespace {

using iceberg::Lie;

struct Case {
  Lie lie;
  CommitMode mode;
  int generations;  ///< Wrongly declared to be of a dropped table in between.
};

/// Another program's commit of one line, as a client of the same catalog makes it.
void AppendOther(Services& services, int number) {
  const std::string uri = fmt::format("memory://wh/db/t/data/other-{}.txt", number);
  ASSERT_TRUE(services.store.Put(uri, fmt::format("other {}\n", number), store::PutMode::kIfAbsent).has_value());
  iceberg::DataFile file;
  file.file_path = uri;
  file.record_count = 1;
  file.file_size_bytes = 10;
  for (int attempt = 0; attempt < 50; ++attempt) {
    const auto table = services.seen.Load(kTable);
    if (!table.has_value()) continue;
    const auto built = iceberg::BuildAppend(*table, {{file}, {}, table->metadata.schema().schema_id}, services.store,
                                            services.clock, services.rng);
    ASSERT_TRUE(built.has_value()) << built.error().message;
    if (services.seen.Commit(kTable, *table, built->change).state == iceberg::CommitState::kCommitted) return;
  }
  FAIL() << "the other program cannot commit";
}

/// What the planner makes of a plan that was declared to be of a dropped table, when its table is there.
Plan NextGeneration(Services& services, const Plan& former) {
  Ledger ledger(services.store, "memory://wh/_calve");
  EXPECT_TRUE(ledger.PutFailure(former, {"not-found", "the table was dropped", 0}).has_value());
  Plan plan = former;
  ++plan.generation;
  auto standing = ledger.PutPlan(plan);
  EXPECT_TRUE(standing.has_value()) << standing.error().message;
  return plan;
}

std::map<std::string, int> Count(const std::vector<std::string>& lines) {
  std::map<std::string, int> counts;
  for (const std::string& line : lines) ++counts[line];
  return counts;
}

class WrongAnswers : public testing::TestWithParam<Case> {};

TEST_P(WrongAnswers, NeverDoubleALine) {
  const auto& [lie, mode, generations] = GetParam();
  const std::string text = MakeLines(40);
  const auto lines = static_cast<size_t>(std::ranges::count(text, '\n'));
  const Guess right = [](int, uint64_t start) { return std::optional(start); };
  int unprovable = 0;
  constexpr int kSeeds = 120;
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    Services services;
    for (uint64_t i = 0; i < seed; ++i) services.rng.Next();
    int others = 0;
    for (; others < static_cast<int>(seed % 4); ++others) {
      if (others == 0) PutLinePlan(services, "makes-the-table", "x\n", 1, CommitMode::kLoad);
      AppendOther(services, others);
    }
    Plan plan = PutLinePlan(services, "a", text, 3, mode);
    services.seen.set_lie(lie);
    for (int round = 0; round < 5; ++round) {
      FaultInjector injector(
          Seeded(seed * 10 + static_cast<uint64_t>(round), 20, {kAllFaultKinds.begin(), kAllFaultKinds.end()}),
          services.clock);
      Process process(services, &injector, right);
      process.Work(plan, 12);
      for (uint64_t i = services.rng.Next() % 3; i > 0; --i) AppendOther(services, others++);
      if (plan.generation < generations && services.rng.Next() % 2 == 0) plan = NextGeneration(services, plan);
      ASSERT_FALSE(HasFatalFailure());
    }
    // What a catalog forgets it does not show later; other wrong answers end.
    if (lie != Lie::kForgets) services.seen.set_lie(Lie::kNone);
    Process healthy(services, nullptr, right);
    healthy.Work(plan, 80);
    services.seen.set_lie(Lie::kNone);

    const std::map<std::string, int> found = Count(LinesInTable(services));
    size_t ours = 0;
    for (const auto& [line, times] : found) {
      EXPECT_EQ(times, 1) << line;
      ours += line.starts_with("line ");
    }
    EXPECT_EQ(found.size(), ours + static_cast<size_t>(others)) << "another program's lines";
    if (healthy.finished()) {
      EXPECT_EQ(ours, lines);
    } else {
      ++unprovable;
      EXPECT_EQ(healthy.last_kind(), ErrorKind::kUnprovable) << healthy.last_reason();
      EXPECT_TRUE(mode == CommitMode::kChunk || ours == 0 || ours == lines) << ours;
    }
    if (HasFailure()) return;
  }
  if (lie != Lie::kForgets && lie != Lie::kExpires) {
    EXPECT_EQ(unprovable, 0);
  }
  // To refuse to answer is no way out of most of them.
  EXPECT_LT(unprovable, kSeeds / 2);
}

INSTANTIATE_TEST_SUITE_P(
    Protocol, WrongAnswers,
    testing::Values(Case{Lie::kNone, CommitMode::kLoad, 0}, Case{Lie::kNone, CommitMode::kLoad, 2},
                    Case{Lie::kForgets, CommitMode::kLoad, 0}, Case{Lie::kForgets, CommitMode::kLoad, 2},
                    Case{Lie::kForgets, CommitMode::kChunk, 1}, Case{Lie::kExpires, CommitMode::kLoad, 1},
                    Case{Lie::kExpires, CommitMode::kChunk, 1}, Case{Lie::kStale, CommitMode::kLoad, 1},
                    Case{Lie::kStale, CommitMode::kChunk, 0}, Case{Lie::kNotThere, CommitMode::kLoad, 1},
                    Case{Lie::kNotThere, CommitMode::kChunk, 0}),
    [](const testing::TestParamInfo<Case>& param) {
      return fmt::format("{}{}{}", LieName(param.param.lie), param.param.mode == CommitMode::kLoad ? "" : "AChunk",
                         param.param.generations > 0 ? "WithGenerations" : "");
    });

}  // namespace
}  // namespace calve::load
