#include "csv/boundaries.h"

#include <gtest/gtest.h>

#include <atomic>

#include "csv/csv_test_util.h"

namespace calve::csv {
namespace {

using testing::Generator;
using testing::HowToRead;
using testing::ReadText;

OpenAt OpenText(const std::string& text) {
  return [&text](uint64_t offset) -> Result<ReadBytes> { return testing::ReadFrom(text, offset); };
}

// Where a chunk that ends at `cut` ends: what a sequential reading says the first line start at or behind it is.
uint64_t SequentialLineStart(const Dialect& dialect, const std::string& text, uint64_t cut, uint64_t max_record,
                             uint64_t from = 0) {
  HowToRead how;
  how.path = ReaderPath::kGeneral;
  how.capacity = 8;
  how.options.max_record_bytes = max_record;
  how.options.buffer_bytes = 256;
  return ReadText(dialect, testing::TextColumns(1), text, from, cut, how).summary.end_offset_bytes;
}

constexpr uint64_t kLimit = 1U << 20U;  // No record of these tests is as long.

TEST(ScanLineStarts, EqualsSequentialReadingForRandomContents) {
  for (uint64_t seed = 0; seed < 600; ++seed) {
    Generator random(seed + 500);
    const Dialect dialect = random.RandomDialect(/*odd=*/seed % 8 == 7);
    if (!ByteDialect(dialect)) continue;
    const std::string text =
        random.Content(dialect, 1 + random.Below(4), 1 + random.Below(60), seed % 3 == 0 ? 0.0 : 0.1);
    const auto max_record = random.Pick<uint64_t>({1000000, 200, 70});
    std::vector<uint64_t> cuts;
    const size_t mean_step = random.Pick<size_t>({1, 3, 70, 200});
    for (uint64_t cut = random.Below(3); cut <= text.size() + 2; cut += 1 + random.Below(mean_step))
      cuts.push_back(cut);
    const auto got =
        ScanLineStarts(dialect, cuts, text.size(), OpenText(text), static_cast<int>(1 + seed % 3), max_record);
    ASSERT_TRUE(got.has_value()) << got.error().message;
    ASSERT_EQ(got->size(), cuts.size());
    uint64_t line = 0;
    for (size_t i = 0; i < cuts.size(); ++i) {
      line = cuts[i] >= text.size() ? text.size() : SequentialLineStart(dialect, text, cuts[i], max_record, line);
      ASSERT_EQ((*got)[i], line) << "seed " << seed << " cut " << cuts[i] << "\n"
                                 << DialectToJson(dialect).dump() << "\n"
                                 << text;
    }
  }
}

TEST(ScanLineStarts, ARecordAcrossSeveralCutsIsOneAnswer) {
  const std::string text = "a,\"1\n2\n3\n4\n5\n6\"\nb,c\n";
  const std::vector<uint64_t> cuts{0, 4, 6, 8, 10, 15, 16, 17};
  const auto got = ScanLineStarts(Dialect{}, cuts, text.size(), OpenText(text), 2, kLimit);
  ASSERT_TRUE(got.has_value());
  EXPECT_EQ(*got, (std::vector<uint64_t>{0, 16, 16, 16, 16, 16, 16, 20}));
}

TEST(ScanLineStarts, AnOpenQuoteLosesOnlyItsLine) {
  std::string text = "1,\"open\n";
  for (int i = 0; i < 1000; ++i) text += "2,\"\"\n3,x\n";
  std::vector<uint64_t> cuts;
  for (uint64_t cut = 0; cut < text.size(); cut += 500) cuts.push_back(cut);
  const auto got = ScanLineStarts(Dialect{}, cuts, text.size(), OpenText(text), 2, kLimit);
  ASSERT_TRUE(got.has_value());
  for (size_t i = 1; i < cuts.size(); ++i) {
    EXPECT_LT((*got)[i] - cuts[i], 6U);
    EXPECT_EQ(text[(*got)[i] - 1], '\n');
  }
}

TEST(ScanLineStarts, RefusesCutsThatDoNotAscendAndSourcesThatShrink) {
  const std::string text = "a\nb\n";
  EXPECT_EQ(ScanLineStarts(Dialect{}, std::vector<uint64_t>{2, 0}, 4, OpenText(text), 1, kLimit).error().kind,
            ErrorKind::kInvalidArgument);
  Dialect dialect;
  dialect.data_offset_bytes = 2;
  EXPECT_EQ(ScanLineStarts(dialect, std::vector<uint64_t>{0}, 4, OpenText(text), 1, kLimit).error().kind,
            ErrorKind::kInvalidArgument);
  EXPECT_EQ(ScanLineStarts(Dialect{}, std::vector<uint64_t>{2, 90}, 100, OpenText(text), 2, kLimit).error().kind,
            ErrorKind::kConflict);
  const OpenAt broken = [](uint64_t) -> Result<ReadBytes> { return Err(ErrorKind::kUnavailable, "gone"); };
  EXPECT_EQ(ScanLineStarts(Dialect{}, std::vector<uint64_t>{2}, 4, broken, 2, kLimit).error().kind,
            ErrorKind::kUnavailable);
}

std::optional<uint64_t> Speculate(const Dialect& dialect, const std::vector<Column>& columns, const std::string& text,
                                  uint64_t start, size_t before = 16, size_t window = 1 << 20) {
  const uint64_t from = start < before ? 0 : start - before;
  const std::string_view bytes = std::string_view(text).substr(from, window);
  return SpeculateFirstLine(dialect, columns, bytes, from, start, from + bytes.size() == text.size());
}

TEST(SpeculateFirstLine, LineStartsAreFoundWhereTheyAre) {
  const std::string text = "1,a\r\n2,b\r\n3,c\r\n";
  std::vector<Column> columns = testing::TextColumns(2);
  columns[0].type = {TypeKind::kInteger};
  for (const Newline newline : {Newline::kAny, Newline::kCrLf}) {
    Dialect dialect;
    dialect.newline = newline;
    for (uint64_t start = 0; start <= text.size(); ++start) {
      EXPECT_EQ(Speculate(dialect, columns, text, start), (start + 4) / 5 * 5) << start;
    }
  }
}

TEST(SpeculateFirstLine, InsideAQuotedFieldFullOfLines) {
  std::vector<Column> columns = testing::TextColumns(3);
  columns[0].type = {TypeKind::kInteger};
  std::string text;
  std::vector<uint64_t> lines;
  for (int i = 0; i < 50; ++i) {
    lines.push_back(text.size());
    text += std::to_string(i) + ",\"first, \"\"second\"\"\nthird\nfourth, fifth\n\",end\n";
  }
  lines.push_back(text.size());
  for (uint64_t start = 0; start <= lines[45]; ++start) {
    EXPECT_EQ(Speculate(Dialect{}, columns, text, start), *std::lower_bound(lines.begin(), lines.end(), start))
        << start;
  }
}

TEST(SpeculateFirstLine, TypesDecideWhereTheShapesAreAlike) {
  // Quotes taken the other way round make records of two fields as well, `u` in front; only the numbers tell.
  std::vector<Column> columns = testing::TextColumns(2);
  columns[0].type = {TypeKind::kInteger};
  std::string text;
  std::vector<uint64_t> lines;
  for (int i = 0; i < 300; ++i) {
    lines.push_back(text.size());
    text += std::to_string(i) + ",\"\nu,\"\n";
  }
  lines.push_back(text.size());
  for (uint64_t start = 0; start <= lines[50]; ++start) {
    EXPECT_EQ(Speculate(Dialect{}, columns, text, start, 4), *std::lower_bound(lines.begin(), lines.end(), start))
        << start;
  }
}

TEST(SpeculateFirstLine, NoGuessWhereTheWindowShowsNoLine) {
  std::vector<Column> columns = testing::TextColumns(3);
  columns[0].type = {TypeKind::kInteger};
  std::string text = "1,\"";
  for (int i = 0; i < 5000; ++i) text += "a line of a long text\n";
  text += "\",x\n2,b,c\n";
  EXPECT_EQ(Speculate(Dialect{}, columns, text, 10000, 16, 4096), std::nullopt);
  EXPECT_EQ(Speculate(Dialect{}, columns, text, 10000), text.size() - 6);
  EXPECT_EQ(Speculate(Dialect{}, columns, text, text.size()), text.size());
  const std::string wide(100000, 'x');
  EXPECT_EQ(Speculate(Dialect{}, columns, wide, 10, 4, 1000), std::nullopt);
}

TEST(SpeculateFirstLine, InTheMiddleOfLongDelimitersAndEscapes) {
  Dialect dialect;
  dialect.delimiter = "::";
  dialect.newline = Newline::kCustom;
  dialect.custom_newline = "@@\n";
  std::vector<Column> columns = testing::TextColumns(3);
  columns[1].type = {TypeKind::kInteger};
  std::string text;
  std::vector<uint64_t> lines;
  for (int i = 0; i < 20; ++i) {
    lines.push_back(text.size());
    text += "ab::12::\"x@@\ny\"@@\n";
  }
  lines.push_back(text.size());
  for (uint64_t start = 0; start <= text.size(); ++start) {
    EXPECT_EQ(Speculate(dialect, columns, text, start), *std::lower_bound(lines.begin(), lines.end(), start)) << start;
  }
  dialect = Dialect{};
  dialect.escape = '\\';
  text.clear();
  lines.clear();
  for (int i = 0; i < 20; ++i) {
    lines.push_back(text.size());
    text += "a\\\nb,12,\"x\\\",\n\\\\\"\n";
  }
  lines.push_back(text.size());
  for (uint64_t start = 0; start <= text.size(); ++start) {
    EXPECT_EQ(Speculate(dialect, columns, text, start), *std::lower_bound(lines.begin(), lines.end(), start)) << start;
  }
}

// Guesses may be wrong, but not often on well-formed contents with a type or two; and never before the range's start.
TEST(SpeculateFirstLine, MostlyRightOnRandomContents) {
  size_t right = 0;
  size_t asked = 0;
  for (uint64_t seed = 0; seed < 120; ++seed) {
    Generator random(seed + 9000);
    const Dialect dialect = random.RandomDialect(/*odd=*/seed % 4 == 3);
    if (!ByteDialect(dialect)) continue;
    const size_t width = 2 + random.Below(4);
    std::vector<Column> columns = testing::TextColumns(width);
    const std::string text = random.Content(dialect, width, 60, seed % 2 == 0 ? 0.0 : 0.02);
    for (uint64_t start = 1; start <= text.size(); start += 1 + random.Below(40)) {
      const auto got = Speculate(dialect, columns, text, start);
      ++asked;
      if (!got) continue;
      ASSERT_GE(*got, start);
      ASSERT_LE(*got, text.size());
      if (*got == SequentialLineStart(dialect, text, start, 1 << 20)) ++right;
    }
  }
  EXPECT_GT(asked, 3000U);
  EXPECT_GT(static_cast<double>(right), 0.93 * static_cast<double>(asked)) << right << " of " << asked;
}

TEST(SpeculateFirstLine, Utf16) {
  for (const bool big : {false, true}) {
    Dialect dialect;
    dialect.encoding = big ? Encoding::kUtf16Be : Encoding::kUtf16Le;
    dialect.data_offset_bytes = 2;
    std::string text = "xx";
    std::vector<uint64_t> lines;
    for (int i = 0; i < 30; ++i) {
      lines.push_back(text.size());
      for (const char16_t c : std::u16string(u"1,\"a\n\U0001F30D\",c\n")) {
        const char high = static_cast<char>(c >> 8U), low = static_cast<char>(c & 0xFF);
        text += big ? high : low;
        text += big ? low : high;
      }
    }
    lines.push_back(text.size());
    for (uint64_t start = 2; start <= text.size(); ++start) {
      EXPECT_EQ(Speculate(dialect, testing::TextColumns(3), text, start, 7),
                *std::lower_bound(lines.begin(), lines.end(), start))
          << start;
    }
  }
}

}  // namespace
}  // namespace calve::csv
