#include "load/encoding.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "base/hash.h"
#include "load/decoding_reader.h"
#include "load/plan.h"

namespace calve::load {
namespace {

constexpr size_t kBufferBytes = 256U << 10U;

class WayCollector {
 public:
  explicit WayCollector(uint64_t spacing) : spacing_(spacing), next_(spacing) {}

  /// Whether a way in at `text` would be one more than is wanted.
  bool Wants(uint64_t text) const { return text >= next_; }

  void Add(compression::WayIn way) {
    next_ = way.text + spacing_;
    ways_.push_back(std::move(way));
    if (ways_.size() <= kMostWaysIn) return;
    size_t kept = 0;
    for (size_t i = 1; i < ways_.size(); i += 2) ways_[kept++] = std::move(ways_[i]);
    ways_.resize(kept);
    spacing_ *= 2;
    next_ = ways_.back().text + spacing_;
  }

  FoundWays Take(compression::Codec codec, uint64_t text_bytes) {
    FoundWays found;
    found.encoding.codec = codec;
    found.encoding.text_bytes = text_bytes;
    for (const compression::WayIn& way : ways_) {
      if (way.text >= text_bytes) break;  // The stream's end is no way into anything.
      found.encoding.ways.push_back({way.bits, way.text, found.windows.size(), way.window.size(),
                                     way.window.empty() ? "" : WindowHash(way.window)});
      found.windows += way.window;
    }
    return found;
  }

 private:
  std::vector<compression::WayIn> ways_;
  uint64_t spacing_;  ///< Doubled whenever there are too many.
  uint64_t next_;
};

}  // namespace

uint64_t Encoding::LargestGap() const {
  uint64_t largest = 0;
  uint64_t before = 0;
  for (const WayInPlace& way : ways) {
    largest = std::max(largest, way.text - before);
    before = way.text;
  }
  return std::max(largest, text_bytes - before);
}

std::string WindowHash(std::string_view window) {
  const auto digest = Sha256(window);
  return Hex(std::span(digest).first<8>());
}

Json EncodingToJson(const Encoding& encoding) {
  Json json = {{"codec", compression::CodecName(encoding.codec)},
               {"text-bytes", encoding.text_bytes},
               {"ways-in", Json::array()},
               {"windows", encoding.windows_uri}};
  for (const WayInPlace& way : encoding.ways) {
    json["ways-in"].push_back(Json::array({way.bits, way.text, way.window_at, way.window_bytes, way.window_hash}));
  }
  return json;
}

Result<Encoding> EncodingFromJson(const Json& json) {
  Encoding encoding;
  CALVE_ASSIGN_OR_RETURN(const std::string codec, JsonGet<std::string>(json, "codec"));
  const auto known = compression::CodecOfName(codec);
  if (!known) return Err(ErrorKind::kCorrupt, "the plan's source is compressed by '" + codec + "'");
  encoding.codec = *known;
  CALVE_ASSIGN_OR_RETURN(encoding.text_bytes, JsonGet<uint64_t>(json, "text-bytes"));
  CALVE_ASSIGN_OR_RETURN(encoding.windows_uri, JsonGet<std::string>(json, "windows"));
  CALVE_ASSIGN_OR_RETURN(const Json ways, JsonGet<Json>(json, "ways-in"));
  uint64_t before = 0;
  for (const Json& way : ways) {
    const bool shaped = way.is_array() && way.size() == 5 && way[4].is_string() &&
                        std::all_of(way.begin(), way.end() - 1, [](const Json& n) { return n.is_number_unsigned(); });
    if (!shaped || way[1].get<uint64_t>() < before || way[1].get<uint64_t>() > encoding.text_bytes) {
      return Err(ErrorKind::kCorrupt, "ways-in is not ascending within the text");
    }
    before = way[1].get<uint64_t>();
    encoding.ways.push_back(
        {way[0].get<uint64_t>(), before, way[2].get<uint64_t>(), way[3].get<uint64_t>(), way[4].get<std::string>()});
  }
  return encoding;
}

Result<FoundWays> FindWaysIn(store::ObjectStore& store, const Source& source, compression::Codec codec,
                             uint64_t spacing, const CancelToken& cancel) {
  CALVE_ASSIGN_OR_RETURN(std::unique_ptr<compression::Decoder> decoder, compression::Decoder::Make(codec, nullptr));
  CALVE_ASSIGN_OR_RETURN(std::unique_ptr<store::ByteStream> stream,
                         store.Open(source.uri, {.length_bytes = std::nullopt, .if_version = source.version}));
  DecodingReader reader(std::move(stream), std::move(decoder), source.uri);
  WayCollector ways(spacing);
  std::vector<std::byte> out(kBufferBytes);
  uint64_t text = 0;
  while (true) {
    if (cancel.cancelled()) return Err(ErrorKind::kCancelled, "stopped while a compressed source was looked through");
    CALVE_ASSIGN_OR_RETURN(const std::optional<size_t> produced, reader.Step(out));
    if (!produced) return ways.Take(codec, text);
    text += *produced;
    if (!ways.Wants(text)) continue;
    if (auto way = reader.Here()) ways.Add(*std::move(way));
  }
}

}  // namespace calve::load
