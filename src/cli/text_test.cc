#include "cli/text.h"

#include <gtest/gtest.h>

namespace calve::cli {
namespace {

TEST(TextTest, Bytes) {
  EXPECT_EQ(HumanBytes(0), "0 B");
  EXPECT_EQ(HumanBytes(1023), "1023 B");
  EXPECT_EQ(HumanBytes(1536), "1.5 KiB");
  EXPECT_EQ(HumanBytes((1U << 20U) - 1), "1.0 MiB");
  EXPECT_EQ(HumanBytes(997'444'444), "951.2 MiB");
  EXPECT_EQ(HumanBytes(1ULL << 40U), "1.0 TiB");
  EXPECT_EQ(HumanBytes(UINT64_MAX), "16.0 EiB");
}

TEST(TextTest, Counts) {
  EXPECT_EQ(HumanCount(0), "0");
  EXPECT_EQ(HumanCount(999), "999");
  EXPECT_EQ(HumanCount(1000), "1,000");
  EXPECT_EQ(HumanCount(1234567), "1,234,567");
  EXPECT_EQ(Plural(1, "chunk"), "1 chunk");
  EXPECT_EQ(Plural(0, "chunk"), "0 chunks");
  EXPECT_EQ(Plural(2000, "row"), "2,000 rows");
}

TEST(TextTest, Seconds) {
  EXPECT_EQ(HumanSeconds(0.44), "0.4 s");
  EXPECT_EQ(HumanSeconds(9.96), "10 s");
  EXPECT_EQ(HumanSeconds(59.6), "1 min 00 s");
  EXPECT_EQ(HumanSeconds(125), "2 min 05 s");
  EXPECT_EQ(HumanSeconds(3 * 3600 + 20 * 60), "3 h 20 min");
  EXPECT_EQ(HumanSeconds(-1), "0 s");
}

TEST(TextTest, Times) {
  EXPECT_EQ(UtcTime(0), "-");
  EXPECT_EQ(UtcTime(1'420'070'400'000), "2015-01-01 00:00:00Z");
}

TEST(TextTest, WidthAndClip) {
  EXPECT_EQ(DisplayWidth("abc"), 3U);
  EXPECT_EQ(DisplayWidth("é"), 1U);
  EXPECT_EQ(DisplayWidth("e\u0301"), 1U);
  EXPECT_EQ(DisplayWidth("漢字"), 4U);
  EXPECT_EQ(Clip("abcdef", 6), "abcdef");
  EXPECT_EQ(Clip("abcdef", 4), "abc~");
  EXPECT_EQ(Clip("漢字漢字", 4), "漢~");
  EXPECT_EQ(Clip("abc", 0), "");
}

}  // namespace
}  // namespace calve::cli
