#include "csv/sniff.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "csv/sniff_names.h"

namespace calve::csv {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Result<SniffResult> SniffText(std::string_view text, const SniffOverrides& overrides = {}) {
  const std::vector<Sample> samples = {{.offset_bytes = 0, .bytes = text, .at_end = true}};
  return Sniff(samples, text.size(), overrides);
}

SniffResult Good(std::string_view text, const SniffOverrides& overrides = {}) {
  auto result = SniffText(text, overrides);
  EXPECT_TRUE(result.has_value()) << (result.has_value() ? "" : result.error().message);
  return result.has_value() ? *std::move(result) : SniffResult{};
}

Error Bad(std::string_view text, const SniffOverrides& overrides = {}) {
  auto result = SniffText(text, overrides);
  EXPECT_FALSE(result.has_value());
  return result.has_value() ? Error{} : result.error();
}

std::vector<std::string> Names(const SniffResult& result) {
  std::vector<std::string> out;
  for (const Column& column : result.columns) out.push_back(column.name);
  return out;
}

std::vector<std::string> Types(const SniffResult& result) {
  std::vector<std::string> out;
  for (const Column& column : result.columns) out.push_back(TypeName(column.type));
  return out;
}

/// id, name, day: `rows` records that vary.
std::string Table(int rows, std::string_view delimiter = ",", std::string_view newline = "\n", bool header = true) {
  std::string out;
  const auto line = [&](std::string_view a, std::string_view b, std::string_view c) {
    ((((out += a) += delimiter) += b) += delimiter) += c;
    out += newline;
  };
  if (header) line("Id", "Name", "Day");
  const char* names[] = {"Anna", "Bert", "Carla Maria", "Dora"};
  for (int i = 0; i < rows; ++i) {
    std::string day = "2020-03-";
    (day += static_cast<char>('0' + (i % 3))) += static_cast<char>('1' + (i % 9));
    line(std::to_string(i * 13), names[i % 4], day);
  }
  return out;
}

TEST(Sniff, PlainTable) {
  const SniffResult found = Good(Table(20));
  EXPECT_EQ(found.dialect.delimiter, ",");
  EXPECT_EQ(found.dialect.quote, '"');
  EXPECT_EQ(found.dialect.newline, Newline::kAny);
  EXPECT_TRUE(found.dialect.has_header);
  EXPECT_EQ(found.dialect.header_offset_bytes, 0U);
  EXPECT_EQ(found.dialect.data_offset_bytes, 12U);
  EXPECT_THAT(Names(found), ElementsAre("id", "name", "day"));
  EXPECT_THAT(Types(found), ElementsAre("BIGINT", "VARCHAR", "DATE"));
  EXPECT_EQ(found.sampled_records, 20U);
  EXPECT_EQ(found.sampled_bad_records, 0U);
  EXPECT_NEAR(found.mean_record_bytes, 22, 6);
  EXPECT_THAT(found.notes, IsEmpty());
}

TEST(Sniff, EveryDelimiter) {
  for (const char* delimiter :
       {",", ";", "\t", "|", "^", "~", "\x01", "\x1f", "::", "||", ", ", "|~|", ";;", "\xC2\xA6"}) {
    const SniffResult found = Good(Table(20, delimiter));
    EXPECT_EQ(found.dialect.delimiter, delimiter);
    EXPECT_THAT(Names(found), ElementsAre("id", "name", "day")) << delimiter;
  }
}

TEST(Sniff, EveryRecordDelimiter) {
  for (const char* newline : {"\n", "\r\n", "\r"}) {
    const SniffResult found = Good(Table(20, ",", newline));
    EXPECT_EQ(found.dialect.newline, Newline::kAny);
    EXPECT_EQ(found.sampled_records, 20U);
    EXPECT_EQ(found.dialect.data_offset_bytes, 11 + std::string_view(newline).size());
  }
  const SniffResult odd = Good(Table(20, ",", "\x1e"));
  EXPECT_EQ(odd.dialect.newline, Newline::kCustom);
  EXPECT_EQ(odd.dialect.custom_newline, "\x1e");
  EXPECT_EQ(Good(Table(20, ",", "|\n")).dialect.custom_newline, "|\n");
  EXPECT_EQ(Good(Table(20, ",", ";")).dialect.custom_newline, ";");
}

TEST(Sniff, LineEndsInsideFieldsAreNotRecords) {
  std::string text = "id,name,day\r\n";
  for (int i = 0; i < 40; ++i)
    text += std::to_string(i) + (i % 5 == 0 ? ",two\nlines,2020-01-01\r\n" : ",one,2020-01-01\r\n");
  const SniffResult found = Good(text);
  EXPECT_EQ(found.dialect.newline, Newline::kCrLf);
  EXPECT_EQ(found.sampled_bad_records, 0U);
  EXPECT_EQ(found.sampled_records, 40U);
}

TEST(Sniff, OneOtherLineEndIsARecordDelimiterTheLess) {
  std::string text = Table(50, ",", "\r\n");
  const size_t at = text.find("\r\n", 500);
  text.replace(at, 2, "\n");
  const SniffResult found = Good(text);
  EXPECT_EQ(found.dialect.newline, Newline::kAny);
  EXPECT_EQ(found.sampled_records, 50U);
  EXPECT_EQ(found.sampled_bad_records, 0U);
}

TEST(Sniff, QuotesAndEscapes) {
  EXPECT_EQ(Good("a,b\n'x, y',1\n'it''s, so',2\n'z',3\n").dialect.quote, '\'');
  const SniffResult backslash = Good("a,b\n\"x \\\"y\\\", z\",1\n\"p, q\",2\n\"say \\\"r\\\"\",3\n");
  EXPECT_EQ(backslash.dialect.escape, '\\');
  EXPECT_EQ(backslash.sampled_bad_records, 0U);
  const SniffResult doubled = Good("a,b\n\"x \"\"y\"\", z\",1\n\"C:\\dir\\\",2\n\"q\",3\n");
  EXPECT_EQ(doubled.dialect.escape, '"');
  EXPECT_EQ(doubled.sampled_bad_records, 0U);
  // Apostrophes are no quotes.
  EXPECT_EQ(Good("a,b\ndon't,1\n'tis,2\nit's,3\n").dialect.quote, '"');
}

TEST(Sniff, NewlinesInQuotes) {
  std::string text = "id,text,n\n";
  for (int i = 0; i < 30; ++i)
    text += std::to_string(i) + ",\"line one\nline, two\nline three\"," + std::to_string(i * i) + "\n";
  const SniffResult found = Good(text);
  EXPECT_EQ(found.sampled_records, 30U);
  EXPECT_THAT(Types(found), ElementsAre("BIGINT", "VARCHAR", "BIGINT"));
}

TEST(Sniff, BrokenRecordsChangeNothing) {
  const char* broken[] = {"1,x,,2020-01-01\n", "1x,2020-01-01\n",  "1,\"x,2020-01-01\n",
                          "1;x;2020-01-01\n",  "1 x 2020-01-01\n", "\"1,x,2020-01-01\n",
                          "1,x,\"\n"};
  for (const char* record : broken) {
    for (const int at : {0, 1, 50, 99}) {
      std::string text = "Id,Name,Day\n";
      for (int i = 0; i < 100; ++i)
        text += i == at ? record : std::to_string(i) + ",\"Anna, B.\",2020-03-0" + std::to_string(1 + i % 9) + "\n";
      const SniffResult found = Good(text);
      EXPECT_EQ(found.dialect.delimiter, ",") << record;
      EXPECT_THAT(Names(found), ElementsAre("id", "name", "day")) << record;
      EXPECT_THAT(Types(found), ElementsAre("BIGINT", "VARCHAR", "DATE")) << record;
      EXPECT_EQ(found.dialect.data_offset_bytes, 12U) << record;
      EXPECT_EQ(found.sampled_records, 100U) << record;
      EXPECT_EQ(found.sampled_bad_records, 1U) << record;
    }
  }
}

TEST(Sniff, HeaderOrNot) {
  EXPECT_FALSE(Good(Table(20, ",", "\n", false)).dialect.has_header);
  EXPECT_THAT(Names(Good(Table(20, ",", "\n", false))), ElementsAre("column_1", "column_2", "column_3"));
  EXPECT_TRUE(Good("a,b\n1,2\n").dialect.has_header);
  EXPECT_FALSE(Good("1,2\n3,4\n").dialect.has_header);
  // All text: the values of a code column have digits, the header's cell has none.
  EXPECT_TRUE(Good("code,city\nA-1,Oslo\nA-2,Bern\nB-7,Rome\n").dialect.has_header);
  EXPECT_FALSE(Good("A-0,Oslo\nA-1,Oslo\nA-2,Bern\nB-7,Rome\n").dialect.has_header);
  const SniffResult unsure = Good("x,y\np,q\nr,s\n");
  EXPECT_TRUE(unsure.dialect.has_header);
  EXPECT_THAT(unsure.notes, Contains(HasSubstr("--header")));
  SniffOverrides no;
  no.header = false;
  EXPECT_EQ(Good(Table(20), no).dialect.data_offset_bytes, 0U);
  EXPECT_THAT(Types(Good(Table(9), no)), ElementsAre("VARCHAR", "VARCHAR", "VARCHAR"));
}

TEST(Sniff, HeaderOnlyHasColumnsAndNoData) {
  const SniffResult found = Good("Id,Name,Day\n");
  EXPECT_TRUE(found.dialect.has_header);
  EXPECT_EQ(found.dialect.data_offset_bytes, 12U);
  EXPECT_EQ(found.sampled_records, 0U);
  EXPECT_THAT(Names(found), ElementsAre("id", "name", "day"));
  EXPECT_EQ(Good("Id,Name,Day").dialect.data_offset_bytes, 11U);
}

TEST(Sniff, SeveralHeaderRowsBecomeOneName) {
  const SniffResult twice = Good("Id,Name,Day\n" + Table(20));
  EXPECT_THAT(Names(twice), ElementsAre("id_id", "name_name", "day_day"));
  EXPECT_EQ(twice.columns[0].source_name, "Id Id");
  const SniffResult units = Good("Depth,Temp,Place\n(m),(C),\n1,2.5,Oslo\n2,3.5,Bern\n3,4.5,Rome\n");
  EXPECT_THAT(Names(units), ElementsAre("depth_m", "temp_c", "place"));
  EXPECT_THAT(Types(units), ElementsAre("BIGINT", "DOUBLE", "VARCHAR"));
}

TEST(Sniff, PreamblesAreSkipped) {
  for (const char* preamble : {"Report of March\n", "Report\n\n", "Report of March\nBy Anna\n\n", "Report,,\n,,\n"}) {
    const SniffResult found = Good(preamble + Table(20));
    EXPECT_THAT(Names(found), ElementsAre("id", "name", "day")) << preamble;
    EXPECT_EQ(found.dialect.header_offset_bytes, std::string_view(preamble).size()) << preamble;
    EXPECT_EQ(found.dialect.data_offset_bytes, std::string_view(preamble).size() + 12) << preamble;
    EXPECT_THAT(found.notes, Contains(HasSubstr("--skip"))) << preamble;
  }
}

TEST(Sniff, ABrokenFirstRecordIsNoPreamble) {
  const SniffResult found = Good("1,Anna,2020-01-01,7\n" + Table(20, ",", "\n", false));
  EXPECT_FALSE(found.dialect.has_header);
  EXPECT_EQ(found.dialect.data_offset_bytes, 0U);
  EXPECT_EQ(found.sampled_bad_records, 1U);
}

TEST(Sniff, ABrokenHeaderIsMendedWhereThereIsOneWayOnly) {
  const std::string body = Table(20, ",", "\n", false);
  EXPECT_THAT(Names(Good("Id,,Name,Day\n" + body)), ElementsAre("id", "name", "day"));
  EXPECT_THAT(Names(Good("\"Id,Name,Day\n" + body)), ElementsAre("id", "name", "day"));
  EXPECT_THAT(Names(Good("Id;Name;Day\n" + body)), ElementsAre("id", "name", "day"));
  const Error merged = Bad("IdName,Day\n" + body);
  EXPECT_EQ(merged.kind, ErrorKind::kBadData);
  EXPECT_THAT(merged.message, HasSubstr("--header no --skip 1"));
}

TEST(Sniff, FootersAndSecondTablesAreRagged) {
  EXPECT_EQ(Good(Table(30) + "Total: 30\n").sampled_bad_records, 1U);
  const SniffResult two = Good(Table(30) + "x,y\n" + [] {
    std::string out;
    for (int i = 0; i < 30; ++i) out += "1,2\n";
    return out;
  }());
  EXPECT_THAT(Names(two), ElementsAre("id", "name", "day"));
  EXPECT_EQ(two.sampled_bad_records, 31U);
}

TEST(Sniff, RecordsThatLeaveOutTheirLastFields) {
  std::string text = "version,name,created,released,ended\n";
  for (int i = 0; i < 30; ++i) {
    text += std::to_string(i) + ",buzz,2020-01-01";
    if (i % 3 > 0) text += ",2021-01-01";
    if (i % 3 > 1) text += ",2022-01-01";
    text += "\n";
  }
  const SniffResult strict = Good(text);
  EXPECT_THAT(Names(strict), ElementsAre("version", "name", "created", "released", "ended"));
  EXPECT_EQ(strict.sampled_bad_records, 20U);
  EXPECT_THAT(strict.notes, Contains(HasSubstr("pad-null")));
  SniffOverrides padded;
  padded.ragged = Ragged::kPadNull;
  EXPECT_EQ(Good(text, padded).sampled_bad_records, 0U);
  EXPECT_THAT(Types(Good(text, padded)), ElementsAre("BIGINT", "VARCHAR", "DATE", "DATE", "DATE"));
}

TEST(Sniff, CommentsAmongRecords) {
  const SniffResult found = Good(Table(20) + "# moved\n" + Table(20, ",", "\n", false));
  EXPECT_EQ(found.dialect.comment, '#');
  EXPECT_EQ(found.sampled_bad_records, 0U);
  EXPECT_EQ(Good("#id,name\n1,a\n2,b\n").dialect.comment, '\0');
}

TEST(Sniff, OneColumn) {
  const SniffResult numbers = Good("n\n1\n2\n3\n");
  EXPECT_THAT(Names(numbers), ElementsAre("n"));
  EXPECT_THAT(Types(numbers), ElementsAre("BIGINT"));
  EXPECT_THAT(Types(Good("seen\n2020-01-01 10:00:00\n2020-01-02 11:30:00\n")), ElementsAre("TIMESTAMP"));
  EXPECT_THAT(Types(Good("url\nhttps://a.example/x\nhttps://b.example/y\n")), ElementsAre("VARCHAR"));
  EXPECT_EQ(Good("city\nOslo\nNew York\nRio de Janeiro\n").columns.size(), 1U);
}

TEST(Sniff, TypedValuesAreNotCutAtTheirOwnPunctuation) {
  const SniffResult found = Good("seen;n\n2020-01-01 10:00:00;1,5\n2020-01-02 11:30:00;2,5\n2020-01-03 12:30:00;3,5\n");
  EXPECT_EQ(found.dialect.delimiter, ";");
  EXPECT_THAT(Types(found), ElementsAre("TIMESTAMP", "VARCHAR"));
}

TEST(Sniff, UndecidableDelimitersAreRefused) {
  const Error tie = Bad("a;b,c\nx;y,z\nu;v,w\n");
  EXPECT_EQ(tie.kind, ErrorKind::kBadData);
  EXPECT_THAT(tie.message, HasSubstr("--delimiter"));
  SniffOverrides told;
  told.delimiter = ";";
  EXPECT_THAT(Names(Good("a;b,c\nx;y,z\nu;v,w\n", told)), ElementsAre("a", "b_c"));
  const Error none = Bad("one, two\nx,y,z,1\na\nb,c,d\n,,,,,,\nk\nl,m,n,o,p,q,r\n");
  EXPECT_THAT(none.message, HasSubstr("--delimiter"));
}

TEST(Sniff, ByteOrderMarksAndUtf16) {
  const std::string text = Table(20);
  const SniffResult utf8 = Good("\xEF\xBB\xBF" + text);
  EXPECT_EQ(utf8.dialect.header_offset_bytes, 3U);
  EXPECT_EQ(utf8.dialect.data_offset_bytes, 15U);
  EXPECT_EQ(utf8.columns[0].source_name, "Id");
  for (const bool little : {true, false}) {
    for (const bool bom : {true, false}) {
      std::string wide = !bom ? "" : little ? "\xFF\xFE" : "\xFE\xFF";
      for (const char c : text) {
        if (!little) wide.push_back('\0');
        wide.push_back(c);
        if (little) wide.push_back('\0');
      }
      const SniffResult found = Good(wide);
      EXPECT_EQ(found.dialect.encoding, little ? Encoding::kUtf16Le : Encoding::kUtf16Be);
      EXPECT_EQ(found.dialect.header_offset_bytes, bom ? 2U : 0U);
      EXPECT_EQ(found.dialect.data_offset_bytes, (bom ? 2U : 0U) + 24U);
      EXPECT_THAT(Types(found), ElementsAre("BIGINT", "VARCHAR", "DATE"));
      EXPECT_EQ(found.notes.empty(), bom);
    }
  }
}

TEST(Sniff, EncodingsAreNotGuessed) {
  std::string latin = "id,name\n";
  for (int i = 0; i < 30; ++i) latin += std::to_string(i) + ",K\xF6ln\n";
  EXPECT_THAT(Bad(latin).message, HasSubstr("--encoding windows-1252"));
  SniffOverrides told;
  told.encoding = Encoding::kCharset;
  told.charset = "latin-1";
  const SniffResult found = Good("n\xE4me,id\n" + latin.substr(8), told);
  EXPECT_EQ(EncodingName(found.dialect), "latin-1");
  EXPECT_EQ(found.columns[0].name, "n\xC3\xA4me");
  EXPECT_EQ(found.dialect.data_offset_bytes, 8U);
  std::string rare = Table(100);
  rare.replace(rare.find("Bert", 900), 1, "\xFF");
  const SniffResult kept = Good(rare);
  EXPECT_EQ(kept.dialect.encoding, Encoding::kUtf8);
  EXPECT_THAT(kept.notes, Contains(HasSubstr("UTF-8")));
}

TEST(Sniff, WhatIsNoCsvIsRefused) {
  using namespace std::string_literals;
  EXPECT_THAT(Bad("\x1f\x8b\x08\x00\x00"s).message, HasSubstr("gzip"));
  EXPECT_THAT(Bad("\xff\xfe\0\0a\0\0\0"s).message, HasSubstr("iconv -f utf-32"));
  EXPECT_THAT(Bad("PAR1\x15\x04"s).message, HasSubstr("Parquet"));
  EXPECT_THAT(Bad("PK\x03\x04\x14"s).message, HasSubstr("zip"));
  EXPECT_THAT(Bad("\x89PNG\r\n\x1a\n"s).message, HasSubstr("PNG"));
  EXPECT_THAT(Bad("<?xml version=\"1.0\"?><Error/>").message, HasSubstr("XML"));
  EXPECT_THAT(Bad("{\"a\": 1}\n{\"a\": 2}\n").message, HasSubstr("JSON"));
  EXPECT_THAT(Bad(std::string(500, '\0')).message, HasSubstr("not a CSV"));
  EXPECT_TRUE(Good("ORC,n\na,1\nb,2\n").dialect.has_header);
}

TEST(Sniff, EmptyFiles) {
  for (const char* text : {"", "\n", "\r\n\r\n", "  \n", "\xEF\xBB\xBF"}) {
    const Error error = Bad(text);
    EXPECT_EQ(error.kind, ErrorKind::kBadData);
    EXPECT_THAT(error.message, HasSubstr("empty"));
  }
}

TEST(Sniff, SkippedLines) {
  SniffOverrides skip;
  skip.skip_lines = 2;
  const SniffResult found = Good("a,b,c\nx,y,z\n" + Table(20), skip);
  EXPECT_EQ(found.dialect.header_offset_bytes, 12U);
  EXPECT_THAT(Names(found), ElementsAre("id", "name", "day"));
  skip.skip_lines = 500;
  EXPECT_THAT(Bad(Table(20), skip).message, HasSubstr("--skip"));
}

TEST(Sniff, MarksOfMissingValuesAreNullInTypedColumnsAlone) {
  std::string text = "n,city\n";
  for (int i = 0; i < 30; ++i) text += (i % 3 == 0 ? "NULL" : std::to_string(i)) + ",Oslo\n";
  const SniffResult found = Good(text + "7,NULL\n\"n/a\",Rome\n\"\",\"\"\n");
  EXPECT_THAT(found.dialect.null_strings, ElementsAre(""));
  EXPECT_THAT(Types(found), ElementsAre("BIGINT", "VARCHAR"));
  EXPECT_THAT(found.columns[0].null_strings, ElementsAre("NULL", "n/a"));
  EXPECT_THAT(found.columns[1].null_strings, ElementsAre());
  EXPECT_THAT(found.notes, Contains(HasSubstr("--null")));
  EXPECT_EQ(found.sampled_bad_records, 0U);
  SniffOverrides told;
  told.null_strings = {"", "-"};
  EXPECT_THAT(Good(text, told).dialect.null_strings, ElementsAre("", "-"));
  EXPECT_THAT(Types(Good(text, told)), ElementsAre("VARCHAR", "VARCHAR"));
}

TEST(Sniff, MarksAreNullInColumnsWhoseTypeIsSaid) {
  SniffOverrides told;
  told.columns["n"] = {TypeKind::kDouble};
  const SniffResult found = Good("n,city\n-,Oslo\n--,Rome\n", told);
  EXPECT_THAT(found.columns[0].null_strings, ElementsAre("-", "--"));
  EXPECT_EQ(found.sampled_bad_records, 0U);
}

TEST(Sniff, CountryCodesKeepNamibia) {
  std::string text = "n,country\n";
  for (int i = 0; i < 30; ++i) text += (i % 3 == 0 ? "NA" : std::to_string(i)) + (i % 2 == 0 ? ",NO\n" : ",NA\n");
  const SniffResult found = Good(text);
  EXPECT_THAT(found.dialect.null_strings, ElementsAre(""));
  EXPECT_THAT(Types(found), ElementsAre("BIGINT", "VARCHAR"));
  EXPECT_THAT(found.columns[0].null_strings, ElementsAre("NA"));
  EXPECT_THAT(found.columns[1].null_strings, ElementsAre());
}

TEST(Sniff, SpacesAroundNumbersAreTrimmedAroundTextTheyStay) {
  const SniffResult padded = Good("a;  b;c\n  1;  2.5;x\n 10; 12.5;y\n100;112.5;z\n");
  EXPECT_TRUE(padded.dialect.trim);
  EXPECT_THAT(Types(padded), ElementsAre("BIGINT", "DOUBLE", "VARCHAR"));
  EXPECT_FALSE(Good("a;b;c\n  1; x;x\n 10;y ;y\n100;z;z\n").dialect.trim);
}

TEST(Sniff, OverridesAreNotOverruled) {
  SniffOverrides told;
  told.columns["id"] = {.kind = TypeKind::kInteger};
  told.columns["Name"] = {.kind = TypeKind::kVarchar};
  told.columns["Day"] = {.kind = TypeKind::kTimestamp};
  EXPECT_THAT(Types(Good(Table(20), told)), ElementsAre("INTEGER", "VARCHAR", "TIMESTAMP"));
  told.columns["nmae"] = {.kind = TypeKind::kVarchar};
  const Error unknown = Bad(Table(20), told);
  EXPECT_EQ(unknown.kind, ErrorKind::kInvalidArgument);
  EXPECT_THAT(unknown.message, HasSubstr("'name'"));
  SniffOverrides all;
  all.all_varchar = true;
  EXPECT_THAT(Types(Good(Table(20), all)), ElementsAre("VARCHAR", "VARCHAR", "VARCHAR"));
  EXPECT_TRUE(Good(Table(20), all).dialect.has_header);
  SniffOverrides other;
  other.delimiter = ";";
  other.quote = '\'';
  other.escape = '\\';
  other.newline = Newline::kLf;
  other.comment = '%';
  other.ragged = Ragged::kPadNull;
  other.trim = true;
  const Dialect dialect = Good(Table(20), other).dialect;
  EXPECT_EQ(dialect.delimiter, ";");
  EXPECT_EQ(dialect.quote, '\'');
  EXPECT_EQ(dialect.escape, '\\');
  EXPECT_EQ(dialect.newline, Newline::kLf);
  EXPECT_EQ(dialect.comment, '%');
  EXPECT_EQ(dialect.ragged, Ragged::kPadNull);
  EXPECT_TRUE(dialect.trim);
}

TEST(Sniff, SamplesFromAnywhere) {
  std::string text = "id,text,n\n";
  for (int i = 0; i < 20000; ++i) {
    text += std::to_string(i) + ",\"line, one\nline \"\"two\"\"\"," +
            (i < 15000 ? std::to_string(i) : std::to_string(i) + ".5") + "\n";
  }
  // Every sample starts at another place of a record; the later ones tell that n is no BIGINT.
  for (size_t shift = 0; shift < 60; ++shift) {
    std::vector<Sample> samples = {{.offset_bytes = 0, .bytes = std::string_view(text).substr(0, 8000)}};
    for (size_t i = 1; i < 6; ++i) {
      const size_t at = i * (text.size() / 6) + shift;
      samples.push_back({.offset_bytes = at, .bytes = std::string_view(text).substr(at, 4000)});
    }
    const auto found = Sniff(samples, text.size(), {});
    ASSERT_TRUE(found.has_value()) << found.error().message;
    EXPECT_THAT(Types(*found), ElementsAre("BIGINT", "VARCHAR", "DOUBLE"));
    EXPECT_EQ(found->sampled_bad_records, 0U) << shift;
    EXPECT_EQ(found->dialect.data_offset_bytes, 10U);
  }
}

TEST(Sniff, HeadCutAnywhere) {
  const std::string text = Table(60, ",", "\r\n");
  for (size_t size = 300; size < 500; ++size) {
    const std::vector<Sample> samples = {{.offset_bytes = 0, .bytes = std::string_view(text).substr(0, size)}};
    const auto found = Sniff(samples, text.size(), {});
    ASSERT_TRUE(found.has_value()) << found.error().message;
    EXPECT_THAT(Types(*found), ElementsAre("BIGINT", "VARCHAR", "DATE")) << size;
    EXPECT_EQ(found->sampled_bad_records, 0U) << size;
  }
}

TEST(Sniff, OverlappingSamplesCountOnce) {
  const std::string text = Table(40);
  const std::vector<Sample> samples = {
      {.offset_bytes = 0, .bytes = text, .at_end = true},
      {.offset_bytes = 100, .bytes = std::string_view(text).substr(100), .at_end = true}};
  const auto found = Sniff(samples, text.size(), {});
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->sampled_records, 40U);
}

