// What the files have that people and their programs write.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "csv/sniff.h"
#include "csv/sniff_test_util.h"

namespace calve::csv {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

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

TEST(Sniff, YearsNameColumnsThatAreEmptyToo) {
  std::string text = "\"Country Name\",\"Code\",\"1960\",\"1961\",\"2010\",\"2011\",\n";
  for (const char* country : {"Aruba", "Andorra", "Angola", "Albania"}) {
    text += fmt::format("\"{}\",\"{}\",\"\",\"\",\"50\",\"6434\",\n", country, std::string_view(country).substr(0, 3));
  }
  const SniffResult found = Good(text);
  EXPECT_THAT(Names(found), ElementsAre("country_name", "code", "_1960", "_1961", "_2010", "_2011"));
  EXPECT_EQ(found.sampled_records, 4U);
}

TEST(Sniff, ANumberInAnotherFormKeepsItsRecord) {
  std::string text = "name,total\n";
  for (int i = 0; i < 200; ++i) text += fmt::format("n{},{}\n", i, 10 + i);
  const SniffResult found = Good(text + "last,\"1,134\"\n");
  EXPECT_THAT(Types(found), ElementsAre("VARCHAR", "VARCHAR"));
  EXPECT_EQ(found.sampled_bad_records, 0U);
  EXPECT_THAT(found.notes, Contains(HasSubstr("'1,134'")));
  // A word is a mistake, and a mark is null.
  EXPECT_EQ(Good(text + "last,rotary\n").sampled_bad_records, 1U);
  EXPECT_EQ(Good(text + "last,unknown\n").sampled_bad_records, 0U);
}

TEST(Sniff, WordsOfTwoPartsBelowOneAreOneColumn) {
  std::string text = "0\n";
  for (int i = 0; i < 50; ++i) text += fmt::format("Digit {}\n", i % 10);
  EXPECT_THAT(Good(text).columns, SizeIs(1));
  std::string aligned;
  for (int i = 0; i < 11; ++i) aligned += fmt::format("{:2} {:3} {:4}\n", i, i * i, i * i * i);
  EXPECT_EQ(Good(aligned).sampled_bad_records, 0U);
  EXPECT_EQ(Good(aligned).sampled_records, 11U) << "the first is no header";
}

TEST(Sniff, BlanksBehindTheLastDelimiterAreNothing) {
  std::string text = "y,x1,x2,\n";
  for (int i = 0; i < 20; ++i) text += fmt::format("{},{},{}, \n", i, i * 2, i * 3);
  const SniffResult found = Good(text);
  EXPECT_THAT(Names(found), ElementsAre("y", "x1", "x2"));
  EXPECT_EQ(found.sampled_bad_records, 0U);
}

TEST(Sniff, RowNumbersWithoutAName) {
  std::string text = "carat,depth,cut\n";
  for (int i = 0; i < 2000; ++i) text += fmt::format("{},1.{},64.{},Fair\n", i, i % 7, i % 9);
  EXPECT_THAT(Names(Good(text)), ElementsAre("rowname", "carat", "depth", "cut"));
  // Numbers that count nothing may be the carats.
  EXPECT_THAT(Bad("carat,depth,cut\n7,1.5,64.5,Fair\n3,1.5,64.5,Fair\n9,1.5,64.5,Fair\n").message,
              HasSubstr("has 3 fields where the records have 4"));
}

TEST(Sniff, WhatColumnsAreCalledEverywhere) {
  const SniffResult found = Good("landlocked,name\ncoastline,\nlandlocked,\n");
  EXPECT_TRUE(found.dialect.has_header);
  EXPECT_THAT(Names(found), ElementsAre("landlocked", "name"));
}

TEST(Sniff, ABrokenLastCharacterOfAWholeFileIsSeen) {
  EXPECT_THAT(Bad("a,b,c\n1,2,3\n4,5,\xa9").message, HasSubstr("--encoding"));
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

TEST(Sniff, SequencesThatAreNotDecodedAreTold) {
  const std::string rows = "1\tone\\ttwo\t2.5\n2\t\\N\t\\N\n3\tC:\\\\dir\t1.5\n";
  EXPECT_THAT(Good(rows).notes, Contains(HasSubstr("replace()")));
  EXPECT_THAT(Good("1\ta\t2.5\n2\t\\N\t\\N\n").notes, testing::Not(Contains(HasSubstr("replace()"))));
  // Windows' paths are none.
  EXPECT_THAT(Good("1\tC:\\temp\t2.5\n2\tC:\\dir\t3.5\n").notes, testing::Not(Contains(HasSubstr("replace()"))));
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
