// From the notification to the commit by two processes, interleaved call by call: the one stands still before each of
// its calls in turn, while the other one works.
#include <gtest/gtest.h>

#include "fault/cloud_world.h"

namespace calve::app {
namespace {

using load::CommitMode;

/// What the other process does while the first one stands still before one of its calls.
struct Other {
  const char* name;
  CommitMode mode;
  bool lease_lost;  ///< It takes the same messages, whose visibility has run out; else its own copy of the event.
  int chunks;       ///< How many messages of the chunks it works on.
};

class Interleaved : public testing::TestWithParam<Other> {};

/// Two planners on one event, and two consumers on one chunk: the other one comes in before each call.
TEST_P(Interleaved, BeforeEveryCall) {
  const Other& other = GetParam();
  const std::string records = MakeRecords("a", 60);
  for (int index = 0;; ++index) {
    CloudServices services;
    services.Land("a.csv", kHeader + records);
    services.Notify("a.csv");
    if (!other.lease_lost) services.Notify("a.csv");
    bool met = false;
    CloudProcess second(services, nullptr, CloudSettings(other.mode), WrongGuess());
    FaultInjector injector(
        [&](int call) -> std::optional<FaultKind> {
          if (call != index) return std::nullopt;
          met = true;
          if (other.lease_lost) services.clock.Advance(kPastVisibility);
          second.PlanStep();
          for (int i = 0; i < other.chunks; ++i) second.ConsumeStep();
          return std::nullopt;
        },
        services.clock);
    CloudProcess first(services, &injector, CloudSettings(other.mode), WrongGuess());
    first.Run(200);
    if (!met) break;
    const std::string what = injector.log().at(static_cast<size_t>(index));
    ExpectLoadedOnce(services, {records}, other.mode == CommitMode::kLoad ? 1U : 4U, what);
    ExpectNoOrphans(services, what);
    ASSERT_FALSE(HasFailure()) << "first:\n" << first.reasons() << "second:\n" << second.reasons();
  }
}

INSTANTIATE_TEST_SUITE_P(Processes, Interleaved,
                         testing::Values(Other{"PlansToo", CommitMode::kLoad, false, 0},
                                         Other{"PlansAndBegins", CommitMode::kLoad, false, 2},
                                         Other{"DoesAll", CommitMode::kLoad, false, 20},
                                         Other{"TakesOver", CommitMode::kLoad, true, 0},
                                         Other{"TakesOverAndBegins", CommitMode::kLoad, true, 2},
                                         Other{"TakesOverAll", CommitMode::kLoad, true, 20},
                                         Other{"DoesAllChunkByChunk", CommitMode::kChunk, false, 20},
                                         Other{"TakesOverChunkByChunk", CommitMode::kChunk, true, 2}),
                         [](const testing::TestParamInfo<Other>& param) { return param.param.name; });

/// The visibility of a chunk's message runs out in the middle of the work on it: another consumer does it meanwhile.
TEST(Visibility, RunsOutWhileWorking) {
  const std::string records = MakeRecords("a", 60);
  CloudServices services;
  services.Land("a.csv", kHeader + records);
  services.Notify("a.csv");
  CloudProcess other(services, nullptr, CloudSettings(CommitMode::kLoad), RightGuess());
  int taken_over = 0;
  const load::Guess slow = [&](int, uint64_t start) {
    services.clock.Advance(kPastVisibility);
    if (other.ConsumeStep()) ++taken_over;
    return std::optional(start);
  };
  CloudProcess process(services, nullptr, CloudSettings(CommitMode::kLoad), slow);
  process.Run(100);
  EXPECT_GT(taken_over, 1);
  ExpectLoadedOnce(services, {records}, 1, "taken over");
  ExpectNoOrphans(services, "the slower attempt removes its own files");
}

}  // namespace
}  // namespace calve::app