TEST(Sniff, LargeSamplesAreQuick) {
  std::string text = Table(200000);
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(Good(text).sampled_records, 200000U);
  const auto spent = std::chrono::steady_clock::now() - start;
  // A guard against quadratic behaviour, generous for sanitizers and busy machines.
  EXPECT_LT(spent, std::chrono::seconds(10));
}

TEST(Names, Rule) {
  EXPECT_EQ(NormaliseName("VendorID"), "vendorid");
  EXPECT_EQ(NormaliseName("  Trip Distance (km) "), "trip_distance_km");
  EXPECT_EQ(NormaliseName("a--b__c"), "a_b__c");
  EXPECT_EQ(NormaliseName("_id"), "_id");
  EXPECT_EQ(NormaliseName("2nd"), "_2nd");
  EXPECT_EQ(NormaliseName("Stra\xC3\x9F"
                          "e"),
            "stra\xC3\x9F"
            "e");
  EXPECT_EQ(NormaliseName("\xC2\xA0x\xC2\xA0"), "x");
  EXPECT_EQ(NormaliseName("a\xFF"
                          "b"),
            "a_b");
  EXPECT_EQ(NormaliseName("%"), "");
}

TEST(Names, DuplicatesAndGaps) {
  std::vector<std::string> notes;
  const std::vector<std::string> sources = {"a", "A", "", "a_2", "%", "column_5"};
  const std::vector<Column> columns = NameColumns(sources, notes);
  std::vector<std::string> names;
  for (const Column& column : columns) names.push_back(column.name);
  EXPECT_THAT(names, ElementsAre("a", "a_3", "column_3", "a_2", "column_5_", "column_5"));
  EXPECT_EQ(notes.size(), 3U);
  EXPECT_EQ(columns[1].source_name, "A");
}

