#include "avro/codec.h"

#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <memory>

namespace calve::avro {
namespace {

std::unexpected<Error> Bad(std::string_view message) { return Err(ErrorKind::kCorrupt, std::string(message)); }

/// Python's writers cut the zlib header off but leave three of the four checksum bytes behind the deflate stream.
constexpr uInt kZlibTrailerBytes = 4;

/// Room to add to an output that is full: doubling, in [4 KiB, the bound].
size_t Growth(size_t have, size_t max_bytes) {
  return std::min(max_bytes - have, std::max<size_t>(have, size_t{4} << 10U));
}

Result<std::string> InflateRaw(std::string_view data, size_t max_bytes) {
  if (data.size() > std::numeric_limits<uInt>::max()) return Bad("deflate block too long");
  z_stream stream{};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) return Err(ErrorKind::kInternal, "zlib: inflateInit2 failed");
  const std::unique_ptr<z_stream, int (*)(z_stream*)> guard(&stream, inflateEnd);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
  stream.avail_in = static_cast<uInt>(data.size());
  std::string out;
  size_t filled = 0;
  int rc = Z_OK;
  while (rc != Z_STREAM_END) {
    if (filled == out.size()) {
      if (filled >= max_bytes) return Bad("deflate block grows past " + std::to_string(max_bytes) + " bytes");
      out.resize(filled + Growth(filled, max_bytes));
    }
    const size_t room = std::min<size_t>(out.size() - filled, std::numeric_limits<uInt>::max());
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + filled);
    stream.avail_out = static_cast<uInt>(room);
    rc = inflate(&stream, Z_NO_FLUSH);
    filled += room - stream.avail_out;
    if (rc == Z_BUF_ERROR || (rc == Z_OK && stream.avail_in == 0 && stream.avail_out != 0)) {
      return Bad("deflate block ends early");
    }
    if (rc != Z_OK && rc != Z_STREAM_END) return Bad("deflate block is damaged");
  }
  if (stream.avail_in > kZlibTrailerBytes) return Bad("bytes behind the end of a deflate block");
  out.resize(filled);
  return out;
}

Result<std::string> DecompressZstd(std::string_view data, size_t max_bytes) {
  const std::unique_ptr<ZSTD_DCtx, size_t (*)(ZSTD_DCtx*)> context(ZSTD_createDCtx(), ZSTD_freeDCtx);
  if (!context) return Err(ErrorKind::kInternal, "zstd: no decompression context");
  ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, 27);
  ZSTD_inBuffer in{data.data(), data.size(), 0};
  std::string out;
  size_t filled = 0;
  size_t rest = 1;
  while (in.pos < in.size || rest != 0) {
    if (filled == out.size()) {
      if (filled >= max_bytes) return Bad("zstandard block grows past " + std::to_string(max_bytes) + " bytes");
      out.resize(filled + Growth(filled, max_bytes));
    }
    ZSTD_outBuffer output{out.data(), out.size(), filled};
    const size_t in_before = in.pos;
    rest = ZSTD_decompressStream(context.get(), &output, &in);
    if (ZSTD_isError(rest) != 0) return Bad(std::string("zstandard block is damaged: ") + ZSTD_getErrorName(rest));
    if (rest != 0 && in.pos == in_before && output.pos == filled) return Bad("zstandard block ends early");
    filled = output.pos;
  }
  out.resize(filled);
  return out;
}

uint32_t LittleEndian(std::string_view bytes) {
  uint32_t value = 0;
  for (size_t i = 0; i < bytes.size(); ++i) value |= static_cast<uint32_t>(static_cast<uint8_t>(bytes[i])) << (8 * i);
  return value;
}

}  // namespace

Result<std::string> DeflateRaw(std::string_view data) {
  if (data.size() > std::numeric_limits<uInt>::max()) return Err(ErrorKind::kInternal, "block too long to deflate");
  z_stream stream{};
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
    return Err(ErrorKind::kInternal, "zlib: deflateInit2 failed");
  }
  const std::unique_ptr<z_stream, int (*)(z_stream*)> guard(&stream, deflateEnd);
  std::string out(deflateBound(&stream, data.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
  stream.avail_in = static_cast<uInt>(data.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  if (deflate(&stream, Z_FINISH) != Z_STREAM_END) return Err(ErrorKind::kInternal, "zlib: deflate failed");
  out.resize(stream.total_out);
  return out;
}

Result<std::string> DecompressSnappy(std::string_view data, size_t max_bytes) {
  if (data.size() < 5) return Bad("snappy block too short");
  const std::string_view body = data.substr(0, data.size() - 4);
  size_t pos = 0;
  uint64_t length = 0;
  for (unsigned shift = 0;; shift += 7) {
    if (pos >= body.size() || shift > 28) return Bad("snappy block with a bad length");
    const auto byte = static_cast<uint8_t>(body[pos++]);
    length |= static_cast<uint64_t>(byte & 0x7fU) << shift;
    if ((byte & 0x80U) == 0) break;
  }
  if (length > max_bytes) return Bad("snappy block grows past " + std::to_string(max_bytes) + " bytes");
  std::string out;
  // A copy of three bytes yields 64 at the most: what the block says of its length must be within its reach.
  if (length > body.size() * 32) return Bad("snappy block shorter than its length says");
  out.reserve(length);
  while (pos < body.size()) {
    const auto tag = static_cast<uint8_t>(body[pos++]);
    if ((tag & 3U) == 0) {
      size_t literal = (tag >> 2U) + size_t{1};
      if (literal > 60) {
        const size_t extra = literal - 60;
        if (body.size() - pos < extra) return Bad("snappy block ends inside a literal");
        literal = size_t{LittleEndian(body.substr(pos, extra))} + 1;
        pos += extra;
      }
      if (body.size() - pos < literal || length - out.size() < literal) return Bad("snappy literal past the end");
      out.append(body.substr(pos, literal));
      pos += literal;
      continue;
    }
    const size_t extra = (tag & 3U) == 1 ? 1 : ((tag & 3U) == 2 ? 2 : 4);
    if (body.size() - pos < extra) return Bad("snappy block ends inside a copy");
    size_t offset = LittleEndian(body.substr(pos, extra));
    pos += extra;
    size_t count = (tag >> 2U) + size_t{1};
    if (extra == 1) {
      count = ((tag >> 2U) & 7U) + size_t{4};
      offset |= static_cast<size_t>(tag >> 5U) << 8U;
    }
    if (offset == 0 || offset > out.size() || length - out.size() < count) return Bad("snappy copy out of bounds");
    for (size_t i = 0; i < count; ++i) out.push_back(out[out.size() - offset]);
  }
  if (out.size() != length) return Bad("snappy block shorter than its length says");
  uint32_t expected = 0;
  for (const char c : data.substr(data.size() - 4)) expected = expected << 8U | static_cast<uint8_t>(c);
  if (crc32_z(0, reinterpret_cast<const Bytef*>(out.data()), out.size()) != expected) {
    return Bad("snappy block with a wrong checksum");
  }
  return out;
}

Result<std::string> DecompressBlock(std::string_view codec, std::string_view data, size_t max_bytes) {
  if (codec == "deflate") return InflateRaw(data, max_bytes);
  if (codec == "zstandard") return DecompressZstd(data, max_bytes);
  if (codec == "snappy") return DecompressSnappy(data, max_bytes);
  return Err(ErrorKind::kInvalidArgument,
             "Avro codec \"" + std::string(codec) +
                 "\" cannot be read (null, deflate, zstandard and snappy can): rewrite the "
                 "file with one of these");
}

}  // namespace calve::avro
