// The calls of SQS that the queue is made of (JSON protocol 1.0), with SQS's limits and partial failures dealt with.
// Facts from the Amazon SQS API Reference (2012-11-05).
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "aws/client.h"
#include "base/backoff.h"
#include "base/cancel.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "base/rng.h"

namespace calve::queue {

inline constexpr size_t kSqsBatchEntries = 10;
/// Of one message, and of all messages of a batch together. SQS may take more today; a queue's own setting may not.
inline constexpr size_t kSqsBatchBytes = 256 * 1024;
inline constexpr std::chrono::seconds kMaxSqsWait{20};

/// A message to send. `attributes` is SQS's MessageAttributes: {"name": {"DataType": "String", "StringValue": ...}}.
struct SqsOutgoing {
  std::string body;
  Json attributes = Json::object();
};

/// What counts towards the limits: the body, and of each attribute its name, type and value.
size_t SqsSize(const SqsOutgoing& message);

struct SqsMessage {
  std::string id;
  std::string receipt;
  std::string body;
  Json system = Json::object();      ///< ApproximateReceiveCount, SentTimestamp ...: text, as SQS sends them.
  Json attributes = Json::object();  ///< MessageAttributes.
};

/// A system attribute that is a number; `otherwise` when it is absent or something else.
int64_t SystemNumber(const SqsMessage& message, std::string_view name, int64_t otherwise);

/// Thread-safe. Every error's message names the operation and the queue, never a body.
class SqsApi {
 public:
  /// `entry_backoff`: for entries of a batch that SQS refused for a reason of its own. `call_limit`: of each method's
  /// attempts and waits together, a long poll's wait not counted.
  /// `cancel` ends each of them early; may be null.
  SqsApi(aws::Client& client, aws::Endpoint endpoint, BackoffPolicy entry_backoff, std::chrono::milliseconds call_limit,
         const CancelToken* cancel, Clock& clock, Rng& rng)
      : client_(client),
        endpoint_(std::move(endpoint)),
        entry_backoff_(entry_backoff),
        call_limit_(call_limit),
        cancel_(cancel),
        clock_(clock),
        rng_(rng) {}

  /// kNotFound when there is no such queue. `owner_account`: empty for the caller's own.
  Result<std::string> QueueUrl(std::string_view name, std::string_view owner_account);
  /// Those of `names` that the queue has.
  Result<std::map<std::string, std::string>> Attributes(const std::string& url, std::span<const char* const> names);
  /// All of them, in as few calls as fit. On an error some may have been sent.
  Status Send(const std::string& url, std::span<const SqsOutgoing> messages);
  /// At most 10 at a time, waiting up to `wait` (at most 20 s). `cancel` ends the wait early, too.
  Result<std::vector<SqsMessage>> Receive(const std::string& url, int max, std::chrono::seconds visibility,
                                          std::chrono::seconds wait, const CancelToken* cancel);
  /// kConflict when SQS does not take the receipt for this: not in flight any more, expired, or held for 12 hours.
  Status ChangeVisibility(const std::string& url, std::string_view receipt, std::chrono::seconds visibility,
                          Deadline deadline = kNoDeadline);
  Status ChangeVisibility(const std::string& url, std::span<const SqsMessage> messages,
                          std::chrono::seconds visibility);
  /// kConflict when SQS does not take the receipt.
  Status Delete(const std::string& url, std::string_view receipt);
  Status Delete(const std::string& url, std::span<const SqsMessage> messages);

 private:
  Result<Json> Call(std::string_view operation, const Json& input, aws::Call call);
  aws::Call Limited(std::chrono::milliseconds extra = std::chrono::milliseconds(0)) const;
  /// Sends `entries` (at most 10, without Id) as one batch, and again those that SQS refused for the time being.
  Status Batch(std::string_view operation, const std::string& url, std::vector<Json> entries);
  Status Receipts(std::string_view operation, const std::string& url, std::span<const SqsMessage> messages,
                  const Json& with);

  aws::Client& client_;
  const aws::Endpoint endpoint_;
  const BackoffPolicy entry_backoff_;
  const std::chrono::milliseconds call_limit_;
  const CancelToken* const cancel_;
  Clock& clock_;
  Rng& rng_;
};

}  // namespace calve::queue
