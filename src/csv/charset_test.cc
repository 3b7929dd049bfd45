#include "csv/charset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/utf8.h"
#include "csv/sniff_charset.h"

namespace calve::csv {
namespace {

using ::testing::HasSubstr;

std::string ToUtf8(std::string_view name, std::string_view bytes, std::string_view instead = {}) {
  const auto charset = Charset::Find(name);
  if (!charset) return charset.error().message;
  std::string out;
  (*charset)->AppendTo(bytes, instead, &out);
  return out;
}

TEST(Charset, SingleBytes) {
  EXPECT_EQ(ToUtf8("windows-1252", "12 \x80 \x93Z\x94 J\xFCrgen"), "12 \u20AC \u201CZ\u201D J\u00FCrgen");
  EXPECT_EQ(ToUtf8("Latin-1", "\x80\xE9"), "\u0080\u00E9");
  EXPECT_EQ(ToUtf8("macintosh", "Mal\x8E"), "Mal\u00E9");
  EXPECT_EQ(ToUtf8("koi8-r", "\xED\xCF\xD3"), "\u041C\u043E\u0441");
  EXPECT_FALSE(Charset::Find("windows-1252").value()->multi_byte());
}

TEST(Charset, SeveralBytes) {
  EXPECT_EQ(ToUtf8("shift_jis", "\x93\x8C\x8B\x9E,\x83\x5C"), "\u6771\u4EAC,\u30BD");
  EXPECT_EQ(ToUtf8("gbk", "\xB1\xB1\xBE\xA9"), "\u5317\u4EAC");
  EXPECT_EQ(ToUtf8("big5", "\xA5\x78"), "\u53F0");
  EXPECT_EQ(ToUtf8("euc-kr", "\xBC\xAD"), "\uC11C");
  EXPECT_TRUE(Charset::Find("gbk").value()->multi_byte());
}

TEST(Charset, BytesThatAreNoCharacters) {
  EXPECT_FALSE(ValidUtf8(ToUtf8("windows-1252", "a\x81z")));
  EXPECT_EQ(ToUtf8("windows-1252", "a\x81z", "\uFFFD"), "a\uFFFDz");
  EXPECT_EQ(ToUtf8("gbk", "a\xB1", "\uFFFD"), "a\uFFFD");
  EXPECT_EQ(ToUtf8("gbk", "\xFF\xB1\xB1", "\uFFFD"), "\uFFFD\u5317");
}

TEST(Charset, BytesOfTheSource) {
  for (const char* name : {"windows-1252", "shift_jis", "gbk"}) {
    const auto charset = Charset::Find(name).value();
    std::string bytes = "id,\xB1\xB1\xBE\xA9\r\n\xFF\xFFz";
    std::string text;
    charset->AppendTo(bytes, "\uFFFD", &text);
    EXPECT_EQ(charset->SourceBytes(text), bytes.size()) << name;
    EXPECT_EQ(charset->FromUtf8("a;b"), "a;b");
  }
  EXPECT_EQ(Charset::Find("windows-1252").value()->FromUtf8("\u20AC"), "\x80");
  EXPECT_EQ(Charset::Find("latin-1").value()->FromUtf8("\u20AC"), "\u20AC");
}

TEST(Charset, OnlyWhatExtendsAscii) {
  for (const char* name : {"utf-16", "utf-32", "utf-7", "ibm037", "iso-2022-jp"}) {
    EXPECT_THAT(ToUtf8(name, "a"), HasSubstr("no extension of ASCII")) << name;
  }
  EXPECT_THAT(ToUtf8("klingon", "a"), HasSubstr("not known"));
  EXPECT_THAT(ToUtf8("latin1//translit", "a"), HasSubstr("no name"));
  EXPECT_THAT(ToUtf8("", "a"), HasSubstr("no name"));
}

TEST(ProposeCharsets, ByWhatTheBytesAre) {
  EXPECT_THAT(ProposeCharsets("J\xFCrgen;12 \x80\nZo\xEB \x93Z\x94\n"), HasSubstr("--encoding windows-1252"));
  EXPECT_THAT(ProposeCharsets("K\xF6ln\n"), HasSubstr("--encoding windows-1252"));
  EXPECT_THAT(ProposeCharsets("Montr\x8E"
                              "al\nM\x9Fnchen\n"),
              HasSubstr("macintosh"));
  EXPECT_THAT(ProposeCharsets("\xB1\xB1\xBE\xA9,\xC9\xCF\xBA\xA3\n"), HasSubstr("gbk"));
  EXPECT_THAT(ProposeCharsets("\x93\x8C\x8B\x9E,\x91\xE5\x8D\xE3\n"), HasSubstr("shift_jis"));
  EXPECT_THAT(ProposeCharsets("\xCC\xEE\xF1\xEA\xE2\xE0\n"), HasSubstr("windows-1251"));
}

}  // namespace
}  // namespace calve::csv
