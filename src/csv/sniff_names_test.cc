#include "csv/sniff_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace calve::csv {
namespace {

using ::testing::ElementsAre;

TEST(Names, Rule) {
  EXPECT_EQ(NormaliseName("VendorID"), "vendorid");
  EXPECT_EQ(NormaliseName("  Trip Distance (km) "), "trip_distance_km");
  EXPECT_EQ(NormaliseName("a--b__c"), "a_b__c");
  EXPECT_EQ(NormaliseName("_id"), "_id");
  EXPECT_EQ(NormaliseName("2nd"), "_2nd");
  EXPECT_EQ(NormaliseName("Stra\xC3\x9F"
                          "e"),
            "stra\xC3\x9F"
            "e");
  EXPECT_EQ(NormaliseName("\xC2\xA0x\xC2\xA0"), "x");
  EXPECT_EQ(NormaliseName("a\xFF"
                          "b"),
            "a_b");
  EXPECT_EQ(NormaliseName("%"), "");
}

TEST(Names, DuplicatesAndGaps) {
  std::vector<std::string> notes;
  const std::vector<std::string> sources = {"a", "A", "", "a_2", "%", "column_5"};
  const std::vector<Column> columns = NameColumns(sources, notes);
  std::vector<std::string> names;
  for (const Column& column : columns) names.push_back(column.name);
  EXPECT_THAT(names, ElementsAre("a", "a_3", "column_3", "a_2", "column_5_", "column_5"));
  EXPECT_EQ(notes.size(), 3U);
  EXPECT_EQ(columns[1].source_name, "A");
}

TEST(Names, Nearest) {
  const std::vector<std::string> names = {"vendorid", "fare", "tip"};
  EXPECT_EQ(NearestName("vendor_id", names), "vendorid");
  EXPECT_EQ(NearestName("far", names), "fare");
}

}  // namespace
}  // namespace calve::csv
