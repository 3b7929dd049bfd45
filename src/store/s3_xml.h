// S3's XML: what its answers say, and the two bodies that it is sent (Amazon S3 API reference, 2006-03-01).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace calve::store {

struct S3ListedObject {
  std::string key;
  uint64_t size_bytes = 0;
  int64_t modified_ms = 0;
};

/// One page of ListObjectsV2, names decoded.
struct S3ListPage {
  std::vector<S3ListedObject> objects;
  std::vector<std::string> prefixes;
  std::string next;  ///< The continuation token; empty: this was the last page.
};

/// An `Error` element.
struct S3ErrorText {
  std::string code;
  std::string message;
};

/// Why one key of a DeleteObjects is still there.
struct S3DeleteFailure {
  std::string key;
  S3ErrorText error;
};

struct S3UploadedPart {
  int number = 0;  ///< From 1.
  std::string etag;
  std::string crc32;  ///< Base64; empty: none was sent.
};

/// Each is kUnavailable when `xml` is not the document that it should be: cut off, or not S3's.
Result<S3ListPage> ParseListPage(std::string_view xml);
Result<std::string> ParseUploadId(std::string_view xml);
Result<std::vector<S3DeleteFailure>> ParseDeleteResult(std::string_view xml);

/// CompleteMultipartUpload answers 200 before it knows: the body is the result (code empty), or an error.
Result<S3ErrorText> ParseCompleteResult(std::string_view xml);

/// The body of DeleteObjects; quiet: only failures are answered. Keys must hold no control characters.
std::string DeleteBody(std::span<const std::string> keys);
/// The body of CompleteMultipartUpload, the parts in ascending order.
std::string CompleteBody(std::span<const S3UploadedPart> parts);

}  // namespace calve::store
