// s3:// URIs.
//
// The key is what stands behind `s3://bucket/`, byte for byte: nothing is percent-encoded or -decoded, as Iceberg's
// S3FileIO and PyIceberg do it. `?`, `#`, `%`, `..` and doubled slashes are parts of a key like any other.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace calve::store {

struct S3Location {
  std::string root;  ///< "s3://bucket/", the scheme as it was spelled (s3 or s3a): what is listed is named with it.
  std::string bucket;
  std::string key;  ///< May be empty, or end in '/': a prefix.

  std::string Uri() const { return root + key; }
};

/// kInvalidArgument for another scheme or a name that no bucket can have.
Result<S3Location> ParseS3Uri(std::string_view uri);

/// The same, and kInvalidArgument when it cannot name an object: no key, one of more than 1,024 bytes, a trailing '/'.
Result<S3Location> ParseS3ObjectUri(std::string_view uri);

}  // namespace calve::store
