// Streams to decompress, for tests.
#pragma once

#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

#include <string>

#include "base/rng.h"

namespace calve::compression::testing {

/// Lines with repetitions near and far.
inline std::string Text(Rng& rng, size_t length) {
  std::string text;
  while (text.size() < length) {
    if (text.size() > 100 && rng.Next() % 3 == 0) {
      const size_t from = rng.Next() % (text.size() - 50);
      text += text.substr(from, 1 + rng.Next() % 50);
    } else {
      text += std::to_string(rng.Next() % 100'000) + (rng.Next() % 5 == 0 ? "\n" : ",");
    }
  }
  text.resize(length);
  return text;
}

/// One member. Small `mem_level`s make small blocks: 1 those of a few hundred bytes.
inline std::string Gzip(const std::string& text, int level = 6, int mem_level = 8) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, level, Z_DEFLATED, 15 + 16, mem_level, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(deflateBound(&stream, text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

/// One frame.
inline std::string Zstd(const std::string& text, int level = 3) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  ZSTD_CCtx* context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level);
  ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
  out.resize(ZSTD_compress2(context, out.data(), out.size(), text.data(), text.size()));
  ZSTD_freeCCtx(context);
  return out;
}

}  // namespace calve::compression::testing
