#include "format_parquet/page_header.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace calve::format_parquet {
namespace {

/// {type: DATA_PAGE, uncompressed 10, compressed 8, crc 0x12345678, data_page_header: {5 values, ..., statistics}}
const std::string kData(
    "\x15\x00\x15\x14\x15\x10\x15\xf0\xd9\xa2\xa3\x02\x1c\x15\x0a\x15\x00\x15\x06\x15\x06\x1c\x58\x02zz\x00\x00\x00",
    29);

/// A copy of just that many bytes, so that a look beyond them is seen by the sanitizer.
Result<std::optional<PageHeader>> Read(std::string_view bytes) {
  const std::vector<char> exact(bytes.begin(), bytes.end());
  return ReadPageHeader({exact.data(), exact.size()});
}

TEST(PageHeader, OfADataPage) {
  const auto header = Read(kData + "what follows");
  ASSERT_TRUE(header.has_value() && header->has_value());
  EXPECT_EQ((*header)->kind, PageHeader::Kind::kData);
  EXPECT_EQ((*header)->header_bytes, kData.size());
  EXPECT_EQ((*header)->page_bytes, 8U);
  EXPECT_EQ((*header)->crc, 0x12345678U);
  EXPECT_EQ((*header)->values, 5U);
}

TEST(PageHeader, CutAnywhereItGoesOn) {
  for (size_t n = 0; n < kData.size(); ++n) {
    const auto header = Read(kData.substr(0, n));
    ASSERT_TRUE(header.has_value()) << n << ": " << header.error().message;
    EXPECT_FALSE(header->has_value()) << n;
  }
}

TEST(PageHeader, OfVersion2AndOfADictionary) {
  // {DATA_PAGE_V2, 4, 4, data_page_header_v2: {7 values, 0 nulls, 3 rows, is_compressed: false}}
  const auto v2 = Read(std::string("\x15\x06\x15\x08\x15\x08\x5c\x15\x0e\x15\x00\x15\x06\x42\x00\x00", 16));
  ASSERT_TRUE(v2.has_value() && v2->has_value());
  EXPECT_EQ((*v2)->kind, PageHeader::Kind::kDataV2);
  EXPECT_EQ((*v2)->values, 7U);
  EXPECT_FALSE((*v2)->crc.has_value());
  // {DICTIONARY_PAGE, 4, 4, dictionary_page_header: {2 values, PLAIN}}, and a field of a later version: a map.
  const auto dictionary =
      Read(std::string("\x15\x04\x15\x08\x15\x08\x4c\x15\x04\x15\x00\x00\x2b\x01\x85\x01k\x02\x00", 19));
  ASSERT_TRUE(dictionary.has_value() && dictionary->has_value());
  EXPECT_EQ((*dictionary)->kind, PageHeader::Kind::kDictionary);
  EXPECT_FALSE((*dictionary)->is_data());
}

TEST(PageHeader, WhatCannotBeOneIsRefused) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {std::string(64, '\0'), "lacks"},                                     // A hole.
      {std::string(64, '\xff'), "no page header"},                          // Types that there are not.
      {std::string("\x15\x00\x15\x14\x15\x0f\x00", 7), "no page header"},   // Of -8 bytes.
      {std::string("\x15\x00\x15\x14\x15\x10\x00", 7), "how many values"},  // No data_page_header.
      {std::string("\x15\x00\x15\x14\x00", 5), "lacks"},                    // No size.
      {std::string(40, '\x1c'), "no page header"},                          // Structs without end.
  };
  for (const auto& [bytes, words] : cases) {
    const auto header = Read(bytes);
    ASSERT_FALSE(header.has_value()) << words;
    EXPECT_EQ(header.error().kind, ErrorKind::kBadData);
    EXPECT_NE(header.error().message.find(words), std::string::npos) << header.error().message;
  }
}

}  // namespace
}  // namespace calve::format_parquet
