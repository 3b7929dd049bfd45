// Block compression of Avro object container files ("Required Codecs", "Optional Codecs"). Decompression is bounded.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/error.h"

namespace calve::avro {

/// The longest block that we decompress, in bytes. Writers cut blocks at some tens of kilobytes; a manifest list that
/// is one block has some hundred bytes a manifest.
inline constexpr size_t kMaxBlockBytes = size_t{256} << 20U;

/// `data` as a raw deflate stream (RFC 1951).
Result<std::string> DeflateRaw(std::string_view data);

/// Decompresses one block. `codec` is avro.codec's value: "null" is the caller's case. kInvalidArgument, naming the
/// codec, for one we cannot read; kCorrupt on a stream that is broken, ends early, is followed by other bytes (but for
/// what may be left of a zlib trailer) or grows past `max_bytes`.
Result<std::string> DecompressBlock(std::string_view codec, std::string_view data, size_t max_bytes);

/// Snappy's raw format with Avro's 4-byte big-endian CRC-32 of the content behind it.
Result<std::string> DecompressSnappy(std::string_view data, size_t max_bytes);

}  // namespace calve::avro
