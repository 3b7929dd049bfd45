// Decompression as a stream, entered at its beginning or at a place where it can be entered.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"

namespace calve::compression {

enum class Codec {
  kGzip,  ///< RFC 1952: members one behind the other (BGZF, pigz and `cat` make such); zero bytes behind the last.
  kZstd,  ///< RFC 8878: frames one behind the other, skippable ones among them.
};

/// "gzip", "zstd".
std::string_view CodecName(Codec codec);
std::optional<Codec> CodecOfName(std::string_view name);
/// By the magic that a source begins with; nullopt: it is not compressed by one of these.
std::optional<Codec> DetectCodec(std::string_view head);

/// Where a stream can be entered: everything before it need not be read.
struct WayIn {
  uint64_t bits = 0;   ///< Of the compressed stream, before it. Deflate blocks begin at any bit.
  uint64_t text = 0;   ///< Bytes of text before it.
  std::string window;  ///< The last text before it, which what follows may refer to: at most 32 KiB. Empty: none.

  friend bool operator==(const WayIn&, const WayIn&) = default;
};

/// Not thread-safe. After an error it is of no more use.
class Decoder {
 public:
  struct Step {
    size_t consumed = 0;
    size_t produced = 0;
  };

  /// At the beginning, or at `way_in`: then input begins with the byte that holds the first of its bits.
  static Result<std::unique_ptr<Decoder>> Make(Codec codec, const WayIn* way_in);
  virtual ~Decoder() = default;

  /// Decompresses some of `in` into `out`; `at_end`: nothing comes behind `in`. Neither consuming nor producing means
  /// that it needs more input, or with `at_end` that all is done: of a stream that was read from its beginning lengths
  /// and checksums are verified then. Stops where WayIn may be asked for, too. kBadData: damaged, cut off (told with
  /// `at_end`), or something else behind its end.
  virtual Result<Step> Run(std::span<const std::byte> in, bool at_end, std::span<std::byte> out) = 0;
  /// The way in at exactly the place that has been reached, when there is one.
  virtual std::optional<WayIn> Here() const = 0;
};

}  // namespace calve::compression
