// Reads a CSV file as a load would, for the judge in check_csv.py: cut into ranges, each range's first line speculated
// or scanned, the stitching verified, wrong guesses run again with their start pinned. Prints records as JSON lines.
//   csv_tool FILE DIALECT_JSON COLUMNS CHUNK_BYTES MODE [PATH]
// MODE: sequential, speculate, scan. PATH: best, portable, general. CHUNK_BYTES may be a list, e.g. 7,8,100: one run
// for each. A record: {"values": [...]}; a bad one: {"bad": reason, "offset": n, "raw": hex}; the end of a run: {"end":
// {...}}.
#include <fmt/format.h>

#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "base/hash.h"
#include "base/json.h"
#include "csv/boundaries.h"
#include "csv/reader_internal.h"

namespace calve::csv {
namespace {

constexpr size_t kCapacity = 64;

// Text columns' memory.
struct Texts {
  std::vector<char> bytes = std::vector<char>(16 * kCapacity);
  std::vector<uint64_t> validity = std::vector<uint64_t>(kCapacity / 64);
  std::vector<std::string> longs = std::vector<std::string>(kCapacity);

  ColumnSink Sink() {
    return ColumnSink{bytes.data(), validity.data(), this, [](void* context, size_t index, const char* p, size_t n) {
                        auto* self = static_cast<Texts*>(context);
                        const auto length = static_cast<uint32_t>(n);
                        std::memcpy(self->bytes.data() + 16 * index, &length, sizeof(length));
                        self->longs[index].assign(p, n);
                      }};
  }
  Json Value(size_t i) const {
    if (((validity[i / 64] >> (i % 64)) & 1U) == 0) return nullptr;
    uint32_t length = 0;
    std::memcpy(&length, bytes.data() + 16 * i, sizeof(length));
    return length > 12 ? longs[i] : std::string(bytes.data() + 16 * i + 4, length);
  }
};

struct Chunk {
  ReadSummary summary;
  std::string lines;
};

class Tool {
 public:
  Tool(std::string text, Dialect dialect, size_t columns, ReaderPath path)
      : text_(std::move(text)), dialect_(std::move(dialect)), columns_(columns), path_(path) {
    for (size_t i = 0; i < columns; ++i) columns_[i].name = columns_[i].source_name = fmt::format("c{}", i);
  }

  Status Run(uint64_t chunk_bytes, const std::string& mode) {
    const uint64_t first = dialect_.data_offset_bytes;
    std::vector<uint64_t> cuts{first};
    if (mode != "sequential") {
      for (uint64_t cut = first + chunk_bytes; cut < text_.size(); cut += chunk_bytes) cuts.push_back(cut);
    }
    std::vector<uint64_t> scanned;
    if (mode == "scan") {
      CALVE_ASSIGN_OR_RETURN(scanned,
                             ScanLineStarts(dialect_, cuts, text_.size(), Open(), 2, ReaderOptions{}.max_record_bytes));
    }
    std::string lines;
    ReadSummary all;
    uint64_t reruns = 0;
    uint64_t at = first;
    for (size_t i = 0; i < cuts.size(); ++i) {
      const uint64_t end = i + 1 < cuts.size() ? cuts[i + 1] : text_.size();
      std::optional<uint64_t> start = cuts[i];
      if (mode == "scan") start = scanned[i];
      if (mode == "speculate" && i > 0) start = Guess(cuts[i]);
      if (mode == "scan" && *start != at) {
        return Err(ErrorKind::kInternal, fmt::format("scan says {} for cut {}, reading {}", *start, cuts[i], at));
      }
      if (start != at) {
        ++reruns;
        start = at;
      }
      CALVE_ASSIGN_OR_RETURN(Chunk chunk, ReadChunk(*start, end));
      lines += chunk.lines;
      all.records += chunk.summary.records;
      all.bad += chunk.summary.bad;
      at = chunk.summary.end_offset_bytes;
    }
    if (at != text_.size())
      return Err(ErrorKind::kInternal, fmt::format("the last chunk ends at {} of {}", at, text_.size()));
    const Json end{{"end", {{"records", all.records}, {"bad", all.bad}, {"chunks", cuts.size()}, {"reruns", reruns}}}};
    fmt::print("{}{}\n", lines, end.dump());
    return {};
  }

