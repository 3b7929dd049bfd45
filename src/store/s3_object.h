// One version of one object, read by ranges: every GET asks for that version, so that no two contents are ever mixed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/cancel.h"
#include "base/error.h"
#include "store/object_store.h"
#include "store/s3_client.h"
#include "store/s3_uri.h"

namespace calve::store {

/// What a response's headers say about its object: version id (when there is one), else ETag.
ObjectInfo InfoOfHeaders(const http::Headers& headers, std::string uri);

/// HeadObject. kNotFound (saying so when there is a folder of that name), kConflict when `if_version` is another or
/// gone.
Result<ObjectInfo> HeadObject(S3Client& client, const S3Location& where,
                              const std::optional<std::string>& if_version = std::nullopt);

class S3Object {
 public:
  /// `if_version`: a version id or an ETag; without one the first answer decides which version it is.
  S3Object(S3Client& client, S3Location where, const std::optional<std::string>& if_version);

  /// The first read, which finds out the object's size: `into` is filled from `begin_bytes` on as far as the object
  /// goes; how many bytes that were. Nothing else may be called before it has succeeded. kNotFound, kConflict.
  Result<size_t> ReadFirst(uint64_t begin_bytes, std::span<std::byte> into);

  /// Fills `into`, all of which lies in the object. A connection that breaks is taken up again where it broke.
  /// kConflict when the object was replaced or removed. Thread-safe.
  Status Read(uint64_t begin_bytes, std::span<std::byte> into, const CancelToken& cancel) const;

  uint64_t size_bytes() const { return size_bytes_; }

 private:
  struct Answered {
    size_t filled = 0;
    std::string etag;
    uint64_t size_bytes = 0;
  };

  /// `exact`: the range is known to be in the object.
  Result<Answered> Fetch(uint64_t begin_bytes, std::span<std::byte> into, bool exact, const CancelToken* cancel) const;
  aws::Answer<http::Response> Get(uint64_t first, uint64_t last, std::span<std::byte> into, size_t& filled,
                                  bool& too_much, const CancelToken* cancel) const;
  /// Whether the answer is the range that was asked for, of the version that was asked for.
  Result<Answered> Check(const http::Response& response, uint64_t first) const;
  Error Refusal(const aws::ServiceError& error) const;

  S3Client& client_;
  const S3Location where_;
  std::string version_id_;  ///< Asked for by the caller.
  std::string etag_;        ///< With its quotes; asked for by the caller, or learned by ReadFirst.
  bool learned_ = false;    ///< ReadFirst has succeeded.
  uint64_t size_bytes_ = 0;
};

}  // namespace calve::store