TEST(Names, Nearest) {
  const std::vector<std::string> names = {"vendorid", "fare", "tip"};
  EXPECT_EQ(NearestName("vendor_id", names), "vendorid");
  EXPECT_EQ(NearestName("far", names), "fare");
}

TEST(Sniff, ARecordIsNeverPartOfTheHeader) {
  for (const char* missing : {"n/a", "-", "?", "M", "NA", "nan", "none", "unknown", "err", "**", "--", "."}) {
    const std::string mark = missing;
    const std::string head = "city,temp,humidity\nOslo," + mark + "," + mark + "\n";
    const SniffResult few = Good(head + "Rome,20,30\nBern,21,35\nParis,18,40\n");
    EXPECT_THAT(Names(few), ElementsAre("city", "temp", "humidity")) << mark;
    EXPECT_EQ(few.sampled_records, 4U) << mark;
    std::string many = "sensor,ts,temp,hum\nS0," + mark + "," + mark + "," + mark + "\n";
    for (int i = 0; i < 5000; ++i) many += "S" + std::to_string(i % 7) + ",2024-01-01 00:00:00,0.5,0\n";
    const SniffResult found = Good(many);
    EXPECT_THAT(Names(found), ElementsAre("sensor", "ts", "temp", "hum")) << mark;
    EXPECT_EQ(found.sampled_records, 5001U) << mark;
  }
  const SniffResult quoted = Good(
      "state,area,tot,share\nOH,\"Spring, OH\",**,**\nCA,\"Napa, CA\",120,0.4\nUT,\"Lehi, UT\",30,0.1\n"
      "PR,\"Ponce, PR\",180,3.3\n");
  EXPECT_THAT(Names(quoted), ElementsAre("state", "area", "tot", "share"));
  EXPECT_EQ(quoted.sampled_records, 4U);
}

