#include "store/s3_write.h"

#include <fmt/format.h>

#include <utility>

#include "base/rng.h"
#include "store/s3_encoding.h"

namespace calve::store {
namespace {

Error Exists(const S3Location& where) { return {ErrorKind::kAlreadyExists, fmt::format("{} exists", where.Uri())}; }

Result<aws::Call> MakePut(S3Client& client, std::string_view data, const std::optional<http::FileBody>& file) {
  aws::Call call{.method = "PUT"};
  call.headers.push_back({"Content-Type", "application/octet-stream"});
  call.total_timeout = {};  // As long as it goes on.
  if (file) {
    call.file = file;
    // Over TLS nobody can change the body under way; what the checksum covers need not be hashed again.
    if (client.UsesTls()) call.payload = aws::Payload::kUnsigned;
  } else {
    call.body = data;
  }
  if (client.options().checksums) {
    std::string crc = Crc32Base64(data);
    if (file) {
      CALVE_ASSIGN_OR_RETURN(crc, FileCrc32Base64(file->path, file->offset_bytes, file->length_bytes));
    }
    call.headers.push_back({"x-amz-checksum-crc32", std::move(crc)});
    call.headers.push_back({"x-amz-sdk-checksum-algorithm", "CRC32"});
  }
  return call;
}

/// One request is proven to have lost; has an earlier one of ours won? `may_be_ours`: one was sent whose answer is
/// not known.
Status Lost(S3Client& client, const S3Location& where, const std::string& write_id, bool may_be_ours) {
  const Result<Standing> standing = WhoseStands(client, where, write_id);
  if (standing && *standing == Standing::kOurs) return {};
  if (!may_be_ours || (standing && *standing == Standing::kOthers)) return std::unexpected(Exists(where));
  const std::string why = standing ? "it was removed meanwhile" : standing.error().message;
  return Err(
      ErrorKind::kUnavailable,
      fmt::format("{} was created, by this write or by another: that cannot be told now ({})", where.Uri(), why));
}

}  // namespace

Result<Standing> WhoseStands(S3Client& client, const S3Location& where, const std::string& write_id) {
  const auto answer = client.Send("HeadObject", where, aws::Call{.method = "HEAD"});
  if (!answer) {
    if (answer.error().status == 404) return Standing::kNone;
    return std::unexpected(S3Error(answer.error(), where));
  }
  const std::string* id = http::FindHeader(answer->headers, kWriteIdHeader);
  return id != nullptr && *id == write_id ? Standing::kOurs : Standing::kOthers;
}

Status PutObject(S3Client& client, const S3Location& where, std::string_view data,
                 const std::optional<http::FileBody>& file, PutMode mode) {
  CALVE_ASSIGN_OR_RETURN(aws::Call call, MakePut(client, data, file));
  if (mode == PutMode::kOverwrite) {
    const auto answer = client.Send("PutObject", where, std::move(call));
    if (!answer) return std::unexpected(S3Error(answer.error(), where));
    return {};
  }
  const std::string write_id = NewUuid(client.rng());
  call.headers.push_back({std::string(kWriteIdHeader), write_id});
  call.headers.push_back({"If-None-Match", "*"});
  call.attempts = aws::Attempts::kOnce;
  bool may_be_ours = false;
  for (int attempt = 0;; ++attempt) {
    const auto answer = client.Send("PutObject", where, call);
    if (answer) return {};
    const aws::ServiceError& error = answer.error();
    may_be_ours = may_be_ours || error.may_have_taken_effect;
    if (error.status == 412) return Lost(client, where, write_id, may_be_ours);
    const bool conflict = error.status == 409;  // ConditionalRequestConflict: neither has won yet.
    Error failure = S3Error(error, where);
    if (conflict) failure.kind = ErrorKind::kUnavailable;
    if ((!conflict && !MayPass(error)) || !client.WaitToRetry(attempt)) {
      // An earlier request may still have landed: then no later refusal says that nothing happened.
      if (may_be_ours && failure.kind != ErrorKind::kCancelled) failure.kind = ErrorKind::kUnavailable;
      return std::unexpected(std::move(failure));
    }
  }
}

}  // namespace calve::store
