// Multipart upload of a large local file.
#pragma once

#include <cstdint>
#include <string>

#include "base/error.h"
#include "store/object_store.h"
#include "store/s3_client.h"
#include "store/s3_uri.h"

namespace calve::store {

/// How large the parts of a file are: at least `wanted_bytes` and S3's 5 MiB, and so that 10,000 suffice. (Multipart
/// upload limits, Amazon S3 User Guide.)
uint64_t UploadPartBytes(uint64_t file_bytes, uint64_t wanted_bytes);

/// Uploads `size_bytes` (not 0) of the file `path` in parts, several at once, and makes them an object in one step.
///
/// The object appears by CompleteMultipartUpload alone (If-None-Match: * with kIfAbsent), which is sent once; when its
/// answer is lost it is repeated, and what then says that there is no such upload, or that the object exists, is
/// settled by the write id that stands at `where` (s3_write.h). Whatever fails, the upload is aborted: its parts cost
/// money. (A crash leaves them; a lifecycle rule of the bucket may remove them.)
Status UploadInParts(S3Client& client, const S3Location& where, const std::string& path, uint64_t size_bytes,
                     PutMode mode);

}  // namespace calve::store
