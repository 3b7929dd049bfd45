#include "format_parquet/footer.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/rng.h"
#include "store/memory_store.h"

namespace calve::format_parquet {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class ParquetEndTest : public testing::Test {
 protected:
  load::Source Put(const std::string& content) {
    EXPECT_TRUE(store_.Put(kUri, content, store::PutMode::kOverwrite).has_value());
    const auto info = store_.Head(kUri);
    return {info->uri, info->version, info->size_bytes};
  }
  /// "Parquet", "other", or the error.
  std::string Kind(const std::string& content) {
    const load::Source source = Put(content);
    const Result<bool> is = IsParquet(store_, source, content.substr(0, 512));
    if (!is) return fmt::format("{}: {}", ErrorKindName(is.error().kind), is.error().message);
    return *is ? "Parquet" : "other";
  }
  Error Refused(const std::string& content) {
    const auto footer = ReadParquetFooter(store_, Put(content));
    return footer.has_value() ? Error{ErrorKind::kInternal, "it was taken"} : footer.error();
  }
  static std::string Length(uint32_t length) {
    std::string bytes;
    for (int i = 0; i < 4; ++i) bytes.push_back(static_cast<char>(length >> (8 * i)));
    return bytes;
  }
  static std::string File(const std::string& data, const std::string& footer) {
    return "PAR1" + data + footer + Length(static_cast<uint32_t>(footer.size())) + "PAR1";
  }

