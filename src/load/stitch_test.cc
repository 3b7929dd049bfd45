#include "load/stitch.h"

#include <gtest/gtest.h>

namespace calve::load {
namespace {

Plan MakePlan(uint64_t size, uint64_t data_offset, uint64_t chunk_size) {
  Plan plan;
  plan.load_id = "l";
  plan.source.size_bytes = size;
  plan.cuts = {data_offset, size, chunk_size, {}};
  return plan;
}

ChunkResult Ran(int chunk, uint64_t first, uint64_t end, std::optional<uint64_t> pinned = std::nullopt) {
  ChunkResult result;
  result.chunk = chunk;
  result.first_offset_bytes = first;
  result.end_offset_bytes = end;
  result.pinned_start = pinned;
  return result;
}

TEST(Plan, ChunksCoverTheDataOnce) {
  for (const uint64_t size : {10U, 11U, 99U, 100U, 101U}) {
    const Plan plan = MakePlan(size, 10, 30);
    uint64_t at = 10;
    for (int i = 0; i < plan.chunk_count(); ++i) {
      const Chunk chunk = plan.ChunkAt(i);
      EXPECT_EQ(chunk.start_bytes, at);
      EXPECT_EQ(chunk.exact, i == 0);
      at = chunk.end_bytes;
    }
    EXPECT_EQ(at, size);
  }
}

TEST(Stitch, SaysWhatIsMissing) {
  const auto outcome = Stitch(MakePlan(100, 10, 30), {Ran(1, 42, 75)});
  ASSERT_TRUE(outcome.has_value());
  EXPECT_EQ(std::get<NotComplete>(*outcome).missing, (std::vector<int>{0, 2}));
}

TEST(Stitch, TakesGuessesThatFit) {
  const auto outcome = Stitch(MakePlan(100, 10, 30), {Ran(2, 75, 100), Ran(0, 10, 42), Ran(1, 42, 75)});
  ASSERT_TRUE(outcome.has_value());
  EXPECT_EQ(std::get<Stitched>(*outcome).results.size(), 3U);
}

TEST(Stitch, AsksForAPinnedRunWhereAGuessWasWrongOrNotMade) {
  std::vector<ChunkResult> results = {Ran(0, 10, 42), Ran(1, 50, 75), Ran(2, 75, 100)};
  auto outcome = Stitch(MakePlan(100, 10, 30), results);
  EXPECT_EQ(std::get<NeedsPinnedRun>(*outcome).chunk, 1);
  EXPECT_EQ(std::get<NeedsPinnedRun>(*outcome).start_bytes, 42U);
  results[1].undecided = true;
  outcome = Stitch(MakePlan(100, 10, 30), results);
  EXPECT_EQ(std::get<NeedsPinnedRun>(*outcome).start_bytes, 42U);
  results.push_back(Ran(1, 42, 80, 42));  // Pinned, it ends elsewhere: the next guess was wrong too.
  outcome = Stitch(MakePlan(100, 10, 30), results);
  EXPECT_EQ(std::get<NeedsPinnedRun>(*outcome).chunk, 2);
  EXPECT_EQ(std::get<NeedsPinnedRun>(*outcome).start_bytes, 80U);
}

TEST(Stitch, ARecordOverAWholeChunkLeavesItEmpty) {
  const auto outcome =
      Stitch(MakePlan(100, 10, 30), {Ran(0, 10, 85), Ran(1, 0, 0), Ran(2, 85, 100), Ran(1, 85, 85, 85)});
  ASSERT_TRUE(outcome.has_value()) << outcome.error().message;
  EXPECT_TRUE(std::holds_alternative<Stitched>(*outcome));
}

TEST(Stitch, RefusesResultsThatCannotBe) {
  EXPECT_EQ(Stitch(MakePlan(100, 10, 30), {Ran(0, 10, 39), Ran(1, 39, 75), Ran(2, 75, 100)}).error().kind,
            ErrorKind::kCorrupt);  // Ends before its range does.
  EXPECT_EQ(Stitch(MakePlan(100, 10, 30), {Ran(0, 10, 42), Ran(1, 42, 75), Ran(2, 75, 99)}).error().kind,
            ErrorKind::kCorrupt);  // The last one does not end where the source does.
  EXPECT_EQ(Stitch(MakePlan(100, 10, 30), {Ran(0, 10, 42), Ran(1, 42, 75), Ran(3, 75, 100)}).error().kind,
            ErrorKind::kCorrupt);
  std::vector<ChunkResult> counts = {Ran(0, 10, 42), Ran(1, 42, 75), Ran(2, 75, 100)};
  counts[1].records = 3;
  EXPECT_EQ(Stitch(MakePlan(100, 10, 30), counts).error().kind, ErrorKind::kCorrupt);
}

TEST(Stitch, AFailureEndsIt) {
  ChunkResult failed = Ran(0, 0, 0);
  failed.failure = ChunkFailure{"bad-data", "no"};
  const auto outcome = Stitch(MakePlan(100, 10, 30), {failed});
  EXPECT_EQ(std::get<Failed>(*outcome).failure.message, "no");
}

}  // namespace
}  // namespace calve::load
