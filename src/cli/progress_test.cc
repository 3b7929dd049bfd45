#include "cli/progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/text.h"

namespace calve::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

ProgressView Half() {
  return {.name = "trips.csv",
          .bytes_done = 50'000'000,
          .bytes_total = 100'000'000,
          .bytes_read = 40'000'000,
          .rows_read = 800'000,
          .chunks_done = 3,
          .chunks = 8,
          .seconds = 4};
}

TEST(ProgressTest, TimeLeftIsOfThisRunsRate) {
  EXPECT_DOUBLE_EQ(SecondsLeft(Half()).value(), 5);
  ProgressView early = Half();
  early.seconds = 0.1;
  EXPECT_FALSE(SecondsLeft(early).has_value());
  ProgressView idle = Half();
  idle.bytes_read = 0;
  EXPECT_FALSE(SecondsLeft(idle).has_value());
}

TEST(ProgressTest, ShareIsNeverAboveOne) {
  ProgressView view = Half();
  view.bytes_done = 200'000'000;
  EXPECT_DOUBLE_EQ(DoneShare(view), 1);
  EXPECT_THAT(RenderProgress(view, 120), HasSubstr("100%"));
  view.bytes_total = 0;
  EXPECT_DOUBLE_EQ(DoneShare(view), 0);
}

TEST(ProgressTest, AWideLineHasEverything) {
  const std::string line = RenderProgress(Half(), 160);
  for (const char* part :
       {"trips.csv", "[", " 50%", "5.0 s left", "200,000 rows/s", "3/8 chunks", "10.0 MB/s", "47.7 MiB of 95.4 MiB"}) {
    EXPECT_THAT(line, HasSubstr(part));
  }
}

TEST(ProgressTest, NeverWiderThanTheTerminal) {
  ProgressView view = Half();
  view.name = "漢字漢字漢字漢字漢字漢字漢字漢字.csv";
  for (size_t width = 1; width < 200; ++width) {
    EXPECT_LT(DisplayWidth(RenderProgress(view, width)), std::max<size_t>(width, 2)) << width;
  }
  EXPECT_THAT(RenderProgress(view, 40), HasSubstr("50%"));
  EXPECT_THAT(RenderProgress(view, 40), Not(HasSubstr("MB/s")));
}

TEST(ProgressTest, NothingIsKnownYet) {
  const ProgressView view{.name = "a", .bytes_total = 10, .chunks = 1};
  EXPECT_THAT(RenderProgress(view, 80), HasSubstr("  0%"));
  EXPECT_THAT(RenderProgress(view, 80), Not(HasSubstr("left")));
}

}  // namespace
}  // namespace calve::cli