TEST(Sniff, SecondHeaderRowsWithProof) {
  EXPECT_THAT(Names(Good("id,temp\n-----,-----\n1,2.5\n2,3.5\n3,4.5\n")), ElementsAre("id", "temp"));
  EXPECT_THAT(Names(Good("Depth,Temp\n[m],[C]\n1,2.5\n2,3.5\n3,4.5\n")), ElementsAre("depth_m", "temp_c"));
}

TEST(Sniff, YearsAreNames) {
  const SniffResult one = Good("state,2022\nAK,-15.7\nAL,-29.6\nAR,-31.8\n");
  EXPECT_TRUE(one.dialect.has_header);
  EXPECT_THAT(Names(one), ElementsAre("state", "_2022"));
  const SniffResult several = Good("country,1999,2000,2001\nNorway,1,2,3\nPeru,4,5,6\nChad,7,8,9\n");
  EXPECT_THAT(Names(several), ElementsAre("country", "_1999", "_2000", "_2001"));
  EXPECT_EQ(several.sampled_records, 3U);
  // Years among years are values.
  EXPECT_FALSE(Good("Oslo,1905,2000\nBern,1848,1999\nRome,1861,2001\nParis,1789,2002\n").dialect.has_header);
}

TEST(Sniff, TextOverNumbersIsAHeaderAlsoWhenNamesRepeatOrLack) {
  const SniffResult found = Good("a,a,a,a,\n123,TEST2,text1,,value1\n345,TEST2,text2,,value2\n");
  EXPECT_TRUE(found.dialect.has_header);
  EXPECT_EQ(found.sampled_records, 2U);
}

