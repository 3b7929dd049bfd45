#include "store/s3_delete.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "store/s3_encoding.h"
#include "store/s3_uri.h"
#include "store/s3_xml.h"

namespace calve::store {
namespace {

constexpr size_t kBatch = 1000;  // "Limits", API reference of DeleteObjects.

struct Failures {
  size_t count = 0;
  std::optional<Error> first;

  void Add(Error error, size_t keys = 1) {
    count += keys;
    if (!first) first = std::move(error);
  }
};

ErrorKind KindOf(std::string_view code) {
  if (code == "AccessDenied") return ErrorKind::kPermissionDenied;
  if (code == "InternalError" || code == "SlowDown" || code == "ServiceUnavailable" || code == "RequestTimeout") {
    return ErrorKind::kUnavailable;
  }
  return ErrorKind::kInvalidArgument;
}

// XML 1.0 has no way to write most control characters.
bool FitsXml(std::string_view key) {
  return std::ranges::none_of(key, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

void DeleteOne(S3Client& client, const S3Location& where, Failures& failures) {
  const auto answer = client.Send("DeleteObject", where, aws::Call{.method = "DELETE"});
  if (!answer && (answer.error().status != 404 || answer.error().code == "NoSuchBucket")) {
    failures.Add(S3Error(answer.error(), where));
  }
}

/// Of what a batch leaves behind for reasons that may pass, the batch is made again.
void DeleteBatch(S3Client& client, const S3Location& bucket, std::vector<std::string> keys, Failures& failures) {
  for (int attempt = 0; !keys.empty(); ++attempt) {
    aws::Call call{.method = "POST"};
    call.query = {{"delete", ""}};
    call.body = DeleteBody(keys);
    call.headers = {{"Content-Type", "application/xml"}, {"Content-MD5", Md5Base64(call.body)}};
    const auto answer = client.Send("DeleteObjects", bucket, std::move(call));
    if (!answer) return failures.Add(S3Error(answer.error(), bucket), keys.size());
    Result<std::vector<S3DeleteFailure>> refused = ParseDeleteResult(answer->body);
    if (!refused) return failures.Add(std::move(refused).error(), keys.size());
    std::vector<std::string> again;
    std::vector<Error> errors;
    for (const S3DeleteFailure& failure : *refused) {
      if (failure.error.code == "NoSuchKey") continue;
      Error error{KindOf(failure.error.code), fmt::format("{}{} is not deleted: {}: {}", bucket.root, failure.key,
                                                          failure.error.code, failure.error.message)};
      if (error.kind == ErrorKind::kUnavailable) {
        again.push_back(failure.key);
        errors.push_back(std::move(error));
      } else {
        failures.Add(std::move(error));
      }
    }
    if (!again.empty() && !client.WaitToRetry(attempt)) {
      for (Error& error : errors) failures.Add(std::move(error));
      return;
    }
    keys = std::move(again);
  }
}

}  // namespace

Status DeleteS3(S3Client& client, std::span<const std::string> uris) {
  std::map<std::string, std::pair<S3Location, std::vector<std::string>>> buckets;
  std::vector<S3Location> single;
  for (const std::string& uri : uris) {  // All are looked at before anything is deleted.
    CALVE_ASSIGN_OR_RETURN(S3Location where, ParseS3ObjectUri(uri));
    if (uris.size() == 1 || !FitsXml(where.key)) {
      single.push_back(std::move(where));
      continue;
    }
    std::string key = std::exchange(where.key, {});
    const std::string bucket = where.bucket;
    auto& [root, keys] = buckets.try_emplace(bucket, std::move(where), std::vector<std::string>()).first->second;
    keys.push_back(std::move(key));
  }
  Failures failures;
  for (const S3Location& where : single) DeleteOne(client, where, failures);
  for (const auto& [name, bucket] : buckets) {
    const auto& [root, keys] = bucket;
    for (size_t begin = 0; begin < keys.size(); begin += kBatch) {
      const size_t end = std::min(begin + kBatch, keys.size());
      DeleteBatch(client, root,
                  {keys.begin() + static_cast<ptrdiff_t>(begin), keys.begin() + static_cast<ptrdiff_t>(end)}, failures);
    }
  }
  if (!failures.first) return {};
  if (failures.count > 1) failures.first->message += fmt::format(" (and {} more)", failures.count - 1);
  return std::unexpected(*std::move(failures.first));
}

}  // namespace calve::store
