#include "iceberg/data_file.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace calve::iceberg {
namespace {

DataFile FullFile() {
  DataFile file;
  file.content = FileContent::kData;
  file.file_path = "s3://bucket/t/data/a=1/\xc3\xa9.parquet";
  file.spec_id = 3;
  file.partition = {Literal(),
                    true,
                    int32_t{-5},
                    std::numeric_limits<int64_t>::min(),
                    -0.0F,
                    0.1,
                    DecimalValue{-(static_cast<Int128>(1) << 100)},
                    std::string("text \"quoted\" \xc3\xa9"),
                    std::string("\xff\x00\x01", 3),
                    std::string()};
  file.record_count = std::numeric_limits<int64_t>::max();
  file.file_size_bytes = 1234;
  file.column_sizes_bytes = {{1, 10}, {2, 20}};
  file.value_counts = {{1, 3}};
  file.null_value_counts = {{1, 0}};
  file.nan_value_counts = {{2, 1}};
  file.lower_bounds = {{1, std::string("\0\xff", 2)}, {2, ""}};
  file.upper_bounds = {{1, "z"}};
  file.split_offsets = {4, 1 << 20};
  file.sort_order_id = 0;
  return file;
}

void ExpectSame(const DataFile& a, const DataFile& b) {
  EXPECT_EQ(a.content, b.content);
  EXPECT_EQ(a.file_path, b.file_path);
  EXPECT_EQ(a.file_format, b.file_format);
  EXPECT_EQ(a.spec_id, b.spec_id);
  EXPECT_EQ(a.partition, b.partition);
  EXPECT_EQ(a.record_count, b.record_count);
  EXPECT_EQ(a.file_size_bytes, b.file_size_bytes);
  EXPECT_EQ(a.column_sizes_bytes, b.column_sizes_bytes);
  EXPECT_EQ(a.value_counts, b.value_counts);
  EXPECT_EQ(a.null_value_counts, b.null_value_counts);
  EXPECT_EQ(a.nan_value_counts, b.nan_value_counts);
  EXPECT_EQ(a.lower_bounds, b.lower_bounds);
  EXPECT_EQ(a.upper_bounds, b.upper_bounds);
  EXPECT_EQ(a.split_offsets, b.split_offsets);
  EXPECT_EQ(a.sort_order_id, b.sort_order_id);
}

TEST(DataFileJson, RoundTripIsExact) {
  for (const DataFile& file : {FullFile(), DataFile{}}) {
    const auto read = DataFileFromJson(*ParseJson(DataFileToJson(file).dump(), "test"));
    ASSERT_TRUE(read) << read.error().message;
    ExpectSame(*read, file);
  }
}

TEST(DataFileJson, VeryManyColumnsRoundTripToo) {
  DataFile file = FullFile();
  for (int id = 1; id <= 600; ++id) {
    file.value_counts[id] = id;
    file.lower_bounds[id] = std::string("\xff\0", 2);
  }
  const Json json = DataFileToJson(file);
  EXPECT_TRUE(json["value-counts"].is_array());
  EXPECT_TRUE(json["upper-bounds"].is_object());
  const auto read = DataFileFromJson(json);
  ASSERT_TRUE(read) << read.error().message;
  ExpectSame(*read, file);
  for (const Json& bad : {Json::parse("[1]"), Json::parse("[[1]]"), Json::parse(R"([["1",2]])"),
                          Json::parse(R"([[1,"2"]])"), Json::parse("[[99999999999,2]]"), Json("x")}) {
    Json broken = json;
    broken["value-counts"] = bad;
    EXPECT_EQ(DataFileFromJson(broken).error().kind, ErrorKind::kCorrupt) << bad;
  }
}

TEST(DataFileJson, FloatsKeepTheirBits) {
  DataFile file;
  file.partition = {std::nanf("7"), -std::numeric_limits<double>::infinity(), -0.0};
  const auto read = DataFileFromJson(*ParseJson(DataFileToJson(file).dump(), "test"));
  ASSERT_TRUE(read);
  EXPECT_TRUE(std::isnan(std::get<float>(read->partition[0])));
  EXPECT_EQ(std::get<double>(read->partition[1]), -std::numeric_limits<double>::infinity());
  EXPECT_TRUE(std::signbit(std::get<double>(read->partition[2])));
}

TEST(DataFileJson, WhatIsMissingOrOddIsCorrupt) {
  const Json good = DataFileToJson(FullFile());
  for (const char* key : {"content", "file-path", "file-format", "spec-id", "partition", "record-count",
                          "file-size-bytes", "split-offsets"}) {
    Json json = good;
    json.erase(key);
    const auto read = DataFileFromJson(json);
    ASSERT_FALSE(read) << key;
    EXPECT_EQ(read.error().kind, ErrorKind::kCorrupt);
    EXPECT_NE(read.error().message.find(key), std::string::npos);
  }
  const auto refused = [&](const std::string& key, const std::string& value) {
    Json json = good;
    json[key] = *ParseJson(value, "test");
    const auto read = DataFileFromJson(json);
    return !read && read.error().kind == ErrorKind::kCorrupt;
  };
  EXPECT_TRUE(refused("content", "3"));
  EXPECT_TRUE(refused("record-count", "-1"));
  EXPECT_TRUE(refused("lower-bounds", R"({"1": "abc"})"));
  EXPECT_TRUE(refused("lower-bounds", R"({"x": "ab"})"));
  EXPECT_TRUE(refused("lower-bounds", "[]"));
  EXPECT_TRUE(refused("value-counts", R"({"1": "3"})"));
  EXPECT_TRUE(refused("value-counts", R"({"99999999999": 3})"));
  EXPECT_TRUE(refused("partition", R"([{"int": 99999999999}])"));
  EXPECT_TRUE(refused("partition", R"([{"int": 1, "long": 2}])"));
  EXPECT_TRUE(refused("partition", R"([{"decimal": ""}])"));
  EXPECT_TRUE(refused("partition", R"([{"float": "xyz"}])"));
  EXPECT_TRUE(refused("partition", R"([{"odd": "00"}])"));
  EXPECT_TRUE(refused("partition", R"([7])"));
  EXPECT_TRUE(refused("split-offsets", R"(["4"])"));
  EXPECT_FALSE(DataFileFromJson(Json(7)));
}

}  // namespace
}  // namespace calve::iceberg