TEST(Sniff, NullMarksAreNoEvidenceForAHeader) {
  const SniffResult found = Good("1\001Ann\001\\N\001t\n2\001\\N\0012.5\001f\n3\001Bob\0013.5\001\\N\n");
  EXPECT_FALSE(found.dialect.has_header);
  EXPECT_EQ(found.sampled_records, 3U);
}

TEST(Sniff, HeadersAgainAreSetAside) {
  const SniffResult typed = Good("id,name,amt\n1,a,1.5\n2,b,2.5\nid,name,amt\n3,c,3.5\n");
  EXPECT_THAT(Names(typed), ElementsAre("id", "name", "amt"));
  EXPECT_EQ(typed.columns[2].type.kind, TypeKind::kDouble);
  EXPECT_EQ(typed.sampled_records, 3U);
  EXPECT_EQ(typed.sampled_bad_records, 0U);
  EXPECT_EQ(typed.dialect.header, "id,name,amt");
  const SniffResult marked = Good("\xEF\xBB\xBFname,town\na,b\nc,d\n\xEF\xBB\xBFname,town\ne,f\n");
  EXPECT_THAT(Names(marked), ElementsAre("name", "town"));
  EXPECT_EQ(marked.sampled_records, 3U);
  EXPECT_THAT(marked.notes, Contains(HasSubstr("1 of the sampled records are the header again")));
  // Values stand again as well: no header.
  EXPECT_FALSE(Good("apple,red\npear,green\nplum,blue\napple,red\npear,green\nfig,brown\n").dialect.has_header);
  EXPECT_FALSE(Good("apple,red\npear,green\ncherry,red\nplum,blue\napple,red\n").dialect.has_header);
}

