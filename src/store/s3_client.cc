#include "store/s3_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "aws/endpoint.h"
#include "aws/uri.h"

namespace calve::store {
namespace {

constexpr std::chrono::milliseconds kWaitSlice{50};  // How late a cancellation is seen by one who waits.

}  // namespace

std::string S3Client::RegionOf(const std::string& bucket) {
  const std::lock_guard lock(mutex_);
  const auto it = regions_.find(bucket);
  return it == regions_.end() ? options_.region : it->second;
}

aws::Answer<http::Response> S3Client::SendTo(const std::string& region, std::string_view operation,
                                             const S3Location& where, aws::Call& call) {
  Result<aws::Endpoint> bucket = aws::BucketEndpoint(options_.endpoint, region, where.bucket, options_.addressing);
  if (!bucket) return std::unexpected(aws::ServiceError{.error = std::move(bucket).error()});
  const bool is_root = where.key.empty() && !aws::SplitUrl(bucket->url).path.empty();  // "/bucket", not "/bucket/".
  call.path = is_root ? "" : "/" + where.key;
  return client_.Send(*bucket, operation, call);
}

std::string S3Client::RegionFromRefusal(const aws::ServiceError& refusal, const S3Location& where,
                                        const std::string& asked) {
  const bool wrong_region = refusal.status == 301 || refusal.status == 307 ||
                            (refusal.status == 400 && (refusal.code == "AuthorizationHeaderMalformed" ||
                                                       refusal.code == "IllegalLocationConstraintException"));
  // A HEAD is refused without a body, so without a code.
  const bool perhaps = refusal.status == 400 && refusal.code.empty();
  if (!wrong_region && !perhaps) return "";
  const auto named = [](const http::Headers& headers) -> std::string {
    const std::string* region = http::FindHeader(headers, "x-amz-bucket-region");
    return region != nullptr && aws::IsRegionName(*region) ? *region : "";  // It becomes a part of a host's name.
  };
  if (std::string region = named(refusal.headers); !region.empty()) return region;
  aws::Call head{.method = "HEAD", .cancel = options_.cancel};
  const auto answer = SendTo(asked, "HeadBucket", {.root = {}, .bucket = where.bucket, .key = {}}, head);
  return named(answer ? answer->headers : answer.error().headers);
}

aws::Answer<http::Response> S3Client::Send(std::string_view operation, const S3Location& where, aws::Call call) {
  if (options_.requester_pays) http::SetHeader(call.headers, "x-amz-request-payer", "requester");
  if (call.cancel == nullptr) call.cancel = options_.cancel;
  for (bool redirected = false;; redirected = true) {
    const std::string region = RegionOf(where.bucket);
    aws::Answer<http::Response> answer = SendTo(region, operation, where, call);
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
