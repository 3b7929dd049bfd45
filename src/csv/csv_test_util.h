// What the tests of this folder share: reading text into plain values, and random dialects with contents to match.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "csv/decode.h"
#include "csv/reader.h"
#include "csv/reader_internal.h"

namespace calve::csv::testing {

/// Yields `text` from `offset` on, in random small steps when `step` is 0.
inline ReadBytes ReadFrom(std::string_view text, uint64_t offset, size_t step = SIZE_MAX) {
  return [text, pos = static_cast<size_t>(offset), step](std::span<std::byte> to) mutable -> Result<size_t> {
    const size_t n = pos >= text.size() ? 0 : std::min({to.size(), text.size() - pos, step});
    if (n > 0) std::memcpy(to.data(), text.data() + pos, n);
    pos += n;
    return n;
  };
}

/// One vector's memory.
struct VectorMemory {
  VectorMemory(const ColumnType& column_type, size_t capacity)
      : type(column_type),
        bytes((PhysicalSize(column_type) * capacity + 15) / 16 * 16 + 16),
        validity(capacity / 64 + 1),
        longs(capacity) {}
  ColumnType type;
  std::vector<char> bytes;
  std::vector<uint64_t> validity;
  std::vector<std::string> longs;

  ColumnSink Sink() {
    return ColumnSink{bytes.data(), validity.data(), this, [](void* context, size_t index, const char* p, size_t n) {
                        auto* self = static_cast<VectorMemory*>(context);
                        self->longs[index].assign(p, n);
                        const auto length = static_cast<uint32_t>(n);
                        std::memcpy(self->bytes.data() + 16 * index, &length, sizeof(length));
                      }};
  }
  bool Null(size_t i) const { return ((validity[i / 64] >> (i % 64)) & 1U) == 0; }
  /// The value's bytes: text for VARCHAR, the physical form else. Null: "\0null".
  std::string Value(size_t i) const {
    if (Null(i)) return std::string("\0null", 5);
    const size_t width = PhysicalSize(type);
    if (type.kind != TypeKind::kVarchar) return {bytes.data() + i * width, width};
    uint32_t length = 0;
    std::memcpy(&length, bytes.data() + 16 * i, sizeof(length));
    return length > 12 ? longs[i] : std::string(bytes.data() + 16 * i + 4, length);
  }
  template <typename T>
  T As(size_t i) const {
    T value;
    std::memcpy(&value, bytes.data() + i * sizeof(T), sizeof(T));
    return value;
  }
};

/// A record or a bad record, comparable.
struct Outcome {
  uint64_t offset = 0;
  bool bad = false;
  std::vector<std::string> values;  ///< Of a bad one: column, reason, raw.
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

inline std::ostream& operator<<(std::ostream& out, const Outcome& o) {
  out << "@" << o.offset << (o.bad ? " BAD" : "") << " [";
  for (const std::string& v : o.values) out << "'" << v << "' ";
  return out << "]";
}

struct ReadAll {
  std::vector<Outcome> outcomes;  ///< By offset.
  ReadSummary summary;
};

struct HowToRead {
  ReaderPath path = ReaderPath::kBest;
  size_t capacity = 100;
  size_t step = SIZE_MAX;
  ReaderOptions options;
};

/// Reads [start, range_end) of `text`.
inline ReadAll ReadText(const Dialect& dialect, const std::vector<Column>& columns, std::string_view text,
                        uint64_t start, uint64_t range_end, const HowToRead& how = {}) {
  ReadAll all;
  uint64_t expected_number = 0;
  std::vector<uint64_t> bad_numbers;
  auto on_bad = [&](BadRecord bad) -> Status {
    bad_numbers.push_back(bad.record_number);
    all.outcomes.push_back(Outcome{bad.offset_bytes, true, {bad.column, bad.reason, bad.raw}});
    return {};
  };
  auto reader = MakeChunkReader(how.path, dialect, columns,
                                ReaderInput{start, range_end, ReadFrom(text, start, how.step), on_bad}, how.options);
  EXPECT_TRUE(reader.has_value()) << reader.error().message;
  if (!reader) return all;
  std::vector<VectorMemory> memory;
  std::vector<ColumnSink> sinks;
  for (const Column& column : columns) memory.emplace_back(column.type, how.capacity);
  for (VectorMemory& m : memory) sinks.push_back(m.Sink());
  std::vector<uint64_t> offsets(how.capacity);
  while (true) {
    const auto count = (*reader)->Fill(sinks, how.capacity, offsets.data());
    EXPECT_TRUE(count.has_value()) << count.error().message;
    if (!count || *count == 0) break;
    for (size_t i = 0; i < *count; ++i) {
      Outcome outcome{offsets[i], false, {}};
      for (const VectorMemory& m : memory) outcome.values.push_back(m.Value(i));
      all.outcomes.push_back(std::move(outcome));
    }
  }
  all.summary = (*reader)->summary();
  std::stable_sort(all.outcomes.begin(), all.outcomes.end(),
                   [](const Outcome& a, const Outcome& b) { return a.offset < b.offset; });
  EXPECT_EQ(all.summary.records, all.outcomes.size());
  EXPECT_EQ(all.summary.bad, bad_numbers.size());
  // Record numbers are the places in the order of the offsets.
  std::vector<uint64_t> expected_numbers;
  for (const Outcome& o : all.outcomes) {
    if (o.bad) expected_numbers.push_back(expected_number);
    ++expected_number;
  }
  EXPECT_EQ(bad_numbers, expected_numbers);
  return all;
}

inline std::vector<Column> TextColumns(size_t n) {
  std::vector<Column> columns(n);
  for (size_t i = 0; i < n; ++i) columns[i].name = columns[i].source_name = "c" + std::to_string(i);
  return columns;
}

/// Random dialects and contents, well-formed or polluted; repeatable.
class Generator {
 public:
  explicit Generator(uint64_t seed) : rng_(seed) {}