TEST(Sniff, ExcelSaysTheDelimiter) {
  for (const std::string line : {"sep=;\r\n", "\"sep=;\"\r\n", "SEP=;\n", "\xEF\xBB\xBFsep=;\r\n"}) {
    const SniffResult r = Good(line + "Name;Betrag\r\nA;1,5\r\nB;2,5\r\n");
    EXPECT_THAT(Names(r), ElementsAre("name", "betrag")) << line;
    EXPECT_EQ(r.sampled_records, 2U);
  }
  const SniffResult tab = Good("sep=\t\na\tb,c\n1\t2,5\n");
  EXPECT_THAT(Names(tab), ElementsAre("a", "b_c"));
  EXPECT_THAT(Names(Good("sep=ab\n1\n2\n")), ElementsAre("sep_ab"));
  EXPECT_THAT(Names(Good("\nid,name\n1,Ann\n2,Bob\n3,Cecil\n")), ElementsAre("id", "name"));
}

TEST(Sniff, ShortRecordsAreNotFilledFromTheNext) {
  SniffOverrides pads;
  pads.ragged = Ragged::kPadNull;
  // The names' column would look like a mix of names and numbers, and the header like one of its values.
  std::string text = "name,town\n";
  for (int i = 0; i < 40; ++i) text += i % 4 == 0 ? "\"x\",Rome\n" : std::to_string(i) + "\n";
  const SniffResult r = Good(text, pads);
  EXPECT_THAT(Names(r), ElementsAre("name", "town"));
  text = "a,b,c\n";
  for (int i = 0; i < 20; ++i) text += "1,2,3\n";
  EXPECT_EQ(Good(text + "4\n", pads).columns.size(), 3U);
}

