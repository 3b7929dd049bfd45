// Prints what sniffing finds in a file, and which of its records the reader then loads, as one JSON object a file on
// stdout: for tests/interop/pollution.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>
#include <span>
#include <string>
#include <vector>

#include "base/json.h"
#include "csv/decode.h"
#include "csv/reader.h"
#include "csv/sniff.h"

namespace {

using calve::Json;

constexpr size_t kCapacity = 2048;

/// Reads the whole file as one chunk. "ids": the first column's values where it is a BIGINT.
calve::Result<Json> Load(const std::string& bytes, const calve::csv::SniffResult& sniffed) {
  const uint64_t start = sniffed.dialect.data_offset_bytes;
  size_t at = start;
  const auto read = [&](std::span<std::byte> to) -> calve::Result<size_t> {
    const size_t n = std::min(to.size(), bytes.size() - at);
    std::memcpy(to.data(), bytes.data() + at, n);
    at += n;
    return n;
  };
  Json bad = Json::array();
  const auto on_bad = [&](const calve::BadRecord& record) -> calve::Status {
    bad.push_back({{"offset_bytes", record.offset_bytes}, {"reason", record.reason}});
    return {};
  };
  CALVE_ASSIGN_OR_RETURN(auto reader, calve::csv::ChunkReader::Make(sniffed.dialect, sniffed.columns, start,
                                                                    bytes.size(), read, on_bad, {}));
  std::vector<std::vector<std::byte>> data(sniffed.columns.size(), std::vector<std::byte>(kCapacity * 16));
  std::vector<std::vector<uint64_t>> validity(sniffed.columns.size(), std::vector<uint64_t>(kCapacity / 64));
  std::vector<calve::csv::ColumnSink> sinks;
  for (size_t c = 0; c < sniffed.columns.size(); ++c) {
    sinks.push_back({.data = data[c].data(),
                     .validity = validity[c].data(),
                     .context = nullptr,
                     .assign_long = [](void*, size_t, const char*, size_t) {}});
  }
  const bool has_ids = sniffed.columns.front().type.kind == calve::csv::TypeKind::kBigInt;
  Json ids = Json::array();
  uint64_t rows = 0;
  while (true) {
    CALVE_ASSIGN_OR_RETURN(const size_t n, reader->Fill(sinks, kCapacity, nullptr));
    if (n == 0) break;
    rows += n;
    for (size_t i = 0; has_ids && i < n; ++i) {
      int64_t id = 0;
      std::memcpy(&id, data[0].data() + i * sizeof(id), sizeof(id));
      ids.push_back(id);
    }
  }
  return Json{{"rows", rows}, {"ids", std::move(ids)}, {"bad", std::move(bad)}};
}

Json Describe(const std::string& path) {
  Json out;
  out["file"] = path;
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    out["error"] = {{"kind", "not-found"}, {"message", "cannot open " + path}};
    return out;
  }
  const std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const std::vector<calve::csv::Sample> samples = {{.offset_bytes = 0, .bytes = bytes, .at_end = true}};
  const auto result = calve::csv::Sniff(samples, bytes.size(), {});
  if (!result.has_value()) {
    out["error"] = {{"kind", std::string(calve::ErrorKindName(result.error().kind))},
                    {"message", result.error().message}};
    return out;
  }
  out["dialect"] = calve::csv::DialectToJson(result->dialect);
  out["columns"] = Json::array();
  for (const auto& column : result->columns) out["columns"].push_back(calve::csv::ColumnToJson(column));
  out["notes"] = result->notes;
  out["sampled_records"] = result->sampled_records;
  out["sampled_bad_records"] = result->sampled_bad_records;
  auto loaded = Load(bytes, *result);
  out["loaded"] = loaded.has_value() ? *std::move(loaded) : Json{{"error", loaded.error().message}};
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::cerr << "usage: sniff_tool FILE...   one JSON object a line\n";
    return 2;
  }
  for (int i = 1; i < argc; ++i) std::cout << Describe(argv[i]).dump() << '\n';
  return 0;
}
