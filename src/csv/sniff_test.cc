#include "csv/sniff.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "csv/sniff_test_util.h"

namespace calve::csv {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

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

}  // namespace
}  // namespace calve::csv
