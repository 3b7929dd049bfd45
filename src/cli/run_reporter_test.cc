#include "cli/run_reporter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "fakes/fake_clock.h"

namespace calve::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

class RunReporterTest : public testing::Test {
 protected:
  RunReporterTest() : file_(open_memstream(&text_, &size_)) {
    planned_.plan.load_id = "0123456789abcdef";
    planned_.plan.source.uri = "file:///data/trips.csv";
    planned_.plan.source.size_bytes = 8000;
    planned_.plan.cuts = {0, 8000, 1000, {}};
    planned_.plan.target.identifier = "nyc.trips";
  }
  ~RunReporterTest() override {
    std::fclose(file_);
    std::free(text_);  // NOLINT: what open_memstream made.
  }
  /// What was written since the last call.
  std::string Fresh() {
    std::fflush(file_);
    const std::string all(text_, size_);
    std::string fresh = all.substr(seen_);
    seen_ = all.size();
    return fresh;
  }

  char* text_ = nullptr;
  size_t size_ = 0;
  size_t seen_ = 0;
  std::FILE* file_;
  FakeClock clock_;
  load::Planned planned_;
  load::Progress progress_;
};

TEST_F(RunReporterTest, LogLinesComeAtAModestRate) {
  Console console(file_, false);
  RunReporter reporter(console, clock_);
  planned_.notes = {"duplicate name a"};
  reporter.OnPlanned("trips.csv", planned_);
  EXPECT_EQ(Fresh(),
            "trips.csv: duplicate name a\ntrips.csv: planned as 8 chunks into nyc.trips (load 0123456789abcdef)\n");
  reporter.OnChunk(planned_.plan, 0, 1);
  EXPECT_EQ(Fresh(), "");
  clock_.Advance(std::chrono::milliseconds(1100));
  reporter.OnChunk(planned_.plan, 1, 2);
  reporter.OnChunk(planned_.plan, 2, 3);
  EXPECT_EQ(Fresh(), "trips.csv: chunk 1 is done, 2 of 8\n");
  reporter.OnProgress(planned_.plan, progress_, 3);
  EXPECT_EQ(Fresh(), "");
  clock_.Advance(std::chrono::seconds(11));
  progress_.rows_read = 4000;
  reporter.OnProgress(planned_.plan, progress_, 4);
  EXPECT_THAT(Fresh(), HasSubstr("trips.csv: 50%, 4 of 8 chunks, 4,000 rows"));
}

TEST_F(RunReporterTest, TheProgressLineCountsThisLoadOnly) {
  Console console(file_, true);
  RunReporter reporter(console, clock_);
  reporter.OnPlanned("a.csv", planned_);
  progress_.bytes_read = 8000;
  progress_.rows_read = 100;
  reporter.OnProgress(planned_.plan, progress_, 8);
  EXPECT_THAT(Fresh(), HasSubstr("100%"));
  reporter.OnPlanned("b.csv", planned_);
  reporter.OnProgress(planned_.plan, progress_, 0);
  EXPECT_THAT(Fresh(), HasSubstr("  0%"));
  clock_.Advance(std::chrono::seconds(2));
  progress_.bytes_read = 10000;
  progress_.rows_read = 200;
  reporter.OnProgress(planned_.plan, progress_, 2);
  const std::string line = Fresh();
  EXPECT_THAT(line, HasSubstr(" 25%"));
  EXPECT_THAT(line, HasSubstr("50 rows/s"));
  EXPECT_THAT(line, HasSubstr("6.0 s left"));
}

TEST_F(RunReporterTest, ChunksOfFormerRunsAreDone) {
  Console console(file_, true);
  RunReporter reporter(console, clock_);
  planned_.resumed = true;
  reporter.OnPlanned("a.csv", planned_);
  EXPECT_THAT(Fresh(), HasSubstr("going on as 8 chunks"));
  reporter.OnProgress(planned_.plan, progress_, 4);
  EXPECT_THAT(Fresh(), HasSubstr(" 50%"));
  clock_.Advance(std::chrono::seconds(1));
  progress_.bytes_read = 1000;
  reporter.OnProgress(planned_.plan, progress_, 4);
  EXPECT_THAT(Fresh(), HasSubstr(" 62%"));
}

TEST_F(RunReporterTest, WhatIsLoadedAlreadyHasNoChunks) {
  Console console(file_, false);
  RunReporter reporter(console, clock_);
  planned_.committed.emplace();
  planned_.plan.cuts = {};  // As the planner leaves it.
  reporter.OnPlanned("a.csv", planned_);
  EXPECT_EQ(Fresh(), "a.csv: is in nyc.trips already (load 0123456789abcdef)\n");
}

TEST_F(RunReporterTest, TheEndIsALineElsewhereAndACleanTerminal) {
  app::LoadReport report;
  report.source = "a.csv";
  report.table = "nyc.trips";
  report.status = "committed";
  report.rows = 1234;
  report.seconds = 2;
  {
    Console console(file_, false);
    RunReporter(console, clock_).OnLoad(report);
    EXPECT_EQ(Fresh(), "a.csv: committed to nyc.trips, 1,234 rows in 2.0 s\n");
  }
  Console console(file_, true);
  RunReporter reporter(console, clock_);
  reporter.OnPlanned("a.csv", planned_);
  reporter.OnProgress(planned_.plan, progress_, 0);
  Fresh();
  reporter.OnLoad(report);
  EXPECT_EQ(Fresh(), "\r\x1b[2K");
}

TEST(LastPartTest, IsTheFile) {
  EXPECT_EQ(LastPart("file:///data/trips.csv"), "trips.csv");
  EXPECT_EQ(LastPart("trips.csv"), "trips.csv");
  EXPECT_EQ(LastPart("/data/"), "/data/");
}

}  // namespace
}  // namespace calve::cli
