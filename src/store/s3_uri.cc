#include "store/s3_uri.h"

#include <fmt/format.h>

#include <algorithm>

#include "aws/endpoint.h"
#include "store/uri.h"

namespace calve::store {
namespace {

constexpr size_t kMaxKeyBytes = 1024;  // "Object key names", Amazon S3 User Guide.

}  // namespace

Result<S3Location> ParseS3Uri(std::string_view uri) {
  const std::string scheme = UriScheme(uri);
  if (scheme != "s3" && scheme != "s3a") {
    return Err(ErrorKind::kInvalidArgument, fmt::format("{} is no s3://bucket/key URI", uri));
  }
  const size_t begin = scheme.size() + 3;
  const size_t slash = std::min(uri.find('/', begin), uri.size());
  S3Location location;
  location.bucket = uri.substr(begin, slash - begin);
  if (!aws::IsBucketName(location.bucket)) {
    return Err(ErrorKind::kInvalidArgument, fmt::format("{}: '{}' is no bucket's name", uri, location.bucket));
  }
  location.root = std::string(uri.substr(0, slash)) + "/";
  if (slash < uri.size()) location.key = uri.substr(slash + 1);
  return location;
}

Result<S3Location> ParseS3ObjectUri(std::string_view uri) {
  CALVE_ASSIGN_OR_RETURN(S3Location location, ParseS3Uri(uri));
  if (location.key.empty()) {
    return Err(ErrorKind::kInvalidArgument, fmt::format("{} is a bucket, not an object", uri));
  }
  if (location.key.ends_with('/')) {
    return Err(ErrorKind::kInvalidArgument, fmt::format("{} is a folder's name, not an object's", uri));
  }
  if (location.key.size() > kMaxKeyBytes) {
    return Err(ErrorKind::kInvalidArgument,
               fmt::format("{}: a key has at most {} bytes, this one has {}", uri, kMaxKeyBytes, location.key.size()));
  }
  return location;
}

}  // namespace calve::store
