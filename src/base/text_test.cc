#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

#include "base/base64.h"
#include "base/utf8.h"
#include "base/whole_number.h"

namespace calve {
namespace {

TEST(Utf8, WellFormedAndNot) {
  EXPECT_EQ(Utf8Length("a", 0), 1U);
  EXPECT_EQ(Utf8Length(std::string_view("\0", 1), 0), 1U);
  EXPECT_EQ(Utf8Length("ü", 0), 2U);
  EXPECT_EQ(Utf8Length("€x", 0), 3U);
  EXPECT_EQ(Utf8Length("\xF0\x9F\xA7\x8A", 0), 4U);
  EXPECT_EQ(Utf8Length("\xF4\x8F\xBF\xBF", 0), 4U);
  for (const std::string_view bad : {"", "\x80", "\xC3", "\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80",
                                     "\xF5\x80\x80\x80", "\xE2\x82", "\xF0\x9F\xA7", "\xE2(\xA1", "\xFF"}) {
    EXPECT_EQ(Utf8Length(bad, 0), 0U);
  }
}

TEST(Utf8, CodePointsGoBothWays) {
  for (const char32_t code : {U'a', U'\u00e9', U'\u20ac', U'\U0001F9CA', U'\U0010FFFF'}) {
    std::string text;
    AppendCodePoint(code, &text);
    EXPECT_EQ(Utf8Length(text, 0), text.size());
    EXPECT_EQ(CodePointOf(text), code);
  }
}

TEST(Utf8, EachBrokenByteIsReplaced) {
  EXPECT_EQ(MendedUtf8("a\xE2\x82z\xFF"), "a\uFFFD\uFFFDz\uFFFD");
  EXPECT_EQ(MendedUtf8("J\u00fcrgen"), "J\u00fcrgen");
}

TEST(Printable, IsOneSafeLine) {
  EXPECT_EQ(Printable("plain é 漢"), "plain é 漢");
  EXPECT_EQ(Printable("a\nb\tc\rd"), "a\\nb\\tc\\rd");
  EXPECT_EQ(Printable("\x1b[31m"), "\\x1b[31m");
  EXPECT_EQ(Printable("\xff\xc3"), "\\xff\\xc3");
  EXPECT_EQ(Printable("\xc0\x80"), "\\xc0\\x80");
  EXPECT_EQ(Printable("\xc2\x9b"), "\\u009b");
  EXPECT_EQ(Printable(std::string_view("\0", 1)), "\\x00");
}

TEST(Printable, IsCutAtACharacter) {
  EXPECT_EQ(Printable("abcdef", 6), "abcdef");
  EXPECT_EQ(Printable("abcdef", 5), "abcde...");
  EXPECT_EQ(Printable("ab\u20acd", 3), "ab\u20ac...");
  EXPECT_EQ(Printable("\xff\xff", 1), "\\xff...");
}

TEST(Base64, Rfc4648Vectors) {
  EXPECT_EQ(Base64(""), "");
  EXPECT_EQ(Base64("f"), "Zg==");
  EXPECT_EQ(Base64("fo"), "Zm8=");
  EXPECT_EQ(Base64("foo"), "Zm9v");
  EXPECT_EQ(Base64("foob"), "Zm9vYg==");
  EXPECT_EQ(Base64("fooba"), "Zm9vYmE=");
  EXPECT_EQ(Base64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(Base64("\xfb\xff"), "+/8=");
}

TEST(WholeNumber, AllOfTheTextOrNothing) {
  EXPECT_EQ(WholeNumber<int64_t>("-42"), -42);
  EXPECT_EQ(WholeNumber<uint16_t>("65535"), 65535);
  EXPECT_EQ(WholeNumber<int64_t>("9223372036854775807"), std::numeric_limits<int64_t>::max());
  for (const std::string_view bad : {"", " 1", "1 ", "+1", "1.0", "0x1", "9223372036854775808", "one"}) {
    EXPECT_EQ(WholeNumber<int64_t>(bad), std::nullopt) << bad;
  }
  EXPECT_EQ(WholeNumber<uint16_t>("65536"), std::nullopt);
  EXPECT_EQ(WholeNumber<uint64_t>("-1"), std::nullopt);
}

}  // namespace
}  // namespace calve
