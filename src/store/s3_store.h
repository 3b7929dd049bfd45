// The object store on S3, and on servers that speak like it.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "aws/client.h"
#include "base/clock.h"
#include "base/rng.h"
#include "store/object_store.h"
#include "store/s3_client.h"
#include "store/s3_options.h"

namespace calve::store {

/// Objects are named `s3://bucket/key` or `s3a://bucket/key` (store/s3_uri.h). A version is the version id in a bucket
/// with versioning, else the ETag without its quotes; if_version takes either. In a bucket with versioning a stream
/// over a version id reads that version to its end, whatever was written since (needs s3:GetObjectVersion).
///
/// A lost answer is settled where it can be: see s3_write.h (put-if-absent) and s3_upload.h. kAlreadyExists is never
/// the echo of an own write that was repeated; when it cannot be told whose write stands, it is kUnavailable.
/// Put-if-absent needs a server that honours If-None-Match (S3 does since 2024).
class S3Store final : public ObjectStore {
 public:
  /// All of them outlive the store, and the store its streams.
  S3Store(aws::Client& client, Clock& clock, Rng& rng, S3Options options)
      : client_(client, clock, rng, std::move(options)) {}

  /// Of an absent object whose name is a folder's, kNotFound says so.
  Result<ObjectInfo> Head(std::string_view uri) override;
  /// One GET when all of it fits into a part; see store/s3_reader.h.
  Result<std::unique_ptr<ByteStream>> Open(std::string_view uri, const OpenOptions& options) override;
  Status Put(std::string_view uri, std::string_view data, PutMode mode) override;
  /// In parts when the file is larger than S3Options::multipart_threshold_bytes.
  Status PutFile(std::string_view uri, const std::string& path, PutMode mode) override;
  Result<std::vector<ObjectInfo>> List(std::string_view prefix) override;
  Result<Children> ListChildren(std::string_view prefix) override;
  /// Goes on behind a failure and reports the first. In a bucket with versioning, old versions stay.
  Status Delete(std::span<const std::string> uris) override;

 private:
  S3Client client_;
};

}  // namespace calve::store