 private:
  OpenAt Open() const {
    return [this](uint64_t offset) -> Result<ReadBytes> {
      return [this, pos = static_cast<size_t>(offset)](std::span<std::byte> to) mutable -> Result<size_t> {
        const size_t n = std::min(to.size(), text_.size() - pos);
        std::memcpy(to.data(), text_.data() + pos, n);
        pos += n;
        return n;
      };
    };
  }

  std::optional<uint64_t> Guess(uint64_t cut) const {
    const uint64_t from = cut < 64 ? 0 : cut - 64;
    return SpeculateFirstLine(dialect_, columns_, std::string_view(text_).substr(from), from, cut, true);
  }

  Result<Chunk> ReadChunk(uint64_t start, uint64_t end) const {
    Chunk chunk;
    CALVE_ASSIGN_OR_RETURN(ReadBytes read, Open()(start));
    ReaderInput input{start, end, std::move(read), [&chunk](BadRecord bad) -> Status {
                        const std::span raw(reinterpret_cast<const uint8_t*>(bad.raw.data()), bad.raw.size());
                        chunk.lines +=
                            Json{{"bad", bad.reason}, {"offset", bad.offset_bytes}, {"raw", Hex(raw)}}.dump() + "\n";
                        return {};
                      }};
    CALVE_ASSIGN_OR_RETURN(const auto reader, MakeChunkReader(path_, dialect_, columns_, std::move(input), {}));
    std::vector<Texts> texts(columns_.size());
    std::vector<ColumnSink> sinks;
    for (Texts& text : texts) sinks.push_back(text.Sink());
    std::vector<uint64_t> offsets(kCapacity);
    while (true) {
      CALVE_ASSIGN_OR_RETURN(const size_t count, reader->Fill(sinks, kCapacity, offsets.data()));
      if (count == 0) break;
      for (size_t i = 0; i < count; ++i) {
        Json values = Json::array();
        for (const Texts& text : texts) values.push_back(text.Value(i));
        chunk.lines += Json{{"values", values}, {"offset", offsets[i]}}.dump() + "\n";
      }
    }
    chunk.summary = reader->summary();
    return chunk;
  }

  std::string text_;
  Dialect dialect_;
  std::vector<Column> columns_;
  ReaderPath path_;
};

int Main(int argc, char** argv) {
  if (argc < 6) {
    fmt::print(stderr,
               "usage: csv_tool FILE DIALECT_JSON COLUMNS CHUNK_BYTES[,...] sequential|speculate|scan "
               "[best|portable|general]\n");
    return 2;
  }
  std::ifstream file(argv[1], std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const auto json = ParseJson(argv[2], "dialect");
  const auto dialect = json ? DialectFromJson(*json) : Result<Dialect>(std::unexpected(json.error()));
  if (!dialect) {
    fmt::print(stderr, "csv_tool: {}\n", dialect.error().message);
    return 2;
  }
  const std::string path = argc > 6 ? argv[6] : "best";
  Tool tool(std::move(text), *dialect, std::stoul(argv[3]),
            path == "general"    ? ReaderPath::kGeneral
            : path == "portable" ? ReaderPath::kPortable
                                 : ReaderPath::kBest);
  for (std::string sizes = argv[4]; !sizes.empty();) {
    const size_t comma = sizes.find(',');
    const Status status = tool.Run(std::stoull(sizes.substr(0, comma)), argv[5]);
    if (!status) {
      fmt::print(stderr, "csv_tool: {}\n", status.error().message);
      return 1;
    }
    sizes = comma == std::string::npos ? "" : sizes.substr(comma + 1);
  }
  return 0;
}

}  // namespace
}  // namespace calve::csv

int main(int argc, char** argv) { return calve::csv::Main(argc, argv); }
