#include "store/s3_upload.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "base/rng.h"
#include "store/s3_encoding.h"
#include "store/s3_write.h"
#include "store/s3_xml.h"

namespace calve::store {
namespace {

constexpr uint64_t kMinPartBytes = uint64_t{5} << 20U;
constexpr uint64_t kMaxParts = 10'000;
constexpr std::chrono::milliseconds kCompleteTimeout{600'000};  // "may take several minutes"
constexpr std::chrono::milliseconds kCompleteStall{120'000};

class Upload {
 public:
  Upload(S3Client& client, const S3Location& where, const std::string& path, uint64_t size_bytes, PutMode mode)
      : client_(client),
        where_(where),
        path_(path),
        size_bytes_(size_bytes),
        part_bytes_(UploadPartBytes(size_bytes, client.options().upload_part_bytes)),
        mode_(mode),
        write_id_(NewUuid(client.rng())) {}

  Status Run() {
    CALVE_RETURN_IF_ERROR(Create());
    Status sent = SendParts();
    if (!sent) {
      Abort();
      return sent;
    }
    return Complete();
  }

 private:
  Status Create();
  Status SendParts();
  void Work();
  Result<S3UploadedPart> SendPart(uint64_t index);
  Status Complete();
  Status Settle(Error failure, bool may_be_ours);
  void Abort();

  S3Client& client_;
  const S3Location& where_;
  const std::string& path_;
  const uint64_t size_bytes_;
  const uint64_t part_bytes_;
  const PutMode mode_;
  const std::string write_id_;
  std::string upload_id_;
  std::vector<S3UploadedPart> parts_;  ///< Each is written by the one thread that sends it.
  std::atomic<uint64_t> next_ = 0;
  CancelToken stop_;  ///< One part has failed: the others need not go on.
  std::mutex mutex_;
  std::optional<Error> failure_;  ///< The first; under mutex_.
};

Status Upload::Create() {
  aws::Call call{.method = "POST"};
  call.query = {{"uploads", ""}};
  call.headers.push_back({"Content-Type", "application/octet-stream"});
  call.headers.push_back({std::string(kWriteIdHeader), write_id_});
  if (client_.options().checksums) call.headers.push_back({"x-amz-checksum-algorithm", "CRC32"});
  const auto answer = client_.Send("CreateMultipartUpload", where_, std::move(call));
  if (!answer) return std::unexpected(S3Error(answer.error(), where_));
  Result<std::string> id = ParseUploadId(answer->body);
  if (!id) return WithContext(std::move(id).error(), "uploading " + where_.Uri());
  upload_id_ = *std::move(id);
  return {};
}

Result<S3UploadedPart> Upload::SendPart(uint64_t index) {
  const uint64_t offset = index * part_bytes_;
  const uint64_t length = std::min(part_bytes_, size_bytes_ - offset);
  S3UploadedPart part{.number = static_cast<int>(index) + 1, .etag = {}, .crc32 = {}};
  aws::Call call{.method = "PUT"};
  call.query = {{"partNumber", fmt::format("{}", part.number)}, {"uploadId", upload_id_}};
  call.file = http::FileBody{path_, offset, length};
  if (client_.UsesTls()) call.payload = aws::Payload::kUnsigned;
  if (client_.options().checksums) {
    CALVE_ASSIGN_OR_RETURN(part.crc32, FileCrc32Base64(path_, offset, length));
    call.headers.push_back({"x-amz-checksum-crc32", part.crc32});
    call.headers.push_back({"x-amz-sdk-checksum-algorithm", "CRC32"});
  }
  call.total_timeout = {};
  call.cancel = &stop_;
  const auto answer = client_.Send("UploadPart", where_, std::move(call));
  if (!answer) return std::unexpected(S3Error(answer.error(), where_));
  const std::string* etag = http::FindHeader(answer->headers, "etag");
  if (etag == nullptr) {
    return Err(ErrorKind::kUnavailable, fmt::format("{}: the server took a part without an ETag", where_.Uri()));
  }
  part.etag = *etag;
  return part;
}

void Upload::Work() {
  for (;;) {
    const uint64_t index = next_++;
    if (index >= parts_.size() || stop_.cancelled()) return;
    Result<S3UploadedPart> part =
        client_.Cancelled() ? Err(ErrorKind::kCancelled, fmt::format("uploading {} was cancelled", where_.Uri()))
                            : SendPart(index);
    if (part) {
      parts_[index] = *std::move(part);
      continue;
    }
    const std::lock_guard lock(mutex_);
    if (!failure_) failure_ = std::move(part).error();
    stop_.Cancel();
    return;
  }
}

Status Upload::SendParts() {
  parts_.resize((size_bytes_ + part_bytes_ - 1) / part_bytes_);
  {
    const size_t wanted = std::min(parts_.size(), static_cast<size_t>(std::max(client_.options().upload_parts, 1)));
    std::vector<std::jthread> threads;
    try {
      while (threads.size() + 1 < wanted) threads.emplace_back([this] { Work(); });
    } catch (const std::system_error&) {
      // This thread works too.
    }
    Work();
  }
  if (failure_) return std::unexpected(*failure_);
  return {};
}

Status Upload::Complete() {
  aws::Call call{.method = "POST"};
  call.query = {{"uploadId", upload_id_}};
  call.headers.push_back({"Content-Type", "application/xml"});
  if (mode_ == PutMode::kIfAbsent) call.headers.push_back({"If-None-Match", "*"});
  call.body = CompleteBody(parts_);
  call.attempts = aws::Attempts::kOnce;
  call.total_timeout = kCompleteTimeout;
  call.stall_timeout = kCompleteStall;
  bool may_be_ours = false;
  for (int attempt = 0;; ++attempt) {
    const auto answer = client_.Send("CompleteMultipartUpload", where_, call);
    Error failure{ErrorKind::kUnavailable, ""};
    bool may_pass = true;
    bool lost_or_gone = false;
    if (answer) {
      const Result<S3ErrorText> outcome = ParseCompleteResult(answer->body);
      if (outcome && outcome->code.empty()) return {};
      // An error behind a 200, or an answer that was cut off: the object may be there.
      failure.message = fmt::format("{}: {}", where_.Uri(),
                                    outcome ? outcome->code + ": " + outcome->message : outcome.error().message);
      lost_or_gone = outcome && (outcome->code == "PreconditionFailed" || outcome->code == "NoSuchUpload");
      may_be_ours = true;
    } else {
      const aws::ServiceError& error = answer.error();
      failure = S3Error(error, where_);
      may_be_ours = may_be_ours || error.may_have_taken_effect;
      lost_or_gone = error.status == 412 || error.code == "NoSuchUpload";
      // ConditionalRequestConflict: this upload can no longer be completed, a new one may be.
      if (error.status == 409) failure.kind = ErrorKind::kUnavailable;
      may_pass = MayPass(error) && error.status != 409;
    }
    if (lost_or_gone || !may_pass || !client_.WaitToRetry(attempt)) {
      return Settle(std::move(failure), may_be_ours);
    }
  }
}

/// Completing was refused, or its answers were lost. The upload is aborted first: from then on nothing changes any
/// more, and what stands is the answer.
Status Upload::Settle(Error failure, bool may_be_ours) {
  Abort();
  const Result<Standing> standing = WhoseStands(client_, where_, write_id_);
  if (standing && *standing == Standing::kOurs) return {};
  if (standing && *standing == Standing::kOthers && mode_ == PutMode::kIfAbsent) {
    return Err(ErrorKind::kAlreadyExists, fmt::format("{} exists", where_.Uri()));
  }
  const bool lost = failure.kind == ErrorKind::kConflict || failure.kind == ErrorKind::kNotFound;
  if (failure.kind != ErrorKind::kCancelled && (may_be_ours || lost)) failure.kind = ErrorKind::kUnavailable;
  return std::unexpected(std::move(failure));
}

void Upload::Abort() {
  aws::Call call{.method = "DELETE"};
  call.query = {{"uploadId", upload_id_}};
  CancelToken never;
  call.cancel = &never;  // Also when the store is being stopped: nobody else knows of these parts.
  [[maybe_unused]] const auto answer = client_.Send("AbortMultipartUpload", where_, std::move(call));
}

}  // namespace

uint64_t UploadPartBytes(uint64_t file_bytes, uint64_t wanted_bytes) {
  return std::max({wanted_bytes, kMinPartBytes, (file_bytes + kMaxParts - 1) / kMaxParts});
}

Status UploadInParts(S3Client& client, const S3Location& where, const std::string& path, uint64_t size_bytes,
                     PutMode mode) {
  return Upload(client, where, path, size_bytes, mode).Run();
}

}  // namespace calve::store