  size_t Below(size_t n) { return std::uniform_int_distribution<size_t>(0, n - 1)(rng_); }
  bool Chance(double p) { return std::uniform_real_distribution<double>(0, 1)(rng_) < p; }
  template <typename T>
  T Pick(std::initializer_list<T> of) {
    return of.begin()[Below(of.size())];
  }

  /// One that the tokenisers know, or (`odd`) any.
  Dialect RandomDialect(bool odd) {
    Dialect d;
    d.delimiter = Pick<std::string>({",", ";", "\t", "|", ","});
    d.quote = Pick({'"', '"', '"', '\'', '\0'});
    d.escape = Pick({d.quote, d.quote, d.quote, '\\', '\0'});
    d.newline = Pick({Newline::kLf, Newline::kCrLf, Newline::kAny, Newline::kAny, Newline::kCr});
    d.ragged = Chance(0.2) ? Ragged::kPadNull : Ragged::kBad;
    d.trim = Chance(0.15);
    d.comment = Chance(0.15) ? '#' : '\0';
    d.skip_empty_lines = Chance(0.8);
    d.quoted_null = Chance(0.2);
    if (Chance(0.15)) d.trailing_delimiters = Pick<uint32_t>({1, 1, 2});
    d.literal_quotes = Chance(0.15);
    if (Chance(0.2)) d.null_strings = {"NA", "", "null value that is long"};
    if (odd && Chance(0.5)) d.delimiter = Pick<std::string>({"||", "::", "\xC2\xA7", "ab"});
    if (odd && Chance(0.3)) {
      d.newline = Newline::kCustom;
      d.custom_newline = Pick<std::string>({"\x1e", "\r\n--\r\n", "@@", ";\n"});
      if (d.custom_newline.find(d.delimiter) == 0) d.custom_newline = "\x1e";
    }
    if (Chance(0.2)) d.header = "x" + d.delimiter + "z";
    return d;
  }

