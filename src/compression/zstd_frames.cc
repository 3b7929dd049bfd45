#include "compression/zstd_frames.h"

#include <fmt/format.h>
#include <zstd.h>
#include <zstd_errors.h>

namespace calve::compression {
namespace {

class ZstdDecoder final : public Decoder {
 public:
  explicit ZstdDecoder(const WayIn* way_in) : context_(ZSTD_createDCtx()) {
    if (way_in == nullptr) return;
    bytes_ = way_in->bits / 8;
    text_ = way_in->text;
  }
  ZstdDecoder(const ZstdDecoder&) = delete;
  ZstdDecoder& operator=(const ZstdDecoder&) = delete;
  ~ZstdDecoder() override { ZSTD_freeDCtx(context_); }

  Result<Step> Run(std::span<const std::byte> in, bool at_end, std::span<std::byte> out) override {
    if (context_ == nullptr) return Err(ErrorKind::kUnavailable, "out of memory");
    if (in.empty() && between_) return Step{};
    ZSTD_inBuffer input{in.data(), in.size(), 0};
    ZSTD_outBuffer output{out.data(), out.size(), 0};
    const size_t code = ZSTD_decompressStream(context_, &output, &input);
    if (ZSTD_isError(code) != 0) return Broken(code);
    const Step step{input.pos, output.pos};
    bytes_ += step.consumed;
    text_ += step.produced;
    between_ = code == 0;
    if (at_end && !between_ && step.consumed == 0 && step.produced == 0 && input.pos == input.size && !out.empty()) {
      return Err(ErrorKind::kBadData, fmt::format("the zstd stream is cut off: it ends at byte {}", bytes_));
    }
    return step;
  }

  std::optional<WayIn> Here() const override {
    if (!between_) return std::nullopt;
    return WayIn{8 * bytes_, text_, ""};
  }

 private:
  std::unexpected<Error> Broken(size_t code) const {
    if (ZSTD_getErrorCode(code) == ZSTD_error_frameParameter_windowTooLarge) {
      return Err(ErrorKind::kBadData,
                 fmt::format("the zstd frame at byte {} was made with --long, and needs more than 128 MiB to be read; "
                             "compress it without",
                             bytes_));
    }
    const bool behind = between_ && text_ > 0;
    return Err(ErrorKind::kBadData,
               behind ? fmt::format("behind a zstd frame, at byte {}, stands something that is none", bytes_)
                      : fmt::format("the zstd stream is damaged near byte {}: {}", bytes_, ZSTD_getErrorName(code)));
  }

  ZSTD_DCtx* context_;
  bool between_ = false;  ///< Behind a frame.
  uint64_t bytes_ = 0;
  uint64_t text_ = 0;
};

}  // namespace

Result<std::unique_ptr<Decoder>> MakeZstdDecoder(const WayIn* way_in) { return std::make_unique<ZstdDecoder>(way_in); }

}  // namespace calve::compression
