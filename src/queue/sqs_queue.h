// The queue contract on Amazon SQS (docs/queue.md, "SQS").
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "aws/client.h"
#include "base/backoff.h"
#include "base/cancel.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/rng.h"
#include "queue/queue.h"
#include "queue/sqs_api.h"
#include "queue/sqs_dead_letters.h"
#include "queue/sqs_receipts.h"

namespace calve::queue {

struct SqsOptions {
  std::string dead_letters;  ///< Name or URL; empty: the one that the queue's redrive policy names.
  BackoffPolicy entry_backoff{.max_retries = 8};  ///< Between tries of the entries of a batch that SQS could not take.
  std::chrono::milliseconds call_limit{60'000};   ///< Of one call with its retries; a long poll's wait not counted.
  Stops stops{};
};

/// A standard queue. Receipts are SQS's receipt handles, so that a delivery which Lambda received can be answered here.
/// Thread-safe.
class SqsQueue final : public Queue, public DeadLetterQueue {
 public:
  /// `queue`: a URL, taken as it is, or a name that GetQueueUrl then finds (kNotFound when it does not).
  /// kInvalidArgument for a FIFO queue, which would swallow a resumed load's messages as duplicates. Client, clock and
  /// rng live longer.
  static Result<std::unique_ptr<SqsQueue>> Open(std::string_view queue, SqsOptions options, aws::Client& client,
                                                aws::Endpoint endpoint, Clock& clock, Rng& rng);

  /// kInvalidArgument also for characters that SQS does not take (those that XML 1.0 has not).
  Status Send(std::span<const Message> messages) override;
  /// At most 10. Both times are rounded up to whole seconds, `visibility` is at most 12 hours.
  Result<std::vector<Delivery>> Receive(int max, std::chrono::milliseconds visibility,
                                        std::chrono::milliseconds wait) override;
  /// Rounded up to whole seconds. kInvalidArgument past SQS's 12 hours in all since the receive.
  Status Extend(std::string_view receipt, std::chrono::milliseconds visibility) override;
  Status Delete(std::string_view receipt) override;
  /// Without a reachable dead-letter queue kPermanent gives the message back, for SQS's redrive policy to count.
  Status Fail(const Delivery& delivery, std::string_view reason, FailMode mode,
              std::chrono::milliseconds delay) override;
  Result<QueueStats> Stats() override;
  Result<std::vector<DeadLetter>> ListDead(int max) override { return dead_letters_.List(max); }
  Result<int64_t> Redrive() override { return dead_letters_.MoveBack(); }

  const std::string& url() const { return url_; }

 private:
  SqsQueue(SqsApi api, std::string url, SqsOptions options, Clock& clock);

  Status GiveBack(std::string_view receipt, std::chrono::milliseconds delay);
  Status Bury(const Delivery& delivery, std::string_view reason, const SqsRedrive& redrive);
  Status FailWithoutDeadLetters(const Delivery& delivery, bool has_policy);

  SqsApi api_;
  const std::string url_;
  const SqsOptions options_;
  Clock& clock_;
  SqsDeadLetters dead_letters_;
  SqsReceipts receipts_;
};

}  // namespace calve::queue
