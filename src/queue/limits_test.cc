#include "queue/limits.h"

#include <gtest/gtest.h>

namespace calve::queue {
namespace {

TEST(CheckMessage, BodyAndSize) {
  EXPECT_TRUE(CheckMessage({.body = std::string(kMaxBodyBytes, 'x'), .dedup_id = {}}));
  EXPECT_FALSE(CheckMessage({.body = std::string(kMaxBodyBytes + 1, 'x'), .dedup_id = {}}));
  EXPECT_FALSE(CheckMessage({.body = "", .dedup_id = {}}));
  EXPECT_EQ(CheckMessage({.body = "ab\xC3", .dedup_id = {}}).error().message, "a message that is not UTF-8 at byte 2");
}

TEST(TrimReason, CutsAndCleans) {
  EXPECT_EQ(TrimReason("fine: ü"), "fine: ü");
  EXPECT_EQ(TrimReason("bad \xFF byte \xC3"), "bad ? byte ?");
  EXPECT_EQ(TrimReason(std::string(10'000, 'x')).size(), kMaxReasonBytes);
  EXPECT_EQ(TrimReason(std::string(kMaxReasonBytes - 1, 'x') + "ü").size(), kMaxReasonBytes - 1);
}

TEST(UnansweredReason, Words) {
  EXPECT_EQ(UnansweredReason(1, ""), "delivered 1 time without an answer");
  EXPECT_EQ(UnansweredReason(5, ""), "delivered 5 times without an answer");
  EXPECT_EQ(UnansweredReason(5, "disk full"), "disk full");
}

}  // namespace
}  // namespace calve::queue
