// Any bytes as a source's samples, under any of a person's settings: an answer is one that its reader can work with
// and the same again, a refusal is about the data or the settings. The first bytes choose settings and samples
// ("@@@@@@@@": none, the whole).
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "csv/decode.h"
#include "csv/reader_internal.h"
#include "csv/sniff.h"

namespace calve::csv {
namespace {

constexpr size_t kChoiceBytes = 8;
constexpr size_t kCapacity = 64;

void Check(bool holds) {
  if (!holds) std::abort();
}

SniffOverrides ChooseOverrides(const uint8_t* bytes) {
  SniffOverrides o;
  const auto on = [&](size_t byte, unsigned bit) { return ((bytes[byte] >> bit) & 1U) != 0; };
  if (on(0, 0) && on(0, 1)) o.delimiter = on(0, 2) ? ";" : (on(0, 3) ? "\t" : "||");
  if (on(0, 4) && on(0, 5)) o.quote = on(0, 6) ? '\'' : '\0';
  if (on(0, 7)) o.header = on(1, 0);
  if (on(1, 1) && on(1, 2)) o.header_rows = bytes[2] % 4;
  if (on(1, 3) && on(1, 4)) o.skip_lines = bytes[2] % 3;
  if (on(1, 5)) o.ragged = on(1, 6) ? Ragged::kPadNull : Ragged::kBad;
  o.trim = on(1, 7) && on(2, 7);
  o.all_varchar = on(3, 0) && on(3, 1);
  if (on(3, 2) && on(3, 3)) o.literal_quotes = on(3, 4);
  if (on(3, 5) && on(3, 6)) o.newline = on(3, 7) ? Newline::kLf : Newline::kCrLf;
  return o;
}

/// Reads all that the answer says and counts its records; a bad one is no error.
void CheckReads(const SniffResult& found, std::string_view text) {
  ReaderInput input;
  input.start_bytes = found.dialect.data_offset_bytes;
  input.range_end_bytes = text.size();
  input.read = [text, at = static_cast<size_t>(found.dialect.data_offset_bytes)](
                   std::span<std::byte> to) mutable -> Result<size_t> {
    const size_t n = std::min(to.size(), text.size() - at);
    std::memcpy(to.data(), text.data() + at, n);
    at += n;
    return n;
  };
  input.on_bad = [](const BadRecord&) -> Status { return {}; };
  const auto reader = MakeChunkReader(ReaderPath::kBest, found.dialect, found.columns, std::move(input), {});
  Check(reader.has_value());
  const size_t columns = found.columns.size();
  std::vector<std::vector<char>> data(columns, std::vector<char>(16 * kCapacity + 16));
  std::vector<uint64_t> validity(columns);
  std::vector<ColumnSink> sinks;
  for (size_t c = 0; c < columns; ++c) {
    sinks.push_back(ColumnSink{data[c].data(), &validity[c], nullptr, [](void*, size_t, const char*, size_t) {}});
  }
  std::vector<uint64_t> offsets(kCapacity);
  while (true) {
    const Result<size_t> count = (*reader)->Fill(sinks, kCapacity, offsets.data());
    Check(count.has_value());
    if (*count == 0) break;
  }
  Check((*reader)->summary().end_offset_bytes == text.size());
}

void Run(const uint8_t* bytes, size_t size) {
  if (size < kChoiceBytes) return;
  const SniffOverrides overrides = ChooseOverrides(bytes);
  // Copies of just the samples' sizes, so that what reads beside them is seen.
  const std::vector<char> text(bytes + kChoiceBytes, bytes + size);
  const std::string_view all(text.data(), text.size());
  std::vector<std::vector<char>> kept;
  std::vector<Sample> samples;
  const size_t head = bytes[4] < 128 ? all.size() : std::max<size_t>(all.size() * (bytes[4] - 128) / 128, 1);
  kept.reserve(3);
  const auto add = [&](size_t from, size_t to) {
    kept.emplace_back(text.begin() + static_cast<ptrdiff_t>(from), text.begin() + static_cast<ptrdiff_t>(to));
    samples.push_back({from, {kept.back().data(), kept.back().size()}, to == all.size()});
  };
  add(0, std::min(head, all.size()));
  if (head < all.size()) {
    const size_t second = head + (all.size() - head) * bytes[5] / 256;
    const size_t until = second + (all.size() - second) * bytes[6] / 256;
    if (second < until && until < all.size()) add(second, until);
    if (until < all.size()) add(until, all.size());
  }
  const Result<SniffResult> found = Sniff(samples, all.size(), overrides);
  if (!found) {
    const ErrorKind kind = found.error().kind;
    Check(kind == ErrorKind::kBadData || kind == ErrorKind::kInvalidArgument);
    Check(!found.error().message.empty());
    return;
  }
  Check(!found->columns.empty());
  std::set<std::string> names;
  for (const Column& column : found->columns) Check(!column.name.empty() && names.insert(column.name).second);
  const Result<SniffResult> again = Sniff(samples, all.size(), overrides);
  Check(again.has_value() && again->columns == found->columns && again->notes == found->notes);
  const Json json = DialectToJson(found->dialect);
  Check(DialectToJson(again->dialect) == json);
  const Result<Dialect> back = DialectFromJson(json);
  Check(back.has_value() && DialectToJson(*back) == json);
  Check(found->dialect.data_offset_bytes <= all.size() &&
        found->dialect.header_offset_bytes <= found->dialect.data_offset_bytes);
  if (ByteDialect(found->dialect)) CheckReads(*found, all);
}

}  // namespace
}  // namespace calve::csv

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  calve::csv::Run(data, size);
  return 0;
}
