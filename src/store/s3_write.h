// Writing an object in one request, and telling whose write stands when an answer was lost.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "store/object_store.h"
#include "store/s3_client.h"
#include "store/s3_uri.h"

namespace calve::store {

/// Every write whose outcome may need to be settled carries a fresh uuid in this header; S3 keeps it with the object.
inline constexpr std::string_view kWriteIdHeader = "x-amz-meta-calve-write";

/// Whose object stands at `where`.
enum class Standing {
  kOurs,    ///< It carries `write_id`.
  kOthers,  ///< It does not. Then a conditional write of ours can never land, as long as it stands.
  kNone,
};
Result<Standing> WhoseStands(S3Client& client, const S3Location& where, const std::string& write_id);

/// PutObject of `data`, or of `file` when given.
///
/// kIfAbsent: each request is sent once (If-None-Match: *). When an answer is lost, the request is repeated with the
/// same write id; "it exists already" is then looked at: an object with that id is our own success, which is what is
/// reported. 409 (another conditional write was under way) is repeated, as S3 documents it.
Status PutObject(S3Client& client, const S3Location& where, std::string_view data,
                 const std::optional<http::FileBody>& file, PutMode mode);

}  // namespace calve::store