TEST(Sniff, BlanksBehindDelimitersAreNoPartOfFields) {
  std::string text = "id, city, pop\n0,town0,0\n";
  for (int i = 1; i < 40; ++i) text += std::to_string(i) + ", town" + std::to_string(i) + ", 10\n";
  const SniffResult r = Good(text);
  EXPECT_EQ(r.dialect.delimiter, ",");
  EXPECT_TRUE(r.dialect.trim);
  EXPECT_EQ(r.sampled_bad_records, 0U);
  EXPECT_EQ(r.columns[2].type.kind, TypeKind::kBigInt);
  const SniffResult quoted = Good("'Argentina',            'ar',   10\n'Brazil',     'br',  20\n'Chile', 'cl', 30\n");
  EXPECT_EQ(quoted.dialect.quote, '\'');
  EXPECT_EQ(quoted.sampled_records, 3U);
  // Blanks in front of some texts are theirs.
  EXPECT_FALSE(Good("id,word\n1, a\n2,b\n3,c\n4, d\n").dialect.trim);
}

TEST(Sniff, DelimitersAtTheEndOfRecords) {
  std::string text = "Iteration\tLogLik\tChange\tSec\n1\t-66.7\t-\t12.3\n";
  for (int i = 2; i < 100; ++i) text += std::to_string(i) + "\t-32.7\t63.5\t23.6\t\n";
  const SniffResult some = Good(text);
  EXPECT_THAT(Names(some), ElementsAre("iteration", "loglik", "change", "sec"));
  EXPECT_EQ(some.sampled_records, 99U);
  EXPECT_EQ(some.sampled_bad_records, 0U);
  EXPECT_THAT(Names(Good("Name|Firm|Pin\nAnn|ACME|123a|\n")), ElementsAre("name", "firm", "pin"));
  const SniffResult all = Good("A|B|C||\n1|2|3||\n4|5|6||\n");
  EXPECT_THAT(Names(all), ElementsAre("a", "b", "c"));
  EXPECT_EQ(all.dialect.trailing_delimiters, 2U);
  EXPECT_EQ(Good("1|2|\n3|4|\n").columns.size(), 2U);
  // One value is enough for a column.
  EXPECT_EQ(Good("1|2|\n3|4|\n5|6|7\n").columns.size(), 3U);
}

TEST(Sniff, QuotesInsideFieldsAreLiteralByHabit) {
  std::string text = "id,said,n\n1,Says \"geronimo\",3\n2,He said \"no\" twice,4\n";
  for (int i = 3; i < 40; ++i) text += std::to_string(i) + ",\"plain, really\",1\n";
  const SniffResult habit = Good(text);
  EXPECT_TRUE(habit.dialect.literal_quotes);
  EXPECT_EQ(habit.sampled_bad_records, 0U);
  SniffOverrides bad;
  bad.literal_quotes = false;
  EXPECT_EQ(Good(text, bad).sampled_bad_records, 2U);
  std::string lost = "id,said,n\n1,York\"Don't, so\",3\n";
  for (int i = 3; i < 80; ++i) lost += std::to_string(i) + ",\"plain, really\",1\n";
  EXPECT_FALSE(Good(lost).dialect.literal_quotes);
}

TEST(Sniff, HeaderRowsThatWereSaid) {
  const std::string text = "city,temp\nOslo,n/a\nRome,20\nBern,21\n";
  SniffOverrides rows;
  rows.header = true;
  EXPECT_EQ(Good(text, rows).sampled_records, 3U);
  rows.header_rows = 2;
  EXPECT_THAT(Names(Good(text, rows)), ElementsAre("city_oslo", "temp_n_a"));
  rows.header_rows = 1;
  EXPECT_THAT(Names(Good("a,b\na,b\n1,2\n", rows)), ElementsAre("a", "b"));
}

