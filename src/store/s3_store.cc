#include "store/s3_store.h"

#include <unistd.h>

#include <utility>

#include "store/local_file.h"
#include "store/s3_delete.h"
#include "store/s3_list.h"
#include "store/s3_object.h"
#include "store/s3_reader.h"
#include "store/s3_upload.h"
#include "store/s3_uri.h"
#include "store/s3_write.h"

namespace calve::store {

Result<ObjectInfo> S3Store::Head(std::string_view uri) {
  CALVE_ASSIGN_OR_RETURN(const S3Location where, ParseS3ObjectUri(uri));
  return HeadObject(client_, where);
}

Result<std::unique_ptr<ByteStream>> S3Store::Open(std::string_view uri, const OpenOptions& options) {
  CALVE_ASSIGN_OR_RETURN(const S3Location where, ParseS3ObjectUri(uri));
  return OpenS3Stream(client_, where, options);
}

Status S3Store::Put(std::string_view uri, std::string_view data, PutMode mode) {
  CALVE_ASSIGN_OR_RETURN(const S3Location where, ParseS3ObjectUri(uri));
  return PutObject(client_, where, data, std::nullopt, mode);
}

Status S3Store::PutFile(std::string_view uri, const std::string& path, PutMode mode) {
  CALVE_ASSIGN_OR_RETURN(const S3Location where, ParseS3ObjectUri(uri));
  CALVE_ASSIGN_OR_RETURN(const OpenFile file, OpenRegular(path));
  const auto size = static_cast<uint64_t>(file.st.st_size);
  if (size > client_.options().multipart_threshold_bytes) {
    CALVE_RETURN_IF_ERROR(UploadInParts(client_, where, path, size, mode));
  } else {
    CALVE_RETURN_IF_ERROR(PutObject(client_, where, {}, http::FileBody{path, 0, size}, mode));
  }
  unlink(path.c_str());  // Published already: a source that cannot be removed is litter, not a failure.
  return {};
}

Result<std::vector<ObjectInfo>> S3Store::List(std::string_view prefix) {
  CALVE_ASSIGN_OR_RETURN(Children all, ListS3(client_, prefix, /*recursive=*/true));
  return std::move(all.objects);
}

Result<Children> S3Store::ListChildren(std::string_view prefix) { return ListS3(client_, prefix, /*recursive=*/false); }

Status S3Store::Delete(std::span<const std::string> uris) { return DeleteS3(client_, uris); }

}  // namespace calve::store
