// How fast the CSV reader is on one core, without DuckDB or Parquet: taxi-like text in memory, tokenised and decoded.
//   cmake --build build/release --target micro_csv && build/release/src/csv/micro_csv [--filter=...]
// Columns can be left as VARCHAR or decoded one kind at a time, so that the cost of each shows.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "csv/boundaries.h"
#include "csv/decode.h"
#include "csv/reader_internal.h"
#include "csv/tokenizer.h"

namespace calve::csv {
namespace {

constexpr size_t kRows = 200'000;
constexpr size_t kVectorSize = 2048;

std::vector<Column> TaxiColumns() {
  const auto column = [](const char* name, TypeKind kind) { return Column{name, name, {kind}, false}; };
  using enum TypeKind;
  return {column("VendorID", kInteger),
          column("tpep_pickup_datetime", kTimestamp),
          column("tpep_dropoff_datetime", kTimestamp),
          column("passenger_count", kInteger),
          column("trip_distance", kDouble),
          column("pickup_longitude", kDouble),
          column("pickup_latitude", kDouble),
          column("RateCodeID", kInteger),
          column("store_and_fwd_flag", kVarchar),
          column("dropoff_longitude", kDouble),
          column("dropoff_latitude", kDouble),
          column("payment_type", kInteger),
          column("fare_amount", kDouble),
          column("extra", kDouble),
          column("mta_tax", kDouble),
          column("tip_amount", kDouble),
          column("tolls_amount", kDouble),
          column("improvement_surcharge", kDouble),
          column("total_amount", kDouble)};
}

// Coordinates are floats printed as doubles, as in the files of 2015; amounts are short.
std::string TaxiText(bool quoted) {
  std::mt19937_64 random(7);
  std::uniform_real_distribution<double> unit(0, 1);
  std::string text;
  for (size_t i = 0; i < kRows; ++i) {
    const auto stamp = [&](size_t second) {
      return fmt::format("2015-01-{:02} {:02}:{:02}:{:02}", 1 + second / 86400 % 31, second / 3600 % 24,
                         second / 60 % 60, second % 60);
    };
    const size_t at = i * 13 + random() % 3600;
    const auto coordinate = [&](double around) {
      return static_cast<double>(static_cast<float>(around + unit(random) * 0.1));
    };
    const double fare = 2.5 + 0.5 * static_cast<double>(random() % 60);
    const double tip = random() % 2 == 0 ? 0 : static_cast<double>(random() % 800) / 100;
    std::vector<std::string> fields{fmt::format("{}", 1 + random() % 2),
                                    stamp(at),
                                    stamp(at + 300 + random() % 2000),
                                    fmt::format("{}", 1 + random() % 6),
                                    fmt::format("{:.2f}", unit(random) * 12),
                                    fmt::format("{:.17g}", coordinate(-74)),
                                    fmt::format("{:.17g}", coordinate(40.7)),
                                    "1",
                                    random() % 50 == 0 ? "Y" : "N",
                                    fmt::format("{:.17g}", coordinate(-74)),
                                    fmt::format("{:.17g}", coordinate(40.7)),
                                    fmt::format("{}", 1 + random() % 2),
                                    fmt::format("{:g}", fare),
                                    random() % 2 == 0 ? "0" : "0.5",
                                    "0.5",
                                    fmt::format("{:g}", tip),
                                    random() % 20 == 0 ? "5.33" : "0",
                                    "0.3",
                                    fmt::format("{:g}", fare + tip + 0.8)};
    for (size_t c = 0; c < fields.size(); ++c) {
      if (c > 0) text += ',';
      text += quoted ? '"' + fields[c] + '"' : fields[c];
    }
    text += '\n';
  }
  return text;
}

const std::string& Taxi(bool quoted) {
  static const std::string plain = TaxiText(false);
  static const std::string with_quotes = TaxiText(true);
  return quoted ? with_quotes : plain;
}

ReadBytes FromMemory(const std::string& text, uint64_t offset = 0) {
  return [&text, pos = static_cast<size_t>(offset)](std::span<std::byte> to) mutable -> Result<size_t> {
    const size_t n = std::min(to.size(), text.size() - pos);
    std::memcpy(to.data(), text.data() + pos, n);
    pos += n;
    return n;
  };
}

void AssignLong(void* /*context*/, size_t /*index*/, const char* bytes, size_t /*length*/) {
  benchmark::DoNotOptimize(bytes);
}

void Read(benchmark::State& state, const std::string& text, const std::vector<Column>& columns, ReaderPath path) {
  std::vector<std::vector<uint64_t>> data(columns.size(), std::vector<uint64_t>(2 * kVectorSize));
  std::vector<std::vector<uint64_t>> validity(columns.size(), std::vector<uint64_t>(kVectorSize / 64));
  std::vector<ColumnSink> sinks;
  for (size_t c = 0; c < columns.size(); ++c)
    sinks.push_back(ColumnSink{data[c].data(), validity[c].data(), nullptr, AssignLong});
  Dialect dialect;
  for (auto _ : state) {
    auto reader = MakeChunkReader(path, dialect, columns,
                                  ReaderInput{0, text.size(), FromMemory(text),
                                              [](const BadRecord& bad) -> Status {
                                                return Err(ErrorKind::kBadData, bad.reason + " in " + bad.raw);
                                              }},
                                  {});
    size_t rows = 0;
    while (true) {
      const Result<size_t> n = (*reader)->Fill(sinks, kVectorSize, nullptr);
      if (!n) {
        state.SkipWithError(n.error().message.c_str());
        return;
      }
      if (*n == 0) break;
      rows += *n;
    }
    if (rows != kRows) state.SkipWithError("rows are missing");
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * text.size()));
}

void BM_Read(benchmark::State& state) { Read(state, Taxi(false), TaxiColumns(), ReaderPath::kBest); }
void BM_ReadQuoted(benchmark::State& state) { Read(state, Taxi(true), TaxiColumns(), ReaderPath::kBest); }
void BM_ReadPortable(benchmark::State& state) { Read(state, Taxi(false), TaxiColumns(), ReaderPath::kPortable); }
void BM_ReadGeneral(benchmark::State& state) { Read(state, Taxi(false), TaxiColumns(), ReaderPath::kGeneral); }

// All but one kind of column stay text.
void BM_ReadOneKind(benchmark::State& state) {
  std::vector<Column> columns = TaxiColumns();
  for (Column& column : columns) {
    if (column.type.kind != static_cast<TypeKind>(state.range(0))) column.type = {TypeKind::kVarchar};
  }
  state.SetLabel(TypeName({static_cast<TypeKind>(state.range(0))}));
  Read(state, Taxi(false), columns, ReaderPath::kBest);
}

void BM_Tokenize(benchmark::State& state) {
  const std::string text = Taxi(state.range(0) != 0) + std::string(64, '\0');
  FastDialect dialect;
  FastDialect::From(Dialect{}, &dialect);
  std::vector<uint32_t> ends(19 * 1025 + 192);
  for (auto _ : state) {
    TokenizeJob job;
    job.data = text.data();
    job.size = text.size() - 64;
    job.range_end = SIZE_MAX;
    job.max_record = 1 << 20;
    job.columns = 19;
    job.max_records = 200;
    job.ends = ends.data();
    size_t rows = 0;
    while (job.begin < job.size) {
      BestTokenizer().tokenize(dialect, &job);
      if (job.records == 0) break;
      rows += job.records;
      job.begin = job.next;
    }
    if (rows != kRows) state.SkipWithError("rows are missing");
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * (text.size() - 64)));
}

void BM_Scan(benchmark::State& state) {
  const std::string& text = Taxi(state.range(0) != 0);
  std::vector<uint64_t> cuts;
  for (uint64_t cut = 0; cut < text.size(); cut += 4 << 20) cuts.push_back(cut);
  const OpenAt open = [&text](uint64_t offset) -> Result<ReadBytes> { return FromMemory(text, offset); };
  for (auto _ : state) {
    const auto lines = ScanLineStarts(Dialect{}, cuts, text.size(), open, 1, ReaderOptions{}.max_record_bytes);
    if (!lines) state.SkipWithError(lines.error().message.c_str());
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * text.size()));
}

BENCHMARK(BM_Read)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_ReadQuoted)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_ReadPortable)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_ReadGeneral)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_ReadOneKind)
    ->Arg(static_cast<int>(TypeKind::kInteger))
    ->Arg(static_cast<int>(TypeKind::kDouble))
    ->Arg(static_cast<int>(TypeKind::kTimestamp))
    ->Arg(static_cast<int>(TypeKind::kVarchar))
    ->Unit(benchmark::kMillisecond);
BENCHMARK(BM_Tokenize)->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_Scan)->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace calve::csv

BENCHMARK_MAIN();
