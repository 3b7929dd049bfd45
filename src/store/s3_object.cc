#include "store/s3_object.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/whole_number.h"
#include "http/date.h"
#include "store/s3_encoding.h"
#include "store/s3_list.h"

namespace calve::store {
namespace {

std::string HeaderOr(const http::Headers& headers, std::string_view name) {
  const std::string* value = http::FindHeader(headers, name);
  return value == nullptr ? "" : *value;
}

// Asks for the version, not for whatever is there.
void Pin(aws::Call& call, const std::string& version_id, const std::string& etag) {
  if (!version_id.empty()) call.query.emplace_back("versionId", version_id);
  if (!etag.empty()) call.headers.push_back({"If-Match", etag});
}

// What the service's refusal means for a read of a pinned version.
Error ReadRefusal(const aws::ServiceError& error, const S3Location& where, bool pinned, bool by_id, bool was_there) {
  const bool changed = error.status == 412;
  const bool gone = error.status == 404 && (was_there || (by_id && error.code != "NoSuchBucket"));
  const bool marker = error.status == 405 && by_id;  // That version is a delete marker.
  if (pinned && (changed || gone || marker)) {
    return {ErrorKind::kConflict,
            fmt::format("{} was replaced or removed: the version that was asked for is no longer there", where.Uri())};
  }
  return S3Error(error, where);
}

}  // namespace

ObjectInfo InfoOfHeaders(const http::Headers& headers, std::string uri) {
  ObjectInfo info;
  info.uri = std::move(uri);
  info.size_bytes = WholeNumber<uint64_t>(HeaderOr(headers, "content-length")).value_or(0);
  const std::string version_id = HeaderOr(headers, "x-amz-version-id");
  const bool versioned = !version_id.empty() && version_id != "null";
  info.version = versioned ? version_id : VersionOfETag(HeaderOr(headers, "etag"));
  if (const auto modified = http::ParseHttpDate(HeaderOr(headers, "last-modified"))) {
    info.modified_ms = ToMillis(*modified);
  }
  return info;
}

Result<ObjectInfo> HeadObject(S3Client& client, const S3Location& where, const std::optional<std::string>& if_version) {
  aws::Call call{.method = "HEAD"};
  const std::optional<std::string> etag = if_version ? ETagOfVersion(*if_version) : std::nullopt;
  const std::string version_id = if_version && !etag ? *if_version : "";
  Pin(call, version_id, etag.value_or(""));
  const auto answer = client.Send("HeadObject", where, std::move(call));
  if (answer) {
    ObjectInfo info = InfoOfHeaders(answer->headers, where.Uri());
    if (info.version.empty() || http::FindHeader(answer->headers, "content-length") == nullptr) {
      return Err(ErrorKind::kUnavailable, fmt::format("{}: the server tells neither ETag nor size", where.Uri()));
    }
    return info;
  }
  Error error = ReadRefusal(answer.error(), where, if_version.has_value(), !version_id.empty(), false);
  if (error.kind != ErrorKind::kNotFound) return std::unexpected(std::move(error));
  // Asked on the way out only, so that it costs nothing where the object is there.
  const Result<bool> folder = AnyUnder(client, where.root + where.key + "/");
  if (folder && *folder) {
    return Err(ErrorKind::kNotFound,
               fmt::format("{0} is a folder, not an object; {0}/* names what lies in it", where.Uri()));
  }
  // A HEAD is refused without a reason: that the bucket is not there is said here.
  if (!folder && folder.error().kind == ErrorKind::kNotFound) return std::unexpected(folder.error());
  return Err(ErrorKind::kNotFound, fmt::format("there is no object {}", where.Uri()));
}

S3Object::S3Object(S3Client& client, S3Location where, const std::optional<std::string>& if_version)
    : client_(client), where_(std::move(where)) {
  if (!if_version) return;
  if (auto etag = ETagOfVersion(*if_version)) {
    etag_ = *std::move(etag);
  } else {
    version_id_ = *if_version;
  }
}

Error S3Object::Refusal(const aws::ServiceError& error) const {
  const bool pinned = learned_ || !etag_.empty() || !version_id_.empty();
  return ReadRefusal(error, where_, pinned, !version_id_.empty(), learned_);
}

aws::Answer<http::Response> S3Object::Get(uint64_t first, uint64_t last, std::span<std::byte> into, size_t& filled,
                                          bool& too_much, const CancelToken* cancel) const {
  aws::Call call;
  call.headers.push_back({"Range", fmt::format("bytes={}-{}", first, last)});
  Pin(call, version_id_, etag_);
  call.attempts = aws::Attempts::kOnce;  // Tried again here, from where it broke.
  call.total_timeout = {};               // A slow line is no broken line.
  call.cancel = cancel;
  const size_t start = filled;
  call.on_attempt = [&] { filled = start; };
  call.sink = [&](std::span<const std::byte> piece) {
    if (client_.Cancelled() || (cancel != nullptr && cancel->cancelled())) return false;
    if (piece.size() > into.size() - filled) {
      too_much = true;
      return false;
    }
    if (!piece.empty()) std::memcpy(into.data() + filled, piece.data(), piece.size());
    filled += piece.size();
    return true;
  };
  return client_.Send("GetObject", where_, std::move(call));
}

Result<S3Object::Answered> S3Object::Check(const http::Response& response, uint64_t first) const {
  Answered answered{.filled = 0, .etag = HeaderOr(response.headers, "etag"), .size_bytes = 0};
  if (response.status == 206) {
    const auto range = ParseContentRange(HeaderOr(response.headers, "content-range"));
    if (!range || range->first != first) {
      return Err(ErrorKind::kCorrupt,
                 fmt::format("{}: the server sent another range than bytes {} onwards", where_.Uri(), first));
    }
    answered.size_bytes = range->size_bytes;
  } else {
    // The whole object, from a server that does not care for Range where it asks for all there is.
    const auto size = WholeNumber<uint64_t>(HeaderOr(response.headers, "content-length"));
    if (first != 0 || !size) {
      return Err(ErrorKind::kCorrupt, fmt::format("{}: the server does not serve ranges", where_.Uri()));
    }
    answered.size_bytes = *size;
  }
  if (answered.etag.empty()) {
    return Err(ErrorKind::kCorrupt,
               fmt::format("{}: the server sends no ETag, so a change could not be noticed", where_.Uri()));
  }
  const bool other_etag = !etag_.empty() && etag_ != answered.etag;
  if (other_etag || (learned_ && answered.size_bytes != size_bytes_)) {
    return Err(ErrorKind::kConflict,
               fmt::format("{} was replaced: its ETag is {}, {} was asked for", where_.Uri(), answered.etag, etag_));
  }
  return answered;
}

Result<S3Object::Answered> S3Object::Fetch(uint64_t begin_bytes, std::span<std::byte> into, bool exact,
                                           const CancelToken* cancel) const {
  const bool pinned = !etag_.empty() || !version_id_.empty();
  const uint64_t last = begin_bytes + into.size() - 1;
  size_t filled = 0;
  for (int attempt = 0;; ++attempt) {
    const size_t before = filled;
    bool too_much = false;
    const auto answer = Get(begin_bytes + before, last, into, filled, too_much, cancel);
    if (too_much) {
      return Err(ErrorKind::kCorrupt,
                 fmt::format("{}: the server sends more than the range that it was asked for", where_.Uri()));
    }
    Error error{ErrorKind::kUnavailable, fmt::format("{}: the answer ended too soon", where_.Uri())};
    if (answer) {
      CALVE_ASSIGN_OR_RETURN(Answered answered, Check(*answer, begin_bytes + before));
      const uint64_t wanted = std::min<uint64_t>(into.size(), answered.size_bytes - begin_bytes);
      if (filled == wanted && (!exact || wanted == into.size())) {
        answered.filled = filled;
        return answered;
      }
    } else if (answer.error().status == 416 && !exact) {
      // Nothing lies there. Behind a broken answer it is not to be expected: ask from the start.
      if (before == 0) return Answered{};
    } else {
      error = Refusal(answer.error());
      if (!MayPass(answer.error())) return std::unexpected(std::move(error));
    }
    if (!pinned) {
      filled = 0;  // What has come may be of another content than what will come.
    } else if (filled > before) {
      attempt = 0;  // It goes on, however slowly.
    }
    if (!client_.WaitToRetry(attempt, cancel)) {
      if (client_.Cancelled() || (cancel != nullptr && cancel->cancelled())) {
        return Err(ErrorKind::kCancelled, fmt::format("reading {} was cancelled", where_.Uri()));
      }
      return std::unexpected(std::move(error));
    }
  }
}

Result<size_t> S3Object::ReadFirst(uint64_t begin_bytes, std::span<std::byte> into) {
  if (!into.empty()) {
    CALVE_ASSIGN_OR_RETURN(const Answered answered, Fetch(begin_bytes, into, /*exact=*/false, nullptr));
    if (!answered.etag.empty()) {
      etag_ = answered.etag;
      size_bytes_ = answered.size_bytes;
      learned_ = true;
      return answered.filled;
    }
  }
  // Nothing to read: whether the object is there and how large it is remains to be asked.
  std::optional<std::string> if_version;
  if (!version_id_.empty()) if_version = version_id_;
  if (!etag_.empty()) if_version = etag_;
  CALVE_ASSIGN_OR_RETURN(const ObjectInfo info, HeadObject(client_, where_, if_version));
  size_bytes_ = info.size_bytes;
  learned_ = true;
  return size_t{0};
}

Status S3Object::Read(uint64_t begin_bytes, std::span<std::byte> into, const CancelToken& cancel) const {
  CALVE_RETURN_IF_ERROR(Fetch(begin_bytes, into, /*exact=*/true, &cancel));
  return {};
}

}  // namespace calve::store
