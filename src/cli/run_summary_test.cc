#include "cli/run_summary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace calve::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

app::LoadReport Committed() {
  app::LoadReport report;
  report.source = "trips.csv";
  report.load_id = "0123456789abcdef0123456789abcdef";
  report.table = "nyc.trips";
  report.status = "committed";
  report.rows = 5'999'500;
  report.records = 6'000'000;
  report.quarantined = 500;
  report.chunks = 8;
  report.files = 8;
  report.bytes_in = 1'000'000'000;
  report.bytes_out = 200'000'000;
  report.snapshot_id = 9'007'199'254'740'993;
  report.seconds = 4.2;
  report.quarantine_uris = {"file:///q/1", "file:///q/2", "file:///q/3", "file:///q/4"};
  report.first_bad = load::FirstBadRecord{123, "fare", "'1.7.2' is not a DOUBLE"};
  return report;
}

app::LoadReport Failed() {
  app::LoadReport report;
  report.source = "bad.csv";
  report.table = "nyc.trips";
  report.status = "failed";
  report.error = Error{ErrorKind::kNotFound, "bad.csv: No such file or directory"};
  return report;
}

TEST(RunSummaryTest, JsonHasTheDocumentedMembers) {
  const Json json = RunToJson({Committed(), Failed()}, 5.5);
  EXPECT_EQ(json["seconds"], 5.5);
  const Json& load = json["loads"][0];
  for (const char* key : {"source", "load_id", "table", "status", "rows", "records", "quarantined", "chunks", "files",
                          "bytes_in", "bytes_out", "snapshot_id", "seconds", "quarantine_files"}) {
    EXPECT_TRUE(load.contains(key)) << key;
  }
  EXPECT_THAT(load.dump(), HasSubstr("\"snapshot_id\":9007199254740993,"));
  EXPECT_FALSE(load.contains("error"));
  EXPECT_EQ(load["first_bad_record"]["offset_bytes"], 123);
  EXPECT_TRUE(json["loads"][1]["snapshot_id"].is_null());
  EXPECT_EQ(json["loads"][1]["error"]["kind"], "not-found");
}

TEST(RunSummaryTest, TextOfOneLoad) {
  const std::string text = RunToText({Committed()}, 4.2);
  EXPECT_THAT(text, HasSubstr("trips.csv -> nyc.trips: committed\n"));
  EXPECT_THAT(text,
              HasSubstr("5,999,500 rows in 8 files (190.7 MiB) from 953.7 MiB in 4.2 s; snapshot 9007199254740993"));
  EXPECT_THAT(text, HasSubstr("500 records in quarantine; the first: byte 123, column fare: '1.7.2' is not a DOUBLE"));
  EXPECT_THAT(text, HasSubstr("and 1 more: calve status 01234567 lists them"));
  EXPECT_THAT(text, Not(HasSubstr("loads")));
}

TEST(RunSummaryTest, TextOfSeveralEndsWithTheSum) {
  app::LoadReport again = Committed();
  again.status = "already-loaded";
  const std::string text = RunToText({Committed(), again, Failed()}, 10);
  EXPECT_THAT(text, HasSubstr("bad.csv -> nyc.trips: failed\n"));
  EXPECT_THAT(text, HasSubstr("3 loads, 5,999,500 new rows, 1 not done, in 10 s\n"));
}

TEST(RunSummaryTest, BadRecordsAreHarmlessText) {
  EXPECT_EQ(DescribeBadRecord({7, "", "bad\x1b[2J"}), "byte 7: bad\\x1b[2J");
}

}  // namespace
}  // namespace calve::cli
