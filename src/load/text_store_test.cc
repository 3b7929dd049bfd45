#include "load/text_store.h"

#include <gtest/gtest.h>

#include "compression/compression_test_util.h"
#include "load/sample.h"
#include "store/memory_store.h"

namespace calve::load {
namespace {

using compression::Codec;

class TextStoreTest : public testing::Test {
 protected:
  void Put(const std::string& stream) {
    ASSERT_TRUE(store_.Put(kUri, stream, store::PutMode::kOverwrite));
    const auto info = store_.Head(kUri);
    source_ = {info->uri, info->version, info->size_bytes};
  }
  Result<FoundWays> Find(Codec codec, uint64_t spacing) {
    return FindWaysIn(store_, source_, codec, spacing, CancelToken());
  }

  static constexpr const char* kUri = "memory://in/a.gz";
  static constexpr const char* kWindows = "memory://state/windows";
  store::MemoryStore store_;
  Source source_;
};

TEST_F(TextStoreTest, AnyRangeIsTheTexts) {
  for (uint64_t seed = 0; seed < 30; ++seed) {
    SeededRng rng(seed);
    const std::string text = compression::testing::Text(rng, 1 + rng.Next() % 200'000);
    const bool gzip = seed % 3 != 0;
    std::string stream;
    for (size_t at = 0; at < text.size();) {
      const std::string part = text.substr(at, 1 + rng.Next() % (seed % 2 == 0 ? 200'000 : 9000));
      stream += gzip ? compression::testing::Gzip(part, 6, 1) : compression::testing::Zstd(part);
      at += part.size();
    }
    Put(stream);
    const uint64_t spacing = 1 + rng.Next() % 5000;
    auto found = Find(gzip ? Codec::kGzip : Codec::kZstd, spacing);
    ASSERT_TRUE(found.has_value()) << found.error().message;
    Encoding& encoding = found->encoding;
    EXPECT_EQ(encoding.text_bytes, text.size());
    EXPECT_LE(encoding.ways.size(), kMostWaysIn);
    EXPECT_EQ(*EncodingFromJson(EncodingToJson(encoding)), encoding);
    ASSERT_TRUE(store_.Put(kWindows, found->windows, store::PutMode::kOverwrite));
    encoding.windows_uri = kWindows;
    const Encoding& pinned = encoding;
    TextStore at_hand(store_, source_, pinned, found->windows);
    TextStore stored(store_, source_, pinned, "");
    for (int i = 0; i < 60; ++i) {
      const uint64_t offset = rng.Next() % (text.size() + 2);
      const uint64_t length = rng.Next() % 20'000;
      const auto got = ReadRange(i % 2 == 0 ? at_hand : stored, kUri, source_.version, offset, length);
      ASSERT_TRUE(got.has_value()) << got.error().message;
      ASSERT_EQ(*got, offset > text.size() ? "" : text.substr(offset, length)) << "seed " << seed << " at " << offset;
    }
    EXPECT_EQ(*store::ReadAll(stored, kUri), text);
    EXPECT_EQ(stored.Head(kUri)->size_bytes, text.size());
  }
}

TEST_F(TextStoreTest, NoMoreIsDecompressedThanFromTheNextWayIn) {
  SeededRng rng(5);
  const std::string text = compression::testing::Text(rng, 400'000);
  Put(compression::testing::Gzip(text, 6, 1));
  const auto found = Find(Codec::kGzip, 10'000);
  ASSERT_TRUE(found.has_value());
  EXPECT_GT(found->encoding.ways.size(), 10U);
  EXPECT_LT(found->encoding.LargestGap(), 60'000U);
  EXPECT_EQ(Find(Codec::kGzip, 10'000)->encoding, found->encoding) << "deterministic";
  EXPECT_EQ(Find(Codec::kGzip, 10'000)->windows, found->windows);
}

TEST_F(TextStoreTest, WhatIsNotTheWindowIsCorrupt) {
  SeededRng rng(6);
  const std::string text = compression::testing::Text(rng, 100'000);
  Put(compression::testing::Gzip(text, 6, 1));
  auto found = Find(Codec::kGzip, 10'000);
  ASSERT_TRUE(found.has_value());
  found->windows.back() = static_cast<char>(found->windows.back() ^ 1);
  found->encoding.windows_uri = kWindows;
  ASSERT_TRUE(store_.Put(kWindows, found->windows, store::PutMode::kOverwrite));
  TextStore stored(store_, source_, found->encoding, "");
  EXPECT_EQ(ReadRange(stored, kUri, source_.version, text.size() - 10, 10).error().kind, ErrorKind::kCorrupt);
  EXPECT_TRUE(ReadRange(stored, kUri, source_.version, 0, 10).has_value());
}

TEST_F(TextStoreTest, DamageAndOtherVersionsAreTold) {
  SeededRng rng(9);
  const std::string stream = compression::testing::Gzip(compression::testing::Text(rng, 5000));
  Put(stream.substr(0, stream.size() - 9));
  const auto cut = Find(Codec::kGzip, 100);
  ASSERT_FALSE(cut.has_value());
  EXPECT_EQ(cut.error().kind, ErrorKind::kBadData);
  EXPECT_NE(cut.error().message.find(kUri), std::string::npos);
  Put(stream);
  const auto found = Find(Codec::kGzip, 100);
  ASSERT_TRUE(found.has_value());
  const Source before = source_;
  Put(stream + stream);
  TextStore stale(store_, before, found->encoding, found->windows);
  EXPECT_EQ(store::ReadAll(stale, kUri).error().kind, ErrorKind::kConflict);
  CancelToken cancel;
  cancel.Cancel();
  EXPECT_EQ(FindWaysIn(store_, source_, Codec::kGzip, 100, cancel).error().kind, ErrorKind::kCancelled);
}

TEST(EncodingJson, WhatCannotBeIsCorrupt) {
  const auto with = [](const std::string& ways) {
    return *ParseJson(R"({"codec": "gzip", "text-bytes": 100, "windows": "x", "ways-in": )" + ways + "}", "test");
  };
  const Json json = with(R"([[1, 2, 0, 3, "h"]])");
  ASSERT_TRUE(EncodingFromJson(json).has_value());
  for (const char* ways : {R"([[1, 101, 0, 3, "h"]])", "[[1, 2, 0, 3]]", R"([[1, 2, 0, -3, "h"]])",
                           R"([[1, 2, 0, 3, 4]])", R"([[9, 9, 0, 3, "h"], [1, 2, 0, 3, "h"]])", "[7]"}) {
    EXPECT_EQ(EncodingFromJson(with(ways)).error().kind, ErrorKind::kCorrupt) << ways;
  }
  Json broken = json;
  broken["codec"] = "rar";
  EXPECT_EQ(EncodingFromJson(broken).error().kind, ErrorKind::kCorrupt);
}

}  // namespace
}  // namespace calve::load