  std::string NewlineText(const Dialect& d) {
    switch (d.newline) {
      case Newline::kLf:
        return "\n";
      case Newline::kCr:
        return "\r";
      case Newline::kCrLf:
        return "\r\n";
      case Newline::kAny:
        return Pick<std::string>({"\n", "\n", "\r\n", "\r\n", "\r"});
      case Newline::kCustom:
        return d.custom_newline;
    }
    return "\n";
  }

  std::string RandomText(const Dialect& d) {
    std::string text;
    const size_t length = Pick<size_t>({0, 0, 1, 2, 3, 5, 8, 13, 40});
    while (text.size() < length) {
      text += Pick<std::string>({"a", "b", "7", "1.5", " ", "x", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x8C\x8D",
                                 d.delimiter, "\n", "\r", "\r\n", "\"", "'", "#", "z", "NA"});
    }
    return text;
  }

  /// A field as a writer of the dialect would write `text`; nullopt-like empty text when it cannot.
  std::string Quoted(const Dialect& d, const std::string& text) {
    std::string out(1, d.quote);
    for (const char c : text) {
      if (c == d.quote || (d.escape != d.quote && d.escape != '\0' && c == d.escape)) out += d.escape;
      out += c;
    }
    return out + d.quote;
  }

  bool NeedsQuotes(const Dialect& d, const std::string& text) {
    if (text.find(d.delimiter) != std::string::npos || text.find_first_of("\r\n\x1e@;#ab") != std::string::npos)
      return true;
    if (d.quote != '\0' && text.find(d.quote) != std::string::npos) return true;
    if (d.escape != '\0' && text.find(d.escape) != std::string::npos) return true;
    return d.trim && !text.empty() && (text.front() == ' ' || text.back() == ' ');
  }

  /// A field, well-formed.
  std::string Field(const Dialect& d) {
    std::string text = RandomText(d);
    const bool must = NeedsQuotes(d, text);
    if (d.quote == '\0') return must ? "7" : text;
    if (d.escape == '\0') std::erase(text, d.quote);
    return must || Chance(0.3) ? Quoted(d, text) : text;
  }

  /// Lines of `columns` fields; with `pollution`, that share of them is not what it should be.
  std::string Content(const Dialect& d, size_t columns, size_t lines, double pollution) {
    std::string out;
    for (size_t i = 0; i < lines; ++i) {
      if (Chance(0.03)) out += NewlineText(d);
      if (d.comment != '\0' && Chance(0.1)) out += "# a comment, \"quoted" + NewlineText(d);
      if (Chance(0.02)) out += "\xEF\xBB\xBF";
      if (!d.header.empty() && Chance(0.1)) out += d.header + NewlineText(d);
      std::string line;
      for (size_t c = 0; c < columns; ++c) {
        if (c > 0) line += d.delimiter;
        line += Field(d);
      }
      for (uint32_t k = 0; k < d.trailing_delimiters && Chance(0.8); ++k) line += d.delimiter;
      if (Chance(pollution)) line = Polluted(d, line);
      if (columns == 1 && line.empty()) line = "7";
      out += line;
      if (i + 1 < lines || Chance(0.7)) out += NewlineText(d);
    }
    if (Chance(0.05)) out += '\x1A';
    return out;
  }

  std::string Polluted(const Dialect& d, std::string line) {
    const size_t at = Below(line.size() + 1);
    const std::string quote(d.quote == '\0' ? "" : std::string(1, d.quote));
    switch (Below(7)) {
      case 0:
        return line.insert(at, quote);
      case 1:
        return line.insert(at, d.delimiter);
      case 2:
        return line.substr(0, at);
      case 3:
        return line + d.delimiter + "extra";
      case 4:
        return line.insert(at, Pick<std::string>({"\r", "\n", "\\", "\xFF", std::string(1, '\0')}));
      case 5:
        return line.insert(at, quote + "x" + quote);
      default:
        return quote + line;
    }
  }

 private:
  std::mt19937_64 rng_;
};

}  // namespace calve::csv::testing
