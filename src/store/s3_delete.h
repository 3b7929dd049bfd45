// Deleting objects.
#pragma once

#include <span>
#include <string>

#include "base/error.h"
#include "store/s3_client.h"

namespace calve::store {

/// Deletes `uris`, 1,000 of a bucket in one request; what is not there is no error. Goes on behind a failure; the first
/// one is reported, with how many there were.
Status DeleteS3(S3Client& client, std::span<const std::string> uris);

}  // namespace calve::store
