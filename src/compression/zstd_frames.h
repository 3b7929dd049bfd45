// zstd by libzstd.
#pragma once

#include "compression/decoder.h"

namespace calve::compression {

/// See Decoder::Make. Ways in are the beginnings of frames: a single frame has none but its own.
Result<std::unique_ptr<Decoder>> MakeZstdDecoder(const WayIn* way_in);

}  // namespace calve::compression
