// The reader against itself: every tokeniser, buffer size and cut gives what one sequential reading by the record
// parser gives.
#include <gtest/gtest.h>

#include "csv/csv_test_util.h"

namespace calve::csv {
namespace {

using testing::Generator;
using testing::HowToRead;
using testing::Outcome;
using testing::ReadAll;
using testing::ReadText;

std::vector<Column> RandomColumns(Generator* random, size_t n) {
  std::vector<Column> columns = testing::TextColumns(n);
  for (Column& column : columns) {
    if (random->Chance(0.15))
      column.type = random->Pick({ColumnType{TypeKind::kDouble}, ColumnType{TypeKind::kBigInt}});
  }
  return columns;
}

std::string Show(const Dialect& dialect, const std::string& text) {
  return DialectToJson(dialect).dump() + "\n" + text;
}

TEST(ReaderProperty, EveryPathReadsTheSame) {
  for (uint64_t seed = 0; seed < 3000; ++seed) {
    Generator random(seed);
    const Dialect dialect = random.RandomDialect(/*odd=*/seed % 4 == 3);
    if (!ByteDialect(dialect)) continue;
    const size_t columns = 1 + random.Below(4);
    const std::vector<Column> schema = RandomColumns(&random, columns);
    const std::string text = random.Content(dialect, columns, 1 + random.Below(40), seed % 2 == 0 ? 0 : 0.15);
    HowToRead how;
    how.path = ReaderPath::kGeneral;
    how.capacity = 1000;
    how.options.max_record_bytes = random.Pick<uint64_t>({1000000, 100, 60});
    const ReadAll expected = ReadText(dialect, schema, text, 0, text.size(), how);
    ASSERT_EQ(expected.summary.end_offset_bytes, text.size()) << "seed " << seed;
    for (const ReaderPath path : {ReaderPath::kBest, ReaderPath::kPortable, ReaderPath::kGeneral}) {
      how.path = path;
      how.capacity = random.Pick<size_t>({1, 3, 64, 1000});
      how.step = random.Pick<size_t>({1, 7, SIZE_MAX});
      how.options.buffer_bytes = random.Pick<size_t>({1, 64, 100, 1 << 20});
      const ReadAll got = ReadText(dialect, schema, text, 0, text.size(), how);
      ASSERT_EQ(got.outcomes, expected.outcomes) << "seed " << seed << " path " << static_cast<int>(path) << "\n"
                                                 << Show(dialect, text);
      ASSERT_EQ(got.summary.end_offset_bytes, text.size()) << "seed " << seed;
    }
  }
}

TEST(ReaderProperty, ChunksCutAnywhereMakeTheSequentialReading) {
  for (uint64_t seed = 0; seed < 150; ++seed) {
    Generator random(seed + 10000);
    const Dialect dialect = random.RandomDialect(/*odd=*/seed % 4 == 3);
    if (!ByteDialect(dialect)) continue;
    const size_t columns = 1 + random.Below(4);
    const std::vector<Column> schema = RandomColumns(&random, columns);
    const std::string text = random.Content(dialect, columns, 1 + random.Below(12), seed % 2 == 0 ? 0 : 0.3);
    HowToRead how;
    const ReadAll expected = ReadText(dialect, schema, text, 0, text.size(), how);
    for (uint64_t cut = 1; cut < text.size(); ++cut) {
      how.path = random.Pick({ReaderPath::kBest, ReaderPath::kPortable, ReaderPath::kGeneral});
      const ReadAll first = ReadText(dialect, schema, text, 0, cut, how);
      ASSERT_GE(first.summary.end_offset_bytes, cut);
      const ReadAll second = ReadText(dialect, schema, text, first.summary.end_offset_bytes, text.size(), how);
      std::vector<Outcome> both = first.outcomes;
      both.insert(both.end(), second.outcomes.begin(), second.outcomes.end());
      ASSERT_EQ(both, expected.outcomes) << "seed " << seed << " cut " << cut << "\n" << Show(dialect, text);
      ASSERT_EQ(second.summary.end_offset_bytes, text.size());
      for (const Outcome& o : first.outcomes) ASSERT_LT(o.offset, cut);
    }
  }
}

// UTF-16 and latin-1 give the text that UTF-8 gives, and offsets that a chunk can start from.
TEST(ReaderProperty, OtherEncodingsReadTheSame) {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    Generator random(seed + 20000);
    Dialect dialect = random.RandomDialect(/*odd=*/false);
    const size_t columns = 1 + random.Below(3);
    const std::vector<Column> schema = testing::TextColumns(columns);
    const std::string text = random.Content(dialect, columns, 1 + random.Below(12), 0);
    const ReadAll expected = ReadText(dialect, schema, text, 0, text.size());
    const bool big = seed % 2 == 0;
    dialect.encoding = big ? Encoding::kUtf16Be : Encoding::kUtf16Le;
    std::string wide;
    for (size_t i = 0; i < text.size();) {
      const auto lead = static_cast<unsigned char>(text[i]);
      const size_t n = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
      char32_t c = n == 1 ? lead : lead & (0xFFU >> (n + 1));
      for (size_t k = 1; k < n; ++k) c = (c << 6U) | (static_cast<unsigned char>(text[i + k]) & 0x3FU);
      i += n;
      const auto unit = [&](char32_t u) {
        const char high = static_cast<char>(u >> 8U), low = static_cast<char>(u & 0xFF);
        wide += big ? high : low;
        wide += big ? low : high;
      };
      if (c < 0x10000) {
        unit(c);
      } else {
        unit(0xD800 + ((c - 0x10000) >> 10U));
        unit(0xDC00 + ((c - 0x10000) & 0x3FF));
      }
    }
    HowToRead how;
    how.step = random.Pick<size_t>({1, 3, SIZE_MAX});
    how.options.buffer_bytes = random.Pick<size_t>({1, 2, 7, 1000});
    const ReadAll got = ReadText(dialect, schema, wide, 0, wide.size(), how);
    ASSERT_EQ(got.outcomes.size(), expected.outcomes.size()) << "seed " << seed;
    for (size_t i = 0; i < got.outcomes.size(); ++i) ASSERT_EQ(got.outcomes[i].values, expected.outcomes[i].values);
    ASSERT_EQ(got.summary.end_offset_bytes, wide.size());
    for (uint64_t cut = 1; cut < wide.size(); cut += 1 + random.Below(5)) {
      const ReadAll first = ReadText(dialect, schema, wide, 0, cut, how);
      const ReadAll second = ReadText(dialect, schema, wide, first.summary.end_offset_bytes, wide.size(), how);
      std::vector<Outcome> both = first.outcomes;
      both.insert(both.end(), second.outcomes.begin(), second.outcomes.end());
      ASSERT_EQ(both, got.outcomes) << "seed " << seed << " cut " << cut;
    }
  }
}

}  // namespace
}  // namespace calve::csv
