// Any bytes under any dialect: no tokeniser, buffer size or cut may change what a sequential reading by the record
// parser gives, scanning finds its line starts, speculation stays in its bounds. The first bytes choose dialect,
// columns and cut.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "csv/boundaries.h"
#include "csv/decode.h"
#include "csv/reader_internal.h"

namespace calve::csv {
namespace {

constexpr size_t kCapacity = 32;

void Check(bool holds) {
  if (!holds) std::abort();
}

struct Choices {
  const uint8_t* bytes;
  template <typename T>
  T Pick(size_t byte, std::initializer_list<T> of) const {
    return of.begin()[bytes[byte] % of.size()];
  }
};
constexpr size_t kChoiceBytes = 12;

Dialect ChooseDialect(const Choices& choices) {
  Dialect d;
  d.delimiter = choices.Pick<std::string>(0, {",", ",", ";", "\t", "||", "ab", "\xC2\xA7"});
  d.quote = choices.Pick<char>(1, {'"', '"', '\'', '\0'});
  d.escape = choices.Pick<char>(2, {d.quote, d.quote, '\\', '\0'});
  d.newline = choices.Pick<Newline>(3, {Newline::kAny, Newline::kLf, Newline::kCrLf, Newline::kCr, Newline::kCustom});
  d.custom_newline = choices.Pick<std::string>(4, {"\x1e", "@\n", "\r\r\n"});
  d.encoding = choices.Pick<Encoding>(
      5, {Encoding::kUtf8, Encoding::kUtf8, Encoding::kCharset, Encoding::kUtf16Le, Encoding::kUtf16Be});
  if (d.encoding == Encoding::kCharset) d.charset = choices.Pick<std::string>(4, {"latin-1", "windows-1252", "gbk"});
  const uint8_t flags = choices.bytes[6];
  d.comment = (flags & 1) != 0 ? '#' : '\0';
  d.trim = (flags & 2) != 0;
  d.quoted_null = (flags & 4) != 0;
  d.ragged = (flags & 8) != 0 ? Ragged::kPadNull : Ragged::kBad;
  d.skip_empty_lines = (flags & 16) == 0;
  if ((flags & 32) != 0) d.null_strings = {"NA", "7", ""};
  return d;
}

std::vector<Column> ChooseColumns(const Choices& choices) {
  std::vector<Column> columns(1 + choices.bytes[7] % 4);
  for (size_t i = 0; i < columns.size(); ++i) {
    columns[i].name = std::string(1, static_cast<char>('a' + i));
    columns[i].type.kind = static_cast<TypeKind>((choices.bytes[8] >> i) % 11);
    if (columns[i].type.kind == TypeKind::kDecimal) columns[i].type = {TypeKind::kDecimal, 9, 2};
  }
  return columns;
}

struct Reading {
  std::string log;  // What came out, in the order of the offsets.
  ReadSummary summary;
};

void Append(std::string* log, std::string_view part) {
  *log += std::to_string(part.size()) + ':';
  *log += part;
}

Reading Read(ReaderPath path, const Dialect& dialect, const std::vector<Column>& columns, std::string_view text,
             uint64_t start, uint64_t end, const ReaderOptions& options) {
  Reading reading;
  std::vector<std::pair<uint64_t, std::string>> found;
  ReaderInput input;
  input.start_bytes = start;
  input.range_end_bytes = end;
  input.read = [text, pos = static_cast<size_t>(start)](std::span<std::byte> to) mutable -> Result<size_t> {
    const size_t n = std::min(to.size(), text.size() - pos);
    std::memcpy(to.data(), text.data() + pos, n);
    pos += n;
    return n;
  };
  input.on_bad = [&found](BadRecord bad) -> Status {
    std::string line = "bad";
    for (const std::string& part : {bad.column, bad.reason, bad.raw}) Append(&line, part);
    found.emplace_back(bad.offset_bytes, line);
    return {};
  };
  auto reader = MakeChunkReader(path, dialect, columns, std::move(input), options);
  Check(reader.has_value());
  std::vector<std::vector<char>> data(columns.size(), std::vector<char>(16 * kCapacity + 16));
  std::vector<uint64_t> validity(columns.size());
  std::vector<std::vector<std::string>> longs(columns.size(), std::vector<std::string>(kCapacity));
  std::vector<ColumnSink> sinks;
  for (size_t c = 0; c < columns.size(); ++c) {
    sinks.push_back(
        ColumnSink{data[c].data(), &validity[c], &longs[c], [](void* context, size_t i, const char* p, size_t n) {
                     (*static_cast<std::vector<std::string>*>(context))[i].assign(p, n);
                   }});
  }
  std::vector<uint64_t> offsets(kCapacity);
  while (true) {
    for (auto& column : longs) column.assign(kCapacity, "");
    const Result<size_t> count = (*reader)->Fill(sinks, kCapacity, offsets.data());
    Check(count.has_value());
    if (*count == 0) break;
    for (size_t i = 0; i < *count; ++i) {
      std::string line = "good";
      for (size_t c = 0; c < columns.size(); ++c) {
        const size_t width = PhysicalSize(columns[c].type);
        const bool valid = ((validity[c] >> i) & 1U) != 0;
        if (!valid) {
          line += "null";
        } else if (!longs[c][i].empty()) {
          Append(&line, longs[c][i]);
        } else {
          Append(&line, {data[c].data() + i * width, width});
        }
      }
      found.emplace_back(offsets[i], line);
    }
  }
  reading.summary = (*reader)->summary();
  Check(reading.summary.records == found.size());
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  for (const auto& [offset, line] : found) {
    Check(offset >= start && offset < end);
    Append(&reading.log, std::to_string(offset) + line);
  }
  return reading;
}

void Run(const uint8_t* bytes, size_t size) {
  if (size < kChoiceBytes) return;
  const Choices choices{bytes};
  const Dialect dialect = ChooseDialect(choices);
  if (!ByteDialect(dialect)) return;
  const std::vector<Column> columns = ChooseColumns(choices);
  const std::string_view text(reinterpret_cast<const char*>(bytes) + kChoiceBytes, size - kChoiceBytes);
  if (text.empty()) return;
  ReaderOptions options;
  options.max_record_bytes = choices.Pick<uint64_t>(9, {1 << 20, 100, 17});
  const Reading expected = Read(ReaderPath::kGeneral, dialect, columns, text, 0, text.size(), options);
  Check(expected.summary.end_offset_bytes == text.size());
  options.buffer_bytes = 1 + bytes[10];
  const uint64_t cut = bytes[11] * text.size() / 256;
  for (const ReaderPath path : {ReaderPath::kBest, ReaderPath::kPortable, ReaderPath::kGeneral}) {
    const Reading first = Read(path, dialect, columns, text, 0, cut, options);
    const Reading second = Read(path, dialect, columns, text, first.summary.end_offset_bytes, text.size(), options);
    Check(first.log + second.log == expected.log);
    Check(second.summary.end_offset_bytes == text.size());
    if (path != ReaderPath::kBest) continue;
    const OpenAt open = [text](uint64_t offset) -> Result<ReadBytes> {
      return [text, pos = static_cast<size_t>(offset)](std::span<std::byte> to) mutable -> Result<size_t> {
        const size_t n = std::min(to.size(), text.size() - pos);
        std::memcpy(to.data(), text.data() + pos, n);
        pos += n;
        return n;
      };
    };
    const std::vector<uint64_t> cuts{cut / 2, cut, cut + (text.size() - cut) / 2};
    const auto lines = ScanLineStarts(dialect, cuts, text.size(), open, 1, options.max_record_bytes);
    Check(lines.has_value() && (*lines)[1] == (cut == 0 ? 0 : first.summary.end_offset_bytes));
    const uint64_t from = cut - std::min<uint64_t>(cut, 16);
    const auto guess = SpeculateFirstLine(dialect, columns, text.substr(from), from, cut, true);
    Check(!guess || (*guess >= cut && *guess <= text.size()));
  }
}

}  // namespace
}  // namespace calve::csv

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  calve::csv::Run(data, size);
  return 0;
}
