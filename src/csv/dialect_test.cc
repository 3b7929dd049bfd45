#include "csv/dialect.h"

#include <gtest/gtest.h>

namespace calve::csv {
namespace {

TEST(TypeNames, GoBothWays) {
  for (const char* name : {"BOOLEAN", "INTEGER", "BIGINT", "DOUBLE", "DECIMAL(10,2)", "DECIMAL(38,38)", "DATE", "TIME",
                           "TIMESTAMP", "TIMESTAMPTZ", "UUID", "VARCHAR"}) {
    const auto type = ParseTypeName(name);
    ASSERT_TRUE(type.has_value()) << name;
    EXPECT_EQ(TypeName(*type), name);
  }
}

TEST(TypeNames, AliasesAndSpelling) {
  const auto kind = [](const char* name) { return ParseTypeName(name)->kind; };
  EXPECT_EQ(kind("int"), TypeKind::kInteger);
  EXPECT_EQ(kind("Long"), TypeKind::kBigInt);
  EXPECT_EQ(kind("text"), TypeKind::kVarchar);
  EXPECT_EQ(kind("varchar(20)"), TypeKind::kVarchar);
  EXPECT_EQ(kind("string"), TypeKind::kVarchar);
  EXPECT_EQ(kind(" timestamp   with time zone "), TypeKind::kTimestampTz);
  EXPECT_EQ(kind("datetime"), TypeKind::kTimestamp);
  EXPECT_EQ(*ParseTypeName("numeric( 12 , 4 )"), (ColumnType{TypeKind::kDecimal, 12, 4}));
  EXPECT_EQ(*ParseTypeName("decimal(5)"), (ColumnType{TypeKind::kDecimal, 5, 0}));
  EXPECT_EQ(*ParseTypeName("decimal"), (ColumnType{TypeKind::kDecimal, 18, 3}));
}

TEST(TypeNames, UnknownOnesListTheKnown) {
  for (const char* name : {"", "JSON", "INTEGER(3)", "DECIMAL(39,1)", "DECIMAL(3,4)", "DECIMAL(0)", "DECIMAL()",
                           "DECIMAL(1,2,3)", "DECIMAL(a)"}) {
    const auto type = ParseTypeName(name);
    ASSERT_FALSE(type.has_value()) << name;
    EXPECT_EQ(type.error().kind, ErrorKind::kInvalidArgument);
  }
  EXPECT_NE(ParseTypeName("JSON").error().message.find("BOOLEAN, INTEGER, BIGINT"), std::string::npos);
}

TEST(DialectJson, EveryFieldComesBack) {
  Dialect d;
  d.delimiter = std::string("\xA7\0|", 3);  // No UTF-8.
  d.quote = '\'';
  d.escape = '\\';
  d.newline = Newline::kCustom;
  d.custom_newline = "\x1e";
  d.comment = '\xFE';
  d.null_strings = {"", "NA", "\xFF"};
  d.quoted_null = true;
  d.trim = true;
  d.encoding = Encoding::kUtf16Be;
  d.ragged = Ragged::kPadNull;
  d.skip_empty_lines = false;
  d.has_header = false;
  d.header_offset_bytes = 3;
  d.data_offset_bytes = uint64_t{1} << 40U;
  const Json json = DialectToJson(d);
  const auto text = ParseJson(json.dump(), "dialect");  // Through text: a dump of bad UTF-8 would throw.
  ASSERT_TRUE(text.has_value());
  const auto back = DialectFromJson(*text);
  ASSERT_TRUE(back.has_value()) << back.error().message;
  EXPECT_EQ(back->delimiter, d.delimiter);
  EXPECT_EQ(back->quote, d.quote);
  EXPECT_EQ(back->escape, d.escape);
  EXPECT_EQ(back->newline, d.newline);
  EXPECT_EQ(back->custom_newline, d.custom_newline);
  EXPECT_EQ(back->comment, d.comment);
  EXPECT_EQ(back->null_strings, d.null_strings);
  EXPECT_EQ(back->quoted_null, d.quoted_null);
  EXPECT_EQ(back->trim, d.trim);
  EXPECT_EQ(back->encoding, d.encoding);
  EXPECT_EQ(back->ragged, d.ragged);
  EXPECT_EQ(back->skip_empty_lines, d.skip_empty_lines);
  EXPECT_EQ(back->has_header, d.has_header);
  EXPECT_EQ(back->header_offset_bytes, d.header_offset_bytes);
  EXPECT_EQ(back->data_offset_bytes, d.data_offset_bytes);
  EXPECT_EQ(DialectToJson(*back).dump(), json.dump());
}

TEST(DialectJson, WhatIsWrongIsCorrupt) {
  const Json good = DialectToJson(Dialect{});
  for (const auto& [key, value] : good.items()) {
    Json without = good;
    without.erase(key);
    if (key == "quote" || key == "escape" || key == "comment") continue;  // Null is "none" there.
    EXPECT_EQ(DialectFromJson(without).error().kind, ErrorKind::kCorrupt) << key;
  }
  for (const auto& [key, value] : std::vector<std::pair<std::string, Json>>{{"version", 2},
                                                                            {"newline", "vt"},
                                                                            {"encoding", "EBCDIC!"},
                                                                            {"quote", "ab"},
                                                                            {"delimiter", Json{{"hex", "a"}}},
                                                                            {"delimiter", Json{{"hex", "zz"}}},
                                                                            {"null_strings", "NA"}}) {
    Json wrong = good;
    wrong[key] = value;
    EXPECT_EQ(DialectFromJson(wrong).error().kind, ErrorKind::kCorrupt) << key << " " << value;
  }
}

TEST(ColumnJson, ComesBack) {
  const Column column{"total_amount", "Total Amount", {TypeKind::kDecimal, 10, 2}, true, {"NA", "\xFF"}};
  const auto back = ColumnFromJson(ColumnToJson(column));
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(*back, column);
  Json json = ColumnToJson(column);
  json["null_strings"] = "NA";
  EXPECT_EQ(ColumnFromJson(json).error().kind, ErrorKind::kCorrupt);
  json.erase("null_strings");
  EXPECT_TRUE(ColumnFromJson(json)->null_strings.empty());  // As plans before there were any have it.
  json["type"] = "BLOB";
  EXPECT_EQ(ColumnFromJson(json).error().kind, ErrorKind::kCorrupt);
}

}  // namespace
}  // namespace calve::csv
