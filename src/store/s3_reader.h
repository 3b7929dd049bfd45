// A stream over an object in S3: one GET for a small read, ranged GETs side by side for a long one.
#pragma once

#include <memory>

#include "base/error.h"
#include "store/object_store.h"
#include "store/s3_client.h"
#include "store/s3_uri.h"

namespace calve::store {

/// Opens what `options` asks for. The first GET is sent here and tells size and version; all later ones ask for that
/// version (kConflict when it was replaced), also without if_version. Threads start when the first part has been half
/// read, and fetch at most options.read_parts ahead; they stop when the stream is destroyed.
/// `client` outlives the stream.
Result<std::unique_ptr<ByteStream>> OpenS3Stream(S3Client& client, const S3Location& where, const OpenOptions& options);

}  // namespace calve::store
