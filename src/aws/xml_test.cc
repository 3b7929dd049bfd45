#include "aws/xml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace calve::aws {
namespace {

using testing::HasSubstr;

/// The text of the element R's child K; "error: ..." when the document is none.
std::string Key(std::string_view inside) {
  const auto document = XmlDocument::Parse("<R><K>" + std::string(inside) + "</K></R>");
  return document ? document->root().TextOf("K") : "error: " + document.error().message;
}

TEST(Xml, ElementsByName) {
  const auto document = XmlDocument::Parse(
      " \r\n<?xml version=\"1.0\" encoding=\"UTF-8\"?><!-- <Key>no</Key> --><R "
      "a='1>2'><Key>1</Key><KeyCount>2</KeyCount>"
      "<Key>3</Key><Empty/><Deep><In><Key>4</Key></In></Deep></R>");
  ASSERT_TRUE(document) << document.error().message;
  const XmlElement root = document->root();
  EXPECT_EQ(root.name(), "R");
  EXPECT_EQ(root.TextOf("Key"), "1");
  ASSERT_EQ(root.Children("Key").size(), 2U);
  EXPECT_EQ(root.Children("Key")[1].Text(), "3");
  EXPECT_TRUE(root.Child("Empty"));
  EXPECT_EQ(root.TextOf("Empty"), "");
  EXPECT_FALSE(root.Child("In"));
  EXPECT_EQ(root.Find("In")->TextOf("Key"), "4");
  EXPECT_FALSE(root.Find("Missing"));
  EXPECT_FALSE(root.Child("Deep")->Child("In")->Find("Count"));
}

TEST(Xml, NamespacesAreLeftOut) {
  const auto document = XmlDocument::Parse("<s:R xmlns:s=\"a>b\" xmlns=\"c\"><s:K>1</s:K><t:K>2</t:K><K>3</K></s:R>");
  ASSERT_TRUE(document) << document.error().message;
  EXPECT_EQ(document->root().name(), "R");
  EXPECT_EQ(document->root().Children("K").size(), 3U);
  EXPECT_EQ(document->root().TextOf("K"), "1");
}

TEST(Xml, EntitiesAndCharacterData) {
  EXPECT_EQ(Key("a&amp;b&lt;&gt;&quot;&apos;&#x20AC;&#8364;&#x1F600;"), "a&b<>\"'€€😀");
  EXPECT_EQ(Key("&nope; &#xZZ; &#; &"), "&nope; &#xZZ; &#; &");
  EXPECT_EQ(Key("<![CDATA[<K>&amp;]]>"), "<K>&amp;");
  EXPECT_EQ(Key(" a<![CDATA[ b ]]>c<!-- d -->e "), " a b ce ");
  EXPECT_EQ(Key("   "), "   ");
  EXPECT_EQ(Key("a\r\nb&#13;"), "a\nb\r");  // XML 1.0, section 2.11.
}

TEST(Xml, WhatIsEscapedIsReadBack) {
  std::string text = "a&b<c>\"' ü ]]> ";
  for (char c = 1; c < 0x20; ++c) text += c;
  EXPECT_EQ(Key(XmlEscape(text)), text);
  EXPECT_EQ(XmlEscape("a&<\r"), "a&amp;&lt;&#13;");
}

TEST(Xml, ABrokenDocumentIsNone) {
  const std::string whole = "<R><K a=\"1\">x&amp;<![CDATA[y]]></K><!-- z --></R>";
  ASSERT_TRUE(XmlDocument::Parse(whole));
  for (size_t length = 0; length < whole.size(); ++length) {
    const auto document = XmlDocument::Parse(whole.substr(0, length));
    ASSERT_FALSE(document) << length;
    EXPECT_EQ(document.error().kind, ErrorKind::kBadData);
  }
  for (const char* broken : {"", " ", "text", "<R>", "<R></S>", "<R/><R/>", "<a><b></a></b>", "<?xml version=\"1.0\"?>",
                             "<R a=1/>", "<!DOCTYPE html><html><br></html>"}) {
    EXPECT_FALSE(XmlDocument::Parse(broken)) << broken;
  }
  EXPECT_THAT(XmlDocument::Parse("  <R></S>").error().message, HasSubstr("at byte "));
}

// A string that ends early would be another key.
TEST(Xml, NoNul) {
  EXPECT_THAT(Key(std::string_view("a\0b", 3)), HasSubstr("a NUL at byte 7"));
  for (const char* nul : {"a&#0;b", "a&#x0;b", "a&#x000;b", "&#000;"}) EXPECT_THAT(Key(nul), HasSubstr("a NUL")) << nul;
  EXPECT_EQ(Key("&#10;&#x0a;&#;&#x;"), "\n\n&#;&#x;");
}

TEST(Xml, EntitiesOfADtdAreNotExpanded) {
  const auto document = XmlDocument::Parse(
      "<!DOCTYPE R [<!ENTITY a \"aaaa\"><!ENTITY b SYSTEM \"file:///etc/passwd\">]><R><K>&a;&b;</K></R>");
  ASSERT_TRUE(document) << document.error().message;
  EXPECT_EQ(document->root().TextOf("K"), "&a;&b;");
}

TEST(Xml, AnyDepth) {
  constexpr int kDepth = 500'000;
  std::string xml;
  for (int i = 0; i < kDepth; ++i) xml += "<a>";
  xml += "<K>deep</K>";
  EXPECT_FALSE(XmlDocument::Parse(xml));
  for (int i = 0; i < kDepth; ++i) xml += "</a>";
  const auto document = XmlDocument::Parse(xml);
  ASSERT_TRUE(document) << document.error().message;
  EXPECT_EQ(document->root().Find("K")->Text(), "deep");
  EXPECT_FALSE(document->root().Find("L"));
}

}  // namespace
}  // namespace calve::aws
