// gzip by zlib.
#pragma once

#include "compression/decoder.h"

namespace calve::compression {

/// See Decoder::Make. Ways in are the ends of deflate blocks, and the beginnings of members.
Result<std::unique_ptr<Decoder>> MakeGzipDecoder(const WayIn* way_in);

}  // namespace calve::compression
