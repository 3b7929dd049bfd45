// The reading rules, one by one (docs/reading-rules.md), on every path.
#include "csv/reader.h"

#include <gtest/gtest.h>

#include "csv/csv_test_util.h"

namespace calve::csv {
namespace {

using testing::HowToRead;
using testing::Outcome;
using testing::ReadAll;
using testing::ReadText;

const std::string kNull("\0null", 5);

class ReaderRules : public ::testing::TestWithParam<ReaderPath> {
 protected:
  std::vector<Outcome> Read(const std::string& text, size_t columns = 2) {
    return Read(text, testing::TextColumns(columns));
  }
  std::vector<Outcome> Read(const std::string& text, const std::vector<Column>& columns) {
    how_.path = GetParam();
    const ReadAll all = ReadText(dialect_, columns, text, 0, text.size(), how_);
    EXPECT_EQ(all.summary.end_offset_bytes, text.size());
    return all.outcomes;
  }
  static Outcome Good(uint64_t offset, std::vector<std::string> values) {
    return Outcome{offset, false, std::move(values)};
  }
  static Outcome Bad(uint64_t offset, std::string column, std::string reason, std::string raw) {
    return Outcome{offset, true, {std::move(column), std::move(reason), std::move(raw)}};
  }
  static std::vector<Column> Typed(std::initializer_list<TypeKind> kinds) {
    std::vector<Column> columns = testing::TextColumns(kinds.size());
    for (size_t i = 0; i < kinds.size(); ++i) columns[i].type.kind = kinds.begin()[i];
    return columns;
  }

