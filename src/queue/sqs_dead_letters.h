// The dead-letter queue behind an SQS queue: finding it, putting messages into it with their reason, looking,
// redriving.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "queue/queue.h"
#include "queue/sqs_api.h"

namespace calve::queue {

/// What the queue's RedrivePolicy says.
struct SqsRedrive {
  std::string url;       ///< Of the dead-letter queue; empty: there is none.
  int max_receives = 0;  ///< 0: SQS never moves a message by itself.
};

/// Thread-safe.
class SqsDeadLetters {
 public:
  /// `url`: of the queue that they belong to. `dead_letters`: the dead-letter queue's name or URL; empty: the one that
  /// the redrive policy names.
  SqsDeadLetters(SqsApi& api, std::string url, std::string dead_letters, Clock& clock)
      : api_(api), url_(std::move(url)), configured_(std::move(dead_letters)), clock_(clock) {}

  /// Read when first needed and again every five minutes: a process that only sends needs no right to read it.
  Result<SqsRedrive> Redrive();
  /// A copy of the message with the reason into the dead-letter queue at `url`. Nothing is taken out of its queue.
  Status Put(const std::string& url, const Delivery& delivery, std::string_view reason);
  /// Up to `max` of them, given back at once. kNotFound when there is no dead-letter queue.
  Result<std::vector<DeadLetter>> List(int max);
  /// Back to their queue: sent there first, deleted here after that, so an error in between leaves some in both.
  /// kInvalidArgument when the queue refused some; the others were moved.
  Result<int64_t> MoveBack();
  /// How many; 0 when there is no dead-letter queue.
  Result<int64_t> Count();

 private:
  Result<SqsRedrive> ReadRedrive();
  Result<SqsRedrive> Required();
  Result<std::vector<SqsMessage>> SendBack(const std::vector<SqsMessage>& letters, std::string& refusal);
  Result<int64_t> CountAt(const std::string& url);

  SqsApi& api_;
  const std::string url_;
  const std::string configured_;
  Clock& clock_;
  std::mutex mutex_;  ///< Guards the rest.
  std::optional<SqsRedrive> redrive_;
  Deadline read_again_{};
};

/// "https://..." or "http://...": taken as it is; anything else is a queue's name.
bool IsQueueUrl(std::string_view queue);

}  // namespace calve::queue
