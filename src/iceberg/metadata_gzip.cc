#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <limits>

#include "iceberg/metadata_file.h"

namespace calve::iceberg {
namespace {

constexpr int kGzipWindowBits = 15 + 16;  // zlib: the largest window, gzip framing.

/// zlib wants a pointer to non-const bytes that it does not write to.
Bytef* Input(std::string_view data) { return reinterpret_cast<Bytef*>(const_cast<char*>(data.data())); }

}  // namespace

Result<std::string> GzipCompress(std::string_view data) {
  if (data.size() > std::numeric_limits<uInt>::max()) {
    return Err(ErrorKind::kInvalidArgument, "more than 4 GiB cannot be packed at once");
  }
  z_stream stream{};
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzipWindowBits, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
    return Err(ErrorKind::kInternal, "zlib could not start packing");
  }
  std::string out(deflateBound(&stream, static_cast<uLong>(data.size())), '\0');
  stream.next_in = Input(data);
  stream.avail_in = static_cast<uInt>(data.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int code = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  if (code != Z_STREAM_END) return Err(ErrorKind::kInternal, "zlib could not pack the metadata");
  return out;
}

Result<std::string> GzipDecompress(std::string_view data, size_t max_bytes, std::string_view what) {
  std::string out;
  z_stream stream{};
  if (inflateInit2(&stream, kGzipWindowBits) != Z_OK)
    return Err(ErrorKind::kInternal, "zlib could not start unpacking");
  const auto fail = [&](std::string_view why) {
    inflateEnd(&stream);
    return Err(ErrorKind::kCorrupt, fmt::format("{} is not valid gzip: {}", what, why));
  };
  constexpr size_t kStep = size_t{1} << 18U;
  size_t consumed = 0;
  int code = Z_OK;
  while (true) {
    if (code == Z_STREAM_END) {
      if (consumed == data.size()) break;
      if (inflateReset(&stream) != Z_OK) return fail("zlib could not go on");
    }
    const size_t chunk_in = std::min<size_t>(data.size() - consumed, kStep);
    const size_t filled = out.size();
    out.resize(filled + std::min(kStep, max_bytes + 1 - filled));
    stream.next_in = Input(data.substr(consumed));
    stream.avail_in = static_cast<uInt>(chunk_in);
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + filled);
    stream.avail_out = static_cast<uInt>(out.size() - filled);
    code = inflate(&stream, Z_NO_FLUSH);
    consumed += chunk_in - stream.avail_in;
    out.resize(out.size() - stream.avail_out);
    if (code == Z_BUF_ERROR) return fail("it ends too early");
    if (code != Z_OK && code != Z_STREAM_END) return fail(stream.msg == nullptr ? "damaged" : stream.msg);
    if (out.size() > max_bytes) return fail(fmt::format("it unpacks to more than {} bytes", max_bytes));
  }
  inflateEnd(&stream);
  return out;
}

}  // namespace calve::iceberg
