// Compressed streams: whatever zlib makes of one in one go is what the decoder makes of it in pieces, and each place
// where it can be entered leads to the same rest. Of zstd: no crash, no endless loop.
#include <zlib.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include "compression/decoder.h"

namespace {

using calve::compression::Codec;
using calve::compression::Decoder;
using calve::compression::WayIn;

constexpr size_t kMostText = 1U << 20U;

void Check(bool holds) {
  if (!holds) std::abort();
}

struct Outcome {
  std::string text;
  std::vector<WayIn> ways;
  bool failed = false;
  bool too_long = false;
};

Outcome Decode(Codec codec, std::string_view stream, const WayIn* from, size_t in_piece, size_t out_piece) {
  Outcome outcome;
  auto decoder = Decoder::Make(codec, from);
  Check(decoder.has_value());
  std::vector<std::byte> out(out_piece);
  size_t begin = from == nullptr ? 0 : static_cast<size_t>(from->bits / 8);
  size_t end = begin;
  while (outcome.text.size() < kMostText) {
    const auto in = std::as_bytes(std::span(stream)).subspan(begin, end - begin);
    const auto step = (*decoder)->Run(in, end == stream.size(), out);
    if (!step.has_value()) {
      outcome.failed = true;
      return outcome;
    }
    Check(step->consumed <= in.size() && step->produced <= out.size());
    begin += step->consumed;
    outcome.text.append(reinterpret_cast<const char*>(out.data()), step->produced);
    if (outcome.ways.size() < 8) {
      if (auto way = (*decoder)->Here()) outcome.ways.push_back(*std::move(way));
    }
    if (step->consumed > 0 || step->produced > 0) continue;
    if (end == stream.size()) return outcome;
    end = std::min(stream.size(), end + in_piece);
  }
  outcome.too_long = true;
  return outcome;
}

/// One member, nothing behind it; nullopt: zlib refuses it, or it is too long.
std::optional<std::string> ByZlib(std::string_view stream) {
  z_stream z{};
  Check(inflateInit2(&z, 15 + 16) == Z_OK);
  std::string text(kMostText, '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(stream.data()));
  z.avail_in = static_cast<uInt>(stream.size());
  z.next_out = reinterpret_cast<Bytef*>(text.data());
  z.avail_out = static_cast<uInt>(text.size());
  const int code = inflate(&z, Z_FINISH);
  text.resize(text.size() - z.avail_out);
  const bool whole = code == Z_STREAM_END && z.avail_in == 0;
  inflateEnd(&z);
  return whole ? std::optional(std::move(text)) : std::nullopt;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 3) return 0;
  const size_t in_piece = 1 + data[0];
  const size_t out_piece = 1 + 16 * static_cast<size_t>(data[1]);
  const std::string_view stream(reinterpret_cast<const char*>(data) + 2, size - 2);
  for (const Codec codec : {Codec::kGzip, Codec::kZstd}) {
    const Outcome pieces = Decode(codec, stream, nullptr, in_piece, out_piece);
    const Outcome whole = Decode(codec, stream, nullptr, stream.size(), kMostText);
    if (pieces.too_long || whole.too_long) continue;
    Check(pieces.failed == whole.failed);
    if (codec == Codec::kGzip) {
      if (const auto text = ByZlib(stream)) Check(!whole.failed && whole.text == *text);
    }
    if (whole.failed) continue;
    Check(pieces.text == whole.text);
    for (const WayIn& way : whole.ways) {
      if (way.text >= whole.text.size()) continue;
      const Outcome rest = Decode(codec, stream, &way, out_piece, in_piece);
      Check(!rest.failed && rest.text == whole.text.substr(static_cast<size_t>(way.text)));
    }
  }
  return 0;
}
