// Requests to S3: where a bucket is, how it is named in a URL, in which region it is signed for.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "aws/client.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/rng.h"
#include "store/buffer_pool.h"
#include "store/s3_options.h"
#include "store/s3_uri.h"

namespace calve::store {

/// Thread-safe.
class S3Client {
 public:
  S3Client(aws::Client& client, Clock& clock, Rng& rng, S3Options options)
      : client_(client),
        clock_(clock),
        rng_(rng),
        options_(std::move(options)),
        buffers_(options_.read_part_bytes, static_cast<size_t>(4 * std::max(options_.read_parts, 1))) {}

  /// Sends `call` to the object (or, with an empty key, the bucket) at `where`; its path and common headers are set
  /// here. A bucket that turns out to live in another region is asked there, once, and remembered: what was sent to the
  /// wrong one had no effect.
  aws::Answer<http::Response> Send(std::string_view operation, const S3Location& where, aws::Call call);

  /// Waits before retry number `attempt` (0 for the first). False: there is no retry left, or `cancelled`.
  bool WaitToRetry(int attempt, const CancelToken* cancelled = nullptr);

  /// Whether the store was told to stop.
  bool Cancelled() const { return options_.cancel != nullptr && options_.cancel->cancelled(); }
  bool UsesTls() const { return options_.endpoint.empty() || options_.endpoint.starts_with("https://"); }
  const S3Options& options() const { return options_; }
  Rng& rng() { return rng_; }
  /// Of read_part_bytes, for streams. As many are kept as four of them use.
  BufferPool& buffers() { return buffers_; }

 private:
  std::string RegionOf(const std::string& bucket);
  /// Points `call` at the object or bucket, as it is named in `region`, and sends it.
  aws::Answer<http::Response> SendTo(const std::string& region, std::string_view operation, const S3Location& where,
                                     aws::Call& call);
  /// The region that a refusal names, in its headers or when the bucket is asked; empty: it was not about that.
  std::string RegionFromRefusal(const aws::ServiceError& refusal, const S3Location& where, const std::string& asked);

  aws::Client& client_;
  Clock& clock_;
  Rng& rng_;
  const S3Options options_;
  BufferPool buffers_;
  std::mutex mutex_;
  std::map<std::string, std::string, std::less<>> regions_;  ///< Of the buckets that are not in options_.region.
};

/// Whether to try again what S3Client sent with Attempts::kOnce: not when aws::Client has already tried to connect as
/// often as it may.
bool MayPass(const aws::ServiceError& error);

/// The error for a caller: what was asked for in front, and what a 403 may mean besides.
Error S3Error(const aws::ServiceError& error, const S3Location& where);

}  // namespace calve::store