TEST(Sniff, HeadersThatAreOneNameShortOrHaveALiteralQuote) {
  const SniffResult r = Good("Ad,Media\nVisit,6,5\nBuy,3,2\nLook,4,1\n");
  EXPECT_THAT(Names(r), ElementsAre("rowname", "ad", "media"));
  EXPECT_THAT(r.notes, Contains(HasSubstr("rowname")));
  EXPECT_EQ(r.sampled_records, 3U);
  const SniffResult trailing = Good("x,y\n1,2,\n3,4,\n5,6,\n");
  EXPECT_THAT(Names(trailing), ElementsAre("x", "y"));
  EXPECT_EQ(trailing.sampled_bad_records, 0U);
  const SniffResult nails = Good("id,2\" nails,\"big, 3\"\" nails\"\n1,5,6\n2,7,8\n");
  EXPECT_THAT(Names(nails), ElementsAre("id", "_2_nails", "big_3_nails"));
  EXPECT_EQ(nails.sampled_records, 2U);
}

TEST(Sniff, AWeakDelimiterNeverBeatsACommonOneThatSplitsAllAlike) {
  std::string prices = "date,price\n";
  std::string counts = "name,count\n";
  for (int i = 0; i < 20; ++i) {
    prices += "Jan " + std::to_string(i + 1) + " 2000," + std::to_string(1394.46 + i) + "\n";
    counts += "Place " + std::to_string(i) + ", 2 536 " + std::to_string(275 + i) + "\n";
  }
  EXPECT_EQ(Good(prices).dialect.delimiter, ",");
  EXPECT_THAT(Names(Good(prices)), ElementsAre("date", "price"));
  EXPECT_EQ(Good(counts).dialect.delimiter.front(), ',');
}

TEST(Sniff, AReadingWithoutBadRecordsBeatsOneThatHasSome) {
  std::string titles = "page_namespace\tpage_title\n";
  for (int i = 0; i < 240; ++i) titles += "0\t!" + std::string(static_cast<size_t>(i % 3), '!') + "_(band)\n";
  for (int i = 0; i < 900; ++i) titles += "0\t\"\n0\t\"\"\n0\t\"Title\"_(film)\n0\t\"query_level_feature\"\n";
  const SniffResult found = Good(titles);
  EXPECT_EQ(found.dialect.delimiter, "\t");
  EXPECT_THAT(Names(found), ElementsAre("page_namespace", "page_title"));
  EXPECT_EQ(found.sampled_bad_records, 0U);
  // One stray quote among quoted cells is a bad record, no proof against quotes.
  std::string quoted = "id,name\n";
  for (int i = 0; i < 50; ++i) quoted += std::to_string(i) + (i == 20 ? ",\"x\"y\n" : ",\"x\"\n");
  EXPECT_EQ(Good(quoted).dialect.quote, '"');
  EXPECT_EQ(Good(quoted).sampled_bad_records, 1U);
}

TEST(Sniff, CommentsAllThroughTheFile) {
  std::string text = "# A few comments\n# I'm a csv file\na;b\n# baddy\n1;3\n6;7\n";
  for (int i = 0; i < 40; ++i) text += "# skip me\n" + std::to_string(i) + ";5\n# and; me; too\n";
  const SniffResult found = Good(text);
  EXPECT_EQ(found.dialect.delimiter, ";");
  EXPECT_EQ(found.dialect.comment, '#');
  EXPECT_THAT(Names(found), ElementsAre("a", "b"));
  EXPECT_EQ(found.sampled_records, 42U);
  EXPECT_EQ(found.sampled_bad_records, 0U);
  const SniffResult small = Good("x,y,z\n# comment\n1,2,3\n# comment\n# comment\n4,5,6\n");
  EXPECT_THAT(Names(small), ElementsAre("x", "y", "z"));
  EXPECT_EQ(small.sampled_records, 2U);
}

TEST(Sniff, BackslashNIsNullBeforeItIsAnEscape) {
  const SniffResult mysql = Good("1,\"a\\\"b\",\\N,2.5\n2,\\N,\"x\",\\N\n3,\"c\\\\d\",\"y\",3.5\n");
  EXPECT_EQ(mysql.dialect.escape, '\\');
  EXPECT_THAT(mysql.dialect.null_strings, ElementsAre("", "\\N"));
  EXPECT_THAT(Types(mysql), ElementsAre("BIGINT", "VARCHAR", "VARCHAR", "DOUBLE"));
  EXPECT_THAT(mysql.notes, Contains(HasSubstr("--null")));
  const SniffResult escapes = Good("1\ta\\\tb\t2.5\n2\t\\N\t3.5\n3\tc\t\\N\n");
  EXPECT_THAT(Types(escapes), ElementsAre("BIGINT", "VARCHAR", "DOUBLE"));
  EXPECT_THAT(escapes.dialect.null_strings, ElementsAre("", "\\N"));
  // In text columns too, and without any escape in the file.
  const SniffResult text = Good("id,name,amt\n1,\\N,2.5\n2,Bob,\\N\n3,Al,3.5\n");
  EXPECT_THAT(Types(text), ElementsAre("BIGINT", "VARCHAR", "DOUBLE"));
  // Quoted, it is text.
  EXPECT_THAT(Good("id,name\n1,\"\\N\"\n2,b\n").dialect.null_strings, ElementsAre(""));
}

TEST(Sniff, ValuesThatDoNotFitATypeThatWasSaidAreCounted) {
  std::string text = "id,amount\n";
  for (int i = 0; i < 200; ++i) text += std::to_string(i) + (i % 4 == 0 ? ",\n" : ",1.50\n");
  SniffOverrides overrides;
  overrides.columns["amount"] = {.kind = TypeKind::kBigInt};
  const SniffResult found = Good(text, overrides);
  EXPECT_EQ(found.sampled_records, 200U);
  EXPECT_EQ(found.sampled_bad_records, 150U);
  EXPECT_EQ(found.bad_example, "column amount: '1.50' is not a BIGINT");
  EXPECT_THAT(found.notes, testing::Contains(testing::HasSubstr("150 of 150 sampled values of amount are no BIGINT")));
}

}  // namespace
}  // namespace calve::csv
