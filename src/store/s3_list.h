// Listing a bucket.
#pragma once

#include <string_view>

#include "base/error.h"
#include "store/object_store.h"
#include "store/s3_client.h"

namespace calve::store {

/// All pages of what begins with `prefix` (an s3:// URI); with `recursive` false, one level. Sorted. The empty objects
/// whose names end in '/', with which consoles stand for folders, are left out.
Result<Children> ListS3(S3Client& client, std::string_view prefix, bool recursive);

/// Whether anything begins with `prefix`.
Result<bool> AnyUnder(S3Client& client, std::string_view prefix);

}  // namespace calve::store