  using Outcomes = std::vector<Outcome>;
  Dialect dialect_;
  HowToRead how_;
};

TEST_P(ReaderRules, QuotesAndNewlines) {
  EXPECT_EQ(Read("a,b\n\"c,\"\"d\"\"\",\"e\nf\"\r\n\"\",g"),
            (Outcomes{Good(0, {"a", "b"}), Good(4, {"c,\"d\"", "e\nf"}), Good(21, {"", "g"})}));
  dialect_.escape = '\\';
  EXPECT_EQ(Read("\"a\\\"b\",c\\,d\n"), (Outcomes{Good(0, {"a\"b", "c,d"})}));
  EXPECT_EQ(Read("a\\\nb,\"c\\\\\"\n"), (Outcomes{Good(0, {"a\nb", "c\\"})}));
  EXPECT_EQ(Read("a,b\\"), (Outcomes{Bad(0, "c1", "an escape with nothing behind it", "a,b\\")}));
  dialect_.quote = dialect_.escape = '\0';
  EXPECT_EQ(Read("\"a,b\"\n"), (Outcomes{Good(0, {"\"a", "b\""})}));
}

TEST_P(ReaderRules, RecordDelimiters) {
  EXPECT_EQ(Read("a,b\nc,d\r\ne,f\rg,h"),
            (Outcomes{Good(0, {"a", "b"}), Good(4, {"c", "d"}), Good(9, {"e", "f"}), Good(13, {"g", "h"})}));
  dialect_.newline = Newline::kLf;
  EXPECT_EQ(Read("a,b\r\nc,d\n"), (Outcomes{Good(0, {"a", "b\r"}), Good(5, {"c", "d"})}));
  dialect_.newline = Newline::kCrLf;
  EXPECT_EQ(Read("a,b\nc\rd\r\ne,f\r\n"), (Outcomes{Good(0, {"a", "b\nc\rd"}), Good(9, {"e", "f"})}));
  dialect_.newline = Newline::kCr;
  EXPECT_EQ(Read("a,b\n\rc,d\r"), (Outcomes{Good(0, {"a", "b\n"}), Good(5, {"c", "d"})}));
  dialect_.newline = Newline::kCustom;
  dialect_.custom_newline = "|\n";
  EXPECT_EQ(Read("a,b\nc|\nd,e|f|\n"), (Outcomes{Good(0, {"a", "b\nc"}), Good(7, {"d", "e|f"})}));
}

TEST_P(ReaderRules, BrokenQuotesLoseTheirOwnLineOnly) {
  EXPECT_EQ(Read("a\"b,c\nd,e\n"),
            (Outcomes{Bad(0, "c0", "a quote inside an unquoted field", "a\"b,c"), Good(6, {"d", "e"})}));
  EXPECT_EQ(Read("a,\"b\"c\nd,e\n"),
            (Outcomes{Bad(0, "c1", "text after a closing quote", "a,\"b\"c"), Good(7, {"d", "e"})}));
  EXPECT_EQ(Read("a,\"b\nc,d\ne,f\n"),
            (Outcomes{Bad(0, "c1", "unterminated quote", "a,\"b"), Good(5, {"c", "d"}), Good(9, {"e", "f"})}));
  // The open quote is met by a later line's opening one.
  EXPECT_EQ(Read("\"a,b\n\"c\",\"d\"\ne,f\n"),
            (Outcomes{Bad(0, "c0", "text after a closing quote", "\"a,b"), Good(5, {"c", "d"}), Good(13, {"e", "f"})}));
  // What follows the broken field in its record is still read by the rules.
  EXPECT_EQ(Read("\"a\"x,\"b\nc\"\ne,f\n"),
            (Outcomes{Bad(0, "c0", "text after a closing quote", "\"a\"x,\"b\nc\""), Good(11, {"e", "f"})}));
}

TEST_P(ReaderRules, FieldCounts) {
  EXPECT_EQ(Read("a\nb,c,d\ne,f\n"),
            (Outcomes{Bad(0, "", "expected 2 fields, found 1", "a"), Bad(2, "", "expected 2 fields, found 3", "b,c,d"),
                      Good(8, {"e", "f"})}));
  dialect_.ragged = Ragged::kPadNull;
  dialect_.null_strings = {"NA"};
  EXPECT_EQ(Read("a\nb,c,d\ne,\n"),
            (Outcomes{Good(0, {"a", kNull}), Bad(2, "", "expected 2 fields, found 3", "b,c,d"), Good(8, {"e", ""})}));
}

TEST_P(ReaderRules, NullsAndEmptyText) {
  dialect_.null_strings = {"", "NA"};
  EXPECT_EQ(Read(",\"\"\nNA,\"NA\"\n"), (Outcomes{Good(0, {kNull, ""}), Good(4, {kNull, "NA"})}));
  dialect_.quoted_null = true;
  EXPECT_EQ(Read("\"\",\"NA\"\n"), (Outcomes{Good(0, {kNull, kNull})}));
  dialect_.null_strings = {"0"};
  EXPECT_EQ(Read(",0\n", 2), (Outcomes{Good(0, {"", kNull})}));
}

TEST_P(ReaderRules, QuotesAndBlanksDoNotMatterForTheNullsOfOtherTypesThanText) {
  dialect_.null_strings = {"", "NA"};
  std::vector<Column> typed = Typed({TypeKind::kInteger, TypeKind::kVarchar});
  EXPECT_EQ(Read("\"\",x\n\"NA\",y\n  ,z\n\" \t\", \n", typed),
            (Outcomes{Good(0, {kNull, "x"}), Good(5, {kNull, "y"}), Good(12, {kNull, "z"}), Good(17, {kNull, " "})}));
  dialect_.null_strings = {"NA"};
  EXPECT_EQ(Read("\"\",\n,NA\n", typed), (Outcomes{Good(0, {kNull, ""}), Good(4, {kNull, kNull})}));
  dialect_.null_strings = {"0"};
  EXPECT_EQ(Read("0,\n", Typed({TypeKind::kDouble, TypeKind::kDouble})), (Outcomes{Good(0, {kNull, kNull})}));
}

TEST_P(ReaderRules, AColumnsOwnNullStrings) {
  std::vector<Column> columns = Typed({TypeKind::kDouble, TypeKind::kVarchar, TypeKind::kDouble});
  columns[0].null_strings = {"-", "-999", "\xC3\xA4"};
  const std::string one("\0\0\0\0\0\0\xF0\x3F", 8);
  EXPECT_EQ(Read("-,-,1\n\"-999\",\"-\",1\n1,a,-\n\xC3\xA4,b,1\n", columns),
            (Outcomes{Good(0, {kNull, "-", one}), Good(6, {kNull, "-", one}),
                      Bad(19, "c2", "'-' is not a DOUBLE", "1,a,-"), Good(25, {kNull, "b", one})}));
  dialect_.encoding = Encoding::kCharset;
  dialect_.charset = "latin-1";
  EXPECT_EQ(Read("\xE4,b,1\n", columns), (Outcomes{Good(0, {kNull, "b", one})}));
}

TEST_P(ReaderRules, FormsOfOtherTypesThatLoseNothing) {
  const std::vector<Column> typed = Typed({TypeKind::kInteger, TypeKind::kTimestamp});
  const std::string eight("\x08\0\0\0", 4), day("\x00\x60\xD7\x1D\x14\0\0\0", 8);
  EXPECT_EQ(
      Read("8.00,1970-01-02\n\"8.0\",\"1970-01-02\"\n8.50,\n.0,\n-0.0,\n", typed),
      (Outcomes{Good(0, {eight, day}), Good(16, {eight, day}), Bad(35, "c0", "'8.50' is not an INTEGER", "8.50,"),
                Bad(41, "c0", "'.0' is not an INTEGER", ".0,"), Bad(45, "c0", "'-0.0' is not an INTEGER", "-0.0,")}));
}

TEST_P(ReaderRules, BlankLinesAndComments) {
  dialect_.comment = '#';
  EXPECT_EQ(Read("\n# \"x\na,b\n\r\n#\nc,#d\n"), (Outcomes{Good(6, {"a", "b"}), Good(14, {"c", "#d"})}));
  dialect_.skip_empty_lines = false;
  EXPECT_EQ(Read("a,b\n\n"), (Outcomes{Good(0, {"a", "b"}), Bad(4, "", "expected 2 fields, found 1", "")}));
  EXPECT_EQ(Read("a\n\nb\n", 1), (Outcomes{Good(0, {"a"}), Good(2, {kNull}), Good(3, {"b"})}));
}

TEST_P(ReaderRules, Trim) {
  dialect_.trim = true;
  EXPECT_EQ(Read("  a b , \" c \"  \n , d\n"), (Outcomes{Good(0, {"a b", " c "}), Good(16, {kNull, "d"})}));
}

TEST_P(ReaderRules, ValuesThatDoNotFitGoToQuarantineWhole) {
  const std::vector<Column> typed = Typed({TypeKind::kBigInt, TypeKind::kVarchar, TypeKind::kDate});
  const std::string seven("\x07\0\0\0\0\0\0\0", 8), day("\x01\0\0\0", 4);
  EXPECT_EQ(
      Read("7,a long text that is not inlined,1970-01-02\n1.7,b,x\n7,c,1970-01-02 10:00\n007,d,\n7,\"e\",\n", typed),
      (Outcomes{Good(0, {seven, "a long text that is not inlined", day}),
                Bad(45, "c0", "'1.7' is not a BIGINT", "1.7,b,x"),
                Bad(53, "c2", "'1970-01-02 10:00' is not a DATE", "7,c,1970-01-02 10:00"),
                Bad(74, "c0", "'007' is not a BIGINT", "007,d,"), Good(81, {seven, "e", kNull})}));
}

TEST_P(ReaderRules, TextMustBeUtf8WithoutNul) {
  EXPECT_EQ(Read("\xC3\xA9,ok\nx\xFFy,b\n"),
            (Outcomes{Good(0, {"\xC3\xA9", "ok"}),
                      Bad(6, "c0", "invalid UTF-8 at byte 1 of the field: 'x\\xffy'", "x\xFFy,b")}));
  EXPECT_EQ(Read(std::string("a,b\0c\n", 6)),
            (Outcomes{Bad(0, "c1", "a NUL byte at byte 1 of the field: 'b\\x00c'", std::string("a,b\0c", 5))}));
  for (const char* wrong : {"\xC0\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE2\x82", "\x80"}) {
    EXPECT_TRUE(Read(std::string(wrong) + ",b\n").front().bad) << wrong;
  }
}

TEST_P(ReaderRules, Latin1BecomesUtf8) {
  dialect_.encoding = Encoding::kCharset;
  dialect_.charset = "latin-1";
  dialect_.delimiter = "\xC2\xA7";  // The section sign, one byte in latin-1.
  EXPECT_EQ(Read("caf\xE9\xA7\"\xFC\"\nb\xA7\xE9\xE9\xE9\xE9\xE9\xE9\xE9\n"),
            (Outcomes{Good(0, {"caf\xC3\xA9", "\xC3\xBC"}),
                      Good(9, {"b", "\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9"})}));
  EXPECT_EQ(Read("\xE9\n"), (Outcomes{Bad(0, "", "expected 2 fields, found 1", "\xC3\xA9")}));
}

TEST_P(ReaderRules, CharsetsAreTranscodedFieldByField) {
  dialect_.encoding = Encoding::kCharset;
  dialect_.charset = "windows-1252";
  EXPECT_EQ(Read("a\x80,\"\x93\"\n\x81,b\n"),
            (Outcomes{Good(0, {"a\u20AC", "\u201C"}),
                      Bad(7, "c0", "invalid UTF-8 at byte 0 of the field: '\\x81'", "\x81,b")}));
  // The second byte of a character may be a backslash.
  dialect_.charset = "shift_jis";
  EXPECT_EQ(Read("\x83\x5C,\"\x93\x8C\"\n"), (Outcomes{Good(0, {"\u30BD", "\u6771"})}));
  dialect_.escape = '\\';
  EXPECT_NE(ByteDialect(dialect_).error().message.find("in shift_jis"), std::string::npos);
  dialect_.charset = "klingon";
  EXPECT_EQ(ByteDialect(dialect_).error().kind, ErrorKind::kInvalidArgument);
}

TEST_P(ReaderRules, Utf16ThatIsNone) {
  dialect_.encoding = Encoding::kUtf16Le;
  const std::string lone("a\0,\0\x00\xD8\n\0b\0,\0c\0\n\0d", 17);
  const Outcomes got = Read(lone);
  ASSERT_EQ(got.size(), 3U);
  EXPECT_TRUE(got[0].bad);
  EXPECT_EQ(got[1], Good(8, {"b", "c"}));
  EXPECT_TRUE(got[2].bad);
  EXPECT_EQ(got[2].offset, 16U);
}

TEST_P(ReaderRules, OversizedRecords) {
  how_.options.max_record_bytes = 20;
  how_.options.buffer_bytes = 8;
  how_.options.max_raw_bytes = 5;
  const std::string exactly = std::string(18, 'x') + ",y\n";
  const std::string longer = std::string(19, 'x') + ",y\n";
  const std::string huge = std::string(3000, 'x') + ",\"y\n";
  EXPECT_EQ(Read(exactly + longer + huge + "a,b\n"),
            (Outcomes{Good(0, {std::string(18, 'x'), "y"}), Bad(21, "", "longer than the limit of 20 bytes", "xxxxx"),
                      Bad(43, "", "longer than the limit of 20 bytes", "xxxxx"), Good(3047, {"a", "b"})}));
  // A quoted field that is not closed within the limit is none.
  EXPECT_EQ(Read("a,\"b\nc,dddddddddddddddddddddddd\"\ne,f\n").front(), Bad(0, "c1", "unterminated quote", "a,\"b"));
}

TEST_P(ReaderRules, RangesOwnTheRecordsThatStartInThem) {
  const std::string text = "a,b\n\nc,d\n# \ne,f\n";
  dialect_.comment = '#';
  how_.path = GetParam();
  const auto summary = [&](uint64_t start, uint64_t end) {
    return ReadText(dialect_, testing::TextColumns(2), text, start, end, how_).summary;
  };
  EXPECT_EQ(summary(0, 4).end_offset_bytes, 4U);  // The blank line is a line start.
  EXPECT_EQ(summary(0, 5).end_offset_bytes, 5U);
  EXPECT_EQ(summary(0, 6).end_offset_bytes, 9U);  // And so is the comment.
  EXPECT_EQ(summary(9, 10).end_offset_bytes, 12U);
  EXPECT_EQ(summary(9, 10).records, 0U);
  EXPECT_EQ(summary(12, 100).end_offset_bytes, text.size());
  EXPECT_EQ(summary(12, 100).first_offset_bytes, 12U);
  EXPECT_EQ(summary(5, 5).end_offset_bytes, 5U);
  EXPECT_EQ(summary(5, 5).records, 0U);
}

TEST_P(ReaderRules, WhatAppendingLeavesIsSetAside) {
  dialect_.header = "a,b";
  const std::string text =
      "x,y\na,b\n\xEF\xBB\xBF\"1,\",2\r\n\xEF\xBB\xBF"
      "a,b\r\na,bb\n\xEF\xBB\xBF\n3,4\n\x1A";
  how_.path = GetParam();
  const ReadAll all = ReadText(dialect_, testing::TextColumns(2), text, 0, text.size(), how_);
  EXPECT_EQ(all.outcomes,
            (Outcomes{Good(0, {"x", "y"}), Good(8, {"1,", "2"}), Good(27, {"a", "bb"}), Good(36, {"3", "4"})}));
  EXPECT_EQ(all.summary.repeated_headers, 2);
  EXPECT_EQ(all.summary.end_offset_bytes, text.size());
  // Ctrl-Z ends a text where it is the last byte; a record of one column may equal the header.
  EXPECT_EQ(Read("\x1A"
                 "1,2\n\x1A\n"),
            (Outcomes{Good(0, {"\x1A"
                               "1",
                               "2"}),
                      Bad(5, "", "expected 2 fields, found 1", "\x1A")}));
  dialect_.header = "a";
  EXPECT_EQ(Read("b\na\n", 1), (Outcomes{Good(0, {"b"}), Good(2, {"a"})}));
}

TEST_P(ReaderRules, ADelimiterMayEndRecords) {
  dialect_.trailing_delimiters = 1;
  EXPECT_EQ(
      Read("1,2,\n3,4\r\n5,,\r\n,\"6\",\n7,8,\"\"\n9,10,x\n11,\n12,13,"),
      (Outcomes{Good(0, {"1", "2"}), Good(5, {"3", "4"}), Good(10, {"5", kNull}), Good(15, {kNull, "6"}),
                Bad(21, "", "expected 2 fields, found 3", "7,8,\"\""),
                Bad(28, "", "expected 2 fields, found 3", "9,10,x"), Good(35, {"11", kNull}), Good(39, {"12", "13"})}));
  EXPECT_EQ(Read("a,\nb\n", 1), (Outcomes{Good(0, {"a"}), Good(3, {"b"})}));
}

TEST_P(ReaderRules, QuotesInsideMayBeLiteral) {
  dialect_.literal_quotes = true;
  EXPECT_EQ(Read("a \"b\" c,2\" x\n\"d,\",e\n\"f\"g,h\n"),
            (Outcomes{Good(0, {"a \"b\" c", "2\" x"}), Good(13, {"d,", "e"}),
                      Bad(20, "c0", "text after a closing quote", "\"f\"g,h")}));
}

TEST_P(ReaderRules, ErrorsStopTheReading) {
  const auto make = [&](ReadBytes read, std::function<Status(BadRecord)> on_bad) {
    return std::move(*MakeChunkReader(GetParam(), dialect_, testing::TextColumns(2),
                                      ReaderInput{0, 100, std::move(read), std::move(on_bad)}, {}));
  };
  testing::VectorMemory a({TypeKind::kVarchar}, 10), b({TypeKind::kVarchar}, 10);
  const std::vector<ColumnSink> sinks{a.Sink(), b.Sink()};
  auto reader =
      make([](std::span<std::byte>) -> Result<size_t> { return Err(ErrorKind::kUnavailable, "gone"); }, nullptr);
  EXPECT_EQ(reader->Fill(sinks, 10, nullptr).error().kind, ErrorKind::kUnavailable);
  const std::string text = "a\n";
  reader = make(testing::ReadFrom(text, 0), [](BadRecord) -> Status { return Err(ErrorKind::kBadData, "enough"); });
  EXPECT_EQ(reader->Fill(sinks, 10, nullptr).error().kind, ErrorKind::kBadData);
}

INSTANTIATE_TEST_SUITE_P(Paths, ReaderRules,
                         ::testing::Values(ReaderPath::kBest, ReaderPath::kPortable, ReaderPath::kGeneral));

TEST(Dialects, ImpossibleOnesAreRefused) {
  const auto refused = [](auto change) {
    Dialect d;
    change(d);
    const auto reader = ChunkReader::Make(d, testing::TextColumns(1), 0, 1, testing::ReadFrom("", 0), nullptr, {});
    return !reader.has_value() && reader.error().kind == ErrorKind::kInvalidArgument;
  };
  EXPECT_FALSE(refused([](Dialect&) {}));
  EXPECT_TRUE(refused([](Dialect& d) { d.delimiter = ""; }));
  EXPECT_TRUE(refused([](Dialect& d) { d.delimiter = "\""; }));
  EXPECT_TRUE(refused([](Dialect& d) { d.delimiter = "\n"; }));
  EXPECT_TRUE(refused([](Dialect& d) { d.quote = '\r'; }));
  EXPECT_TRUE(refused([](Dialect& d) { d.escape = ','; }));
  EXPECT_TRUE(refused([](Dialect& d) { d.comment = '"'; }));
  EXPECT_TRUE(refused([](Dialect& d) { d.newline = Newline::kCustom; }));
  EXPECT_TRUE(refused([](Dialect& d) {
    d.newline = Newline::kCustom;
    d.custom_newline = ",";
  }));
  EXPECT_TRUE(refused([](Dialect& d) {
    d.trim = true;
    d.delimiter = " ";
  }));
}

}  // namespace
}  // namespace calve::csv
