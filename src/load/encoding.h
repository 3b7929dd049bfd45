// How the text of a compressed source is got at: where its stream can be entered.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "base/error.h"
#include "base/json.h"
#include "compression/decoder.h"
#include "store/object_store.h"

namespace calve::load {

struct Source;

/// A compression::WayIn whose window stands among the others of the load, in one object.
struct WayInPlace {
  uint64_t bits = 0;
  uint64_t text = 0;
  uint64_t window_at = 0;     ///< Where its window begins in Encoding::windows_uri.
  uint64_t window_bytes = 0;  ///< 0: it needs none.
  std::string window_hash;    ///< Of its window, see WindowHash: without a checksum what follows would be guessed.

  friend bool operator==(const WayInPlace&, const WayInPlace&) = default;
};

/// What a plan holds of a compressed source. Offsets of everything else in the plan are in its text.
struct Encoding {
  compression::Codec codec{};
  uint64_t text_bytes = 0;
  std::vector<WayInPlace> ways;  ///< But for the beginning. Ascending.
  std::string windows_uri;       ///< Empty: no way needs a window.

  friend bool operator==(const Encoding&, const Encoding&) = default;

  /// The most text that one must decompress to get from one way in to the next.
  uint64_t LargestGap() const;
};

/// The first 16 hexadecimal digits of the window's SHA-256.
std::string WindowHash(std::string_view window);

Json EncodingToJson(const Encoding& encoding);
/// kCorrupt.
Result<Encoding> EncodingFromJson(const Json& json);

/// An encoding, and the windows that it speaks of, one behind the other.
struct FoundWays {
  Encoding encoding;  ///< windows_uri is still empty.
  std::string windows;
};

/// Decompresses the whole source once, in bounded memory, verifying its lengths and checksums, and finds at most
/// kMostWaysIn ways in, evenly spread, `spacing` bytes of text apart or more. Deterministic. kBadData for a source that
/// is damaged, cut off, or has something else behind its end, naming the byte; kConflict when it was replaced;
/// kCancelled.
Result<FoundWays> FindWaysIn(store::ObjectStore& store, const Source& source, compression::Codec codec,
                             uint64_t spacing, const CancelToken& cancel);

inline constexpr size_t kMostWaysIn = 128;
/// Where nothing smaller is wanted: the windows of ways in that are less apart would be a thirtieth of the text, and
/// more.
inline constexpr uint64_t kWaySpacing = 1U << 20U;

}  // namespace calve::load