  static constexpr const char* kUri = "memory://in/a";
  store::MemoryStore store_;
};

TEST_F(ParquetEndTest, IsToldByContent) {
  EXPECT_EQ(Kind(File("x", "y")), "Parquet");
  EXPECT_EQ(Kind("PAR,name\n1,x\n"), "other");
  EXPECT_EQ(Kind("P"), "other");
  EXPECT_EQ(Kind("PARE,name\n1,x\n"), "other") << "a CSV's header";
  EXPECT_EQ(Kind("PAR1,name\n1,x\n"), "other") << "a CSV's header";
  EXPECT_EQ(Kind("PAR1\n1\n"), "other") << "a CSV's header";
  EXPECT_EQ(Kind("PAR1,name\n1,PARE"), "other") << "a CSV whose last value is a magic";
  EXPECT_EQ(Kind("PARE,name\n1,PAR1"), "other") << "a CSV whose last value is a magic";
  EXPECT_EQ(Kind(std::string("PAR1\x15\x04 cut off")), "Parquet");
  EXPECT_EQ(Kind(std::string("PAR1\0\0 padded", 14)), "Parquet");
  EXPECT_THAT(Kind("PARE....PARE"), AllOf(HasSubstr("bad-data"), HasSubstr("encrypted")));
}

TEST_F(ParquetEndTest, FootersOfAnySize) {
  for (const size_t size : {1U, 100U, 65'527U, 65'528U, 65'529U, 300'000U}) {
    for (const size_t data : {0U, 70'000U}) {
      std::string footer(size, 'f');
      footer.front() = '<';
      const auto read = ReadParquetFooter(store_, Put(File(std::string(data, 'd'), footer)));
      ASSERT_TRUE(read.has_value()) << read.error().message;
      EXPECT_EQ(read->bytes, footer + Length(static_cast<uint32_t>(size)) + "PAR1");
      EXPECT_EQ(read->start_bytes(), 4 + data);
    }
  }
}

TEST_F(ParquetEndTest, WhatCannotBeAFooterIsRefused) {
  const std::string good = File("data", "footer");
  for (size_t cut = 4; cut < good.size(); ++cut) {
    const Error error = Refused(good.substr(0, cut));
    EXPECT_EQ(error.kind, ErrorKind::kBadData) << cut << ": " << error.message;
    EXPECT_THAT(error.message, HasSubstr(kUri));
  }
  EXPECT_THAT(Refused("PAR1data" + Length(0) + "PAR1").message, HasSubstr("corrupt"));
  EXPECT_THAT(Refused("PAR1data" + Length(5) + "PAR1").message, HasSubstr("corrupt"));
  EXPECT_THAT(Refused("PAR1data" + Length(0xFFFFFFFF) + "PAR1").message, HasSubstr("4294967295"));
  EXPECT_THAT(Refused("PAR1data" + Length(4) + "PARE").message, HasSubstr("encrypted"));
}

TEST_F(ParquetEndTest, AnotherVersionIsAConflict) {
  const load::Source source = Put(File("data", "footer"));
  Put(File("other", "footer"));
  EXPECT_EQ(ReadParquetFooter(store_, source).error().kind, ErrorKind::kConflict);
}

/// Row groups one behind the other, with gaps, some of them empty and with places that mean nothing.
std::vector<RowGroup> RandomGroups(SeededRng& rng, uint64_t* end) {
  std::vector<RowGroup> groups;
  uint64_t at = 4;
  const uint64_t count = rng.Next() % 20;
  for (uint64_t i = 0; i < count; ++i) {
    if (rng.Next() % 4 == 0) {
      groups.push_back({rng.Next() % 1000, rng.Next() % 1000, 0});
      continue;
    }
    at += rng.Next() % 3;
    const uint64_t size = 1 + rng.Next() % 100;
    groups.push_back({at, at + size, 1 + rng.Next() % 50});
    at += size;
  }
  *end = at + 50;
  return groups;
}

TEST(RowGroups, EveryRowIsInOneChunkAndNoChunkIsTooLarge) {
  for (uint64_t seed = 0; seed < 500; ++seed) {
    SeededRng rng(seed);
    load::Cuts cuts;
    const std::vector<RowGroup> groups = RandomGroups(rng, &cuts.extent);
    cuts.step = 1 + rng.Next() % 300;
    cuts.starts = CutRowGroups(groups, cuts.step);
    ASSERT_EQ(cuts.starts.front(), 4U);
    uint64_t row = 0;
    for (int i = 0; i < cuts.count(); ++i) {
      const load::Chunk chunk = cuts.At(i);
      ASSERT_LT(chunk.start_bytes, chunk.end_bytes) << "seed " << seed;
      const auto range = RowsOfChunk(groups, chunk);
      ASSERT_TRUE(range.has_value()) << range.error().message;
      if (range->rows == 0) continue;
      EXPECT_EQ(range->first_row, row) << "seed " << seed << " chunk " << i;
      EXPECT_GE(range->first_bytes, chunk.start_bytes);
      EXPECT_LE(range->end_bytes, chunk.end_bytes);
      uint64_t inside = 0;
      uint64_t bytes = 0;
      for (const RowGroup& group : groups) {
        if (group.rows == 0 || group.first_bytes < chunk.start_bytes || group.first_bytes >= chunk.end_bytes) continue;
        ++inside;
        bytes += group.end_bytes - group.first_bytes;
      }
      EXPECT_TRUE(inside == 1 || bytes <= cuts.step) << "seed " << seed << " chunk " << i;
      row += range->rows;
    }
    uint64_t all = 0;
    for (const RowGroup& group : groups) all += group.rows;
    EXPECT_EQ(row, all) << "seed " << seed;
  }
}

TEST(RowGroups, OutOfOrderIsOneChunk) {
  const std::vector<RowGroup> swapped = {{100, 200, 5}, {4, 100, 7}};
  EXPECT_EQ(CutRowGroups(swapped, 1), std::vector<uint64_t>{4});
  const auto range = RowsOfChunk(swapped, {0, 4, 300, true});
  ASSERT_TRUE(range.has_value());
  EXPECT_EQ(range->first_row, 0U);
  EXPECT_EQ(range->rows, 12U);
  EXPECT_EQ(range->first_bytes, 4U);
  EXPECT_EQ(range->end_bytes, 200U);
  EXPECT_EQ(CutRowGroups(std::vector<RowGroup>{{4, 101, 5}, {100, 200, 7}}, 1), std::vector<uint64_t>{4});
}

TEST(RowGroups, ThoseOfAChunkMustBeConsecutive) {
  const std::vector<RowGroup> groups = {{4, 10, 5}, {100, 110, 7}, {10, 20, 3}};
  EXPECT_EQ(RowsOfChunk(groups, {0, 4, 50, true}).error().kind, ErrorKind::kCorrupt);
}

TEST(RowGroups, NoneIsOneChunkWithoutRows) {
  EXPECT_EQ(CutRowGroups({}, 1), std::vector<uint64_t>{4});
  EXPECT_EQ(RowsOfChunk({}, {0, 4, 100, true})->rows, 0U);
}

}  // namespace
}  // namespace calve::format_parquet
