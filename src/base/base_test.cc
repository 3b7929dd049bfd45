#include <gtest/gtest.h>

#include <cerrno>
#include <set>

#include "base/backoff.h"
#include "base/edit_distance.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/rng.h"
#include "base/sql_text.h"

namespace calve {
namespace {

TEST(EditDistance, CountsSwapsAsOne) {
  EXPECT_EQ(EditDistance("", ""), 0U);
  EXPECT_EQ(EditDistance("abc", ""), 3U);
  EXPECT_EQ(EditDistance("amount", "amuont"), 1U);
  EXPECT_EQ(EditDistance("amount", "amounts"), 1U);
  EXPECT_EQ(EditDistance("city", "town"), 4U);
}

TEST(SqlText, QuotesAreDoubled) {
  EXPECT_EQ(SqlName("a\"b'"), "\"a\"\"b'\"");
  EXPECT_EQ(SqlString("it's"), "'it''s'");
}

TEST(Backoff, StaysInTheIntervalAndSpreads) {
  SeededRng rng(7);
  const BackoffPolicy policy{
      .max_retries = 5, .min_wait = std::chrono::milliseconds(10), .max_wait = std::chrono::milliseconds(100)};
  std::set<int64_t> seen;
  for (int attempt = 0; attempt < 40; ++attempt) {
    const auto wait = BackoffWait(policy, attempt, rng);
    EXPECT_GE(wait.count(), 1);
    EXPECT_LE(wait.count(), std::min<int64_t>(100, int64_t{10} << std::min(attempt, 30)));
    seen.insert(wait.count());
  }
  EXPECT_GT(seen.size(), 15U);
}

TEST(Hash, Sha256OfTheEmptyStringAndAbc) {
  EXPECT_EQ(Hex(Sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(Hex(Sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(HashTest, HexGoesBothWays) {
  EXPECT_EQ(FromHex("00ff7F"), std::string("\x00\xff\x7f", 3));
  EXPECT_EQ(FromHex(""), "");
  for (const std::string_view bad : {"0", "0g", "abc", " 1", "+1"}) EXPECT_EQ(FromHex(bad), std::nullopt) << bad;
}

TEST(Rng, UuidHasVersionAndVariant) {
  SeededRng rng(1);
  for (int i = 0; i < 100; ++i) {
    const std::string uuid = NewUuid(rng);
    ASSERT_EQ(uuid.size(), 36U);
    EXPECT_EQ(uuid[14], '4');
    EXPECT_NE(std::string("89ab").find(uuid[19]), std::string::npos);
    EXPECT_GT(NewSnapshotId(rng), 0);
  }
}

TEST(Json, TypedAccessRefusesOtherTypesAndRanges) {
  const Json object = *ParseJson(R"({"a": 1, "b": "x", "big": 18446744073709551615, "n": null})", "test");
  EXPECT_EQ(*JsonGet<int64_t>(object, "a"), 1);
  EXPECT_EQ(JsonGet<int64_t>(object, "b").error().kind, ErrorKind::kCorrupt);
  EXPECT_EQ(JsonGet<int64_t>(object, "big").error().kind, ErrorKind::kCorrupt);
  EXPECT_EQ(*JsonFind<std::string>(object, "n"), std::nullopt);
  EXPECT_EQ(JsonGet<std::string>(object, "missing").error().kind, ErrorKind::kCorrupt);
  EXPECT_EQ(ParseJson("{", "plan").error().kind, ErrorKind::kCorrupt);
}

TEST(Error, ErrnoBecomesAKind) {
  EXPECT_EQ(ErrnoError(ENOSPC, "write x").kind, ErrorKind::kNoSpace);
  EXPECT_EQ(ErrnoError(ENOENT, "open x").kind, ErrorKind::kNotFound);
}

}  // namespace
}  // namespace calve
