#include "store/s3_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace calve::store {
namespace {

constexpr std::chrono::milliseconds kWaitSlice{50};  // How late a cancellation is seen by one who waits.

// The certificate of *.s3.REGION.amazonaws.com covers one label, in lower case.
bool IsDnsLabel(std::string_view bucket) {
  return bucket.size() <= 63 && std::ranges::all_of(bucket, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
         });
}

std::string AwsUrl(const std::string& region) {
  return fmt::format("https://s3.{}.amazonaws.com{}", region, region.starts_with("cn-") ? ".cn" : "");
}

}  // namespace

std::string S3Client::RegionOf(const std::string& bucket) {
  const std::lock_guard lock(mutex_);
  const auto it = regions_.find(bucket);
  return it == regions_.end() ? options_.region : it->second;
}

S3Client::Target S3Client::Locate(const S3Location& where, const std::string& region) const {
  Target target;
  std::string url = options_.endpoint.empty() ? AwsUrl(region) : options_.endpoint;
  while (url.ends_with('/')) url.pop_back();
  const bool by_path =
      options_.addressing == S3Addressing::kPath ||
      (options_.addressing == S3Addressing::kAuto && (!options_.endpoint.empty() || !IsDnsLabel(where.bucket)));
  if (by_path) {
    target.path = "/" + where.bucket;
    if (!where.key.empty()) target.path += "/" + where.key;
  } else {
    const size_t host = url.find("://");
    url.insert(host == std::string::npos ? 0 : host + 3, where.bucket + ".");
    target.path = "/" + where.key;
  }
  target.endpoint = {.url = std::move(url), .service = "s3", .region = region};
  return target;
}

std::string S3Client::RegionFromRefusal(const aws::ServiceError& refusal, const S3Location& where,
                                        const std::string& asked) {
  const bool wrong_region = refusal.status == 301 || refusal.status == 307 ||
                            (refusal.status == 400 && (refusal.code == "AuthorizationHeaderMalformed" ||
                                                       refusal.code == "IllegalLocationConstraintException"));
  // A HEAD is refused without a body, so without a code.
  const bool perhaps = refusal.status == 400 && refusal.code.empty();
  if (!wrong_region && !perhaps) return "";
  if (const std::string* region = http::FindHeader(refusal.headers, "x-amz-bucket-region")) return *region;
  aws::Call head{.method = "HEAD", .cancel = options_.cancel};
  Target target = Locate({.root = {}, .bucket = where.bucket, .key = {}}, asked);
  head.path = std::move(target.path);
  const auto answer = client_.Send(target.endpoint, "HeadBucket", head);
  const http::Headers& headers = answer ? answer->headers : answer.error().headers;
  const std::string* region = http::FindHeader(headers, "x-amz-bucket-region");
  return region == nullptr ? "" : *region;
}

aws::Answer<http::Response> S3Client::Send(std::string_view operation, const S3Location& where, aws::Call call) {
  if (options_.requester_pays) http::SetHeader(call.headers, "x-amz-request-payer", "requester");
  if (call.cancel == nullptr) call.cancel = options_.cancel;
  for (bool redirected = false;; redirected = true) {
    const std::string region = RegionOf(where.bucket);
    Target target = Locate(where, region);
    call.path = std::move(target.path);
    aws::Answer<http::Response> answer = client_.Send(target.endpoint, operation, call);
    if (answer || redirected) return answer;
    const std::string there = RegionFromRefusal(answer.error(), where, region);
    if (there.empty() || there == region) return answer;
    const std::lock_guard lock(mutex_);
    regions_.insert_or_assign(where.bucket, there);
  }
}

bool S3Client::WaitToRetry(int attempt, const CancelToken* cancelled) {
  const auto stop = [&] { return Cancelled() || (cancelled != nullptr && cancelled->cancelled()); };
  if (attempt >= options_.backoff.max_retries) return false;
  for (auto left = BackoffWait(options_.backoff, attempt, rng_); left.count() > 0 && !stop();) {
    const auto slice = std::min(left, kWaitSlice);
    clock_.SleepFor(slice);
    left -= slice;
  }
  return !stop();
}

bool MayPass(const aws::ServiceError& error) {
  return error.error.kind == ErrorKind::kUnavailable && (error.status != 0 || error.may_have_taken_effect);
}

Error S3Error(const aws::ServiceError& error, const S3Location& where) {
  std::string message = fmt::format("{}: {}", where.Uri(), error.error.message);
  if (error.status == 403) {
    message += " (without the permission s3:ListBucket, S3 refuses what is not there in the same way)";
  }
  return {error.error.kind, std::move(message)};
}

}  // namespace calve::store
