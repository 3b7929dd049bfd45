#include "compression/decoder.h"

#include <array>
#include <utility>

#include "compression/gzip.h"
#include "compression/zstd_frames.h"

namespace calve::compression {
namespace {

struct Known {
  Codec codec;
  std::string_view name;
  std::string_view magic;
};

constexpr std::array kKnown = {
    Known{Codec::kGzip, "gzip", "\x1f\x8b"},
    Known{Codec::kZstd, "zstd", "\x28\xb5\x2f\xfd"},
};

}  // namespace

std::string_view CodecName(Codec codec) {
  for (const Known& known : kKnown) {
    if (known.codec == codec) return known.name;
  }
  return "";
}

std::optional<Codec> CodecOfName(std::string_view name) {
  for (const Known& known : kKnown) {
    if (known.name == name) return known.codec;
  }
  return std::nullopt;
}

std::optional<Codec> DetectCodec(std::string_view head) {
  for (const Known& known : kKnown) {
    if (head.starts_with(known.magic)) return known.codec;
  }
  return std::nullopt;
}

Result<std::unique_ptr<Decoder>> Decoder::Make(Codec codec, const WayIn* way_in) {
  return codec == Codec::kGzip ? MakeGzipDecoder(way_in) : MakeZstdDecoder(way_in);
}

}  // namespace calve::compression
