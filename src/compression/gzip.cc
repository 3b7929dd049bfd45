#include "compression/gzip.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <limits>

namespace calve::compression {
namespace {

constexpr int kGzipMember = 15 + 16;  ///< inflateInit2: a gzip header and trailer around the largest window.
constexpr int kRawDeflate = -15;
constexpr size_t kTrailerBytes = 8;
constexpr size_t kWindowBytes = 32U << 10U;

class GzipDecoder final : public Decoder {
 public:
  GzipDecoder() = default;
  GzipDecoder(const GzipDecoder&) = delete;
  GzipDecoder& operator=(const GzipDecoder&) = delete;
  ~GzipDecoder() override {
    if (open_) inflateEnd(&stream_);
  }

  Status Start(const WayIn* way_in) {
    // A way in without a window is the beginning of a member.
    const bool inside = way_in != nullptr && !way_in->window.empty();
    if (way_in != nullptr) {
      bits_ = way_in->bits / 8 * 8;
      text_ = way_in->text;
    }
    if (inflateInit2(&stream_, inside ? kRawDeflate : kGzipMember) != Z_OK) return Damaged("zlib does not start");
    open_ = true;
    if (!inside) return {};
    place_ = Place::kRaw;
    skip_bits_ = static_cast<int>(way_in->bits % 8);
    if (inflateSetDictionary(&stream_, reinterpret_cast<const Bytef*>(way_in->window.data()),
                             static_cast<uInt>(way_in->window.size())) != Z_OK) {
      return Damaged("zlib does not take the window");
    }
    return {};
  }

  Result<Step> Run(std::span<const std::byte> in, bool at_end, std::span<std::byte> out) override {
    if (place_ == Place::kTrailer) return SkipTrailer(in, at_end);
    if (place_ == Place::kBetween) return Between(in, at_end);
    if (place_ == Place::kPadding) return Padding(in);
    Step step;
    if (skip_bits_ > 0) {
      if (in.empty()) return at_end ? Result<Step>(Cut()) : step;
      inflatePrime(&stream_, 8 - skip_bits_, static_cast<int>(in.front()) >> skip_bits_);
      skip_bits_ = 0;
      bits_ += 8;
      return Step{1, 0};
    }
    in = in.first(std::min<size_t>(in.size(), std::numeric_limits<uInt>::max()));
    out = out.first(std::min<size_t>(out.size(), std::numeric_limits<uInt>::max()));
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(in.data()));
    stream_.avail_in = static_cast<uInt>(in.size());
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = static_cast<uInt>(out.size());
    const int code = inflate(&stream_, Z_BLOCK);
    step = {in.size() - stream_.avail_in, out.size() - stream_.avail_out};
    bits_ += 8 * step.consumed;
    text_ += step.produced;
    if (code == Z_STREAM_END) {
      place_ = place_ == Place::kRaw ? Place::kTrailer : Place::kBetween;
      left_of_trailer_ = kTrailerBytes;
      return step;
    }
    if (code == Z_MEM_ERROR) return Err(ErrorKind::kUnavailable, "out of memory");
    if (code != Z_OK && code != Z_BUF_ERROR) return Damaged(stream_.msg == nullptr ? "it is damaged" : stream_.msg);
    if (step.consumed == 0 && step.produced == 0 && at_end && stream_.avail_in == 0 && !out.empty()) return Cut();
    return step;
  }

  std::optional<WayIn> Here() const override {
    if (place_ == Place::kBetween) return WayIn{bits_, text_, ""};
    if (place_ != Place::kMember && place_ != Place::kRaw) return std::nullopt;
    // 128: at the end of a block (or of the header); 64: of the last block of its member.
    if ((stream_.data_type & 128) == 0 || (stream_.data_type & 64) != 0) return std::nullopt;
    WayIn here{bits_ - static_cast<uint64_t>(stream_.data_type & 7), text_, std::string(kWindowBytes, '\0')};
    uInt length = 0;
    if (inflateGetDictionary(const_cast<z_stream*>(&stream_), reinterpret_cast<Bytef*>(here.window.data()), &length) !=
            Z_OK ||
        length == 0) {
      return std::nullopt;
    }
    here.window.resize(length);
    return here;
  }

 private:
  enum class Place {
    kMember,   ///< In a member whose beginning was seen: zlib checks its trailer.
    kRaw,      ///< In a member that was entered in its middle.
    kTrailer,  ///< In the trailer of such a one, which says nothing about what was seen.
    kBetween,  ///< Behind a member.
    kPadding,  ///< In the zero bytes behind the last one.
  };

  std::unexpected<Error> Damaged(std::string_view why) const {
    return Err(ErrorKind::kBadData, fmt::format("the gzip stream is damaged at byte {}: {}", bits_ / 8, why));
  }
  std::unexpected<Error> Cut() const {
    return Err(ErrorKind::kBadData, fmt::format("the gzip stream is cut off: it ends at byte {}", bits_ / 8));
  }

  Result<Step> SkipTrailer(std::span<const std::byte> in, bool at_end) {
    if (in.empty() && at_end) return Cut();
    const size_t taken = std::min(in.size(), left_of_trailer_);
    left_of_trailer_ -= taken;
    bits_ += 8 * taken;
    if (left_of_trailer_ == 0) place_ = Place::kBetween;
    return Step{taken, 0};
  }

  Result<Step> Between(std::span<const std::byte> in, bool at_end) {
    if (in.empty() || (in.size() < 2 && !at_end)) return Step{};
    if (in.front() == std::byte{0}) {
      place_ = Place::kPadding;
      return Padding(in);
    }
    if (in.size() < 2 || in[0] != std::byte{0x1f} || in[1] != std::byte{0x8b}) return Behind();
    if (inflateReset2(&stream_, kGzipMember) != Z_OK) return Damaged("zlib does not start again");
    place_ = Place::kMember;
    // Into the header at least: else this place would seem to be one where all is done.
    std::byte nowhere{};
    return Run(in, at_end, {&nowhere, 0});
  }

  Result<Step> Padding(std::span<const std::byte> in) {
    const auto other = std::ranges::find_if(in, [](std::byte byte) { return byte != std::byte{0}; });
    bits_ += 8 * static_cast<uint64_t>(other - in.begin());
    if (other != in.end()) return Behind();
    return Step{in.size(), 0};
  }

  std::unexpected<Error> Behind() const {
    return Err(ErrorKind::kBadData,
               fmt::format("behind the end of the gzip stream, at byte {}, stands something that is none", bits_ / 8));
  }

  z_stream stream_{};
  bool open_ = false;
  Place place_ = Place::kMember;
  int skip_bits_ = 0;  ///< Of the first byte: what belongs to the block before.
  size_t left_of_trailer_ = 0;
  uint64_t bits_ = 0;  ///< Of the bytes consumed.
  uint64_t text_ = 0;
};

}  // namespace

Result<std::unique_ptr<Decoder>> MakeGzipDecoder(const WayIn* way_in) {
  auto decoder = std::make_unique<GzipDecoder>();
  CALVE_RETURN_IF_ERROR(decoder->Start(way_in));
  return decoder;
}

}  // namespace calve::compression
