#include "queue/sqs_queue.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "base/whole_number.h"
#include "queue/limits.h"

namespace calve::queue {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Long enough to put a message into the dead letters and delete it, with retries.
constexpr seconds kBuryHold{120};

seconds WholeSeconds(milliseconds duration) { return std::chrono::ceil<seconds>(duration); }

Status CheckHold(std::string_view what, milliseconds duration) {
  CALVE_RETURN_IF_ERROR(CheckDuration(what, duration));
  if (duration <= kMaxSqsHold) return {};
  return Err(ErrorKind::kInvalidArgument,
             fmt::format("{} of {} ms: SQS holds a message for 12 hours at most", what, duration.count()));
}

int64_t Count(const std::map<std::string, std::string>& attributes, const char* name) {
  const auto it = attributes.find(name);
  return it == attributes.end() ? 0 : WholeNumber<int64_t>(it->second).value_or(0);
}

}  // namespace

SqsQueue::SqsQueue(SqsApi api, std::string url, SqsOptions options, Clock& clock)
    : api_(std::move(api)),
      url_(std::move(url)),
      options_(std::move(options)),
      clock_(clock),
      dead_letters_(api_, url_, options_.dead_letters, clock),
      receipts_(clock) {}

Result<std::unique_ptr<SqsQueue>> SqsQueue::Open(std::string_view queue, SqsOptions options, aws::Client& client,
                                                 aws::Endpoint endpoint, Clock& clock, Rng& rng) {
  if (queue.empty()) return Err(ErrorKind::kInvalidArgument, "an SQS queue needs a name or a URL");
  if (queue.ends_with(".fifo")) {
    return Err(ErrorKind::kInvalidArgument,
               fmt::format("queue {} is a FIFO queue, which drops what was sent before; use a standard queue", queue));
  }
  SqsApi api(client, std::move(endpoint), options.entry_backoff, options.call_limit, options.stops.calls, clock, rng);
  std::string url(queue);
  if (!IsQueueUrl(queue)) {
    CALVE_ASSIGN_OR_RETURN(url, api.QueueUrl(queue, ""));
  }
  return std::unique_ptr<SqsQueue>(new SqsQueue(std::move(api), std::move(url), std::move(options), clock));
}

Status SqsQueue::Send(std::span<const Message> messages) {
  std::vector<SqsOutgoing> outgoing;
  outgoing.reserve(messages.size());
  for (const Message& message : messages) {
    CALVE_RETURN_IF_ERROR(CheckMessage(message));
    if (const size_t at = UnsendableAt(message.body); at != std::string_view::npos) {
      return Err(ErrorKind::kInvalidArgument,
                 fmt::format("a message with a control character at byte {}, which SQS does not take", at));
    }
    outgoing.push_back({.body = message.body});
  }
  return api_.Send(url_, outgoing);
}

Result<std::vector<Delivery>> SqsQueue::Receive(int max, milliseconds visibility, milliseconds wait) {
  CALVE_RETURN_IF_ERROR(CheckReceive(max, visibility, wait));
  CALVE_RETURN_IF_ERROR(CheckHold("visibility", visibility));
  const Deadline until = clock_.Monotonic() + wait;
  const seconds hold = WholeSeconds(visibility);
  for (milliseconds left = wait;;) {
    const seconds poll = std::min(WholeSeconds(std::max(left, milliseconds(0))), kMaxSqsWait);
    CALVE_ASSIGN_OR_RETURN(auto messages, api_.Receive(url_, max, hold, poll, options_.stops.receive));
    std::vector<Delivery> deliveries;
    for (SqsMessage& message : messages) {
      receipts_.Received(message.receipt, hold);
      const int64_t count = SystemNumber(message, "ApproximateReceiveCount", 1);
      deliveries.push_back(
          {.message_id = std::move(message.id),
           .receipt = std::move(message.receipt),
           .body = std::move(message.body),
           .receive_count = static_cast<int>(std::clamp<int64_t>(count, 1, std::numeric_limits<int>::max()))});
    }
    left = std::chrono::ceil<milliseconds>(until - clock_.Monotonic());
    const bool cancelled = options_.stops.receive != nullptr && options_.stops.receive->cancelled();
    if (!deliveries.empty() || left.count() <= 0 || cancelled) return deliveries;
    clock_.SleepFor(std::min(left, kPollInterval));  // A server that does not wait must not be asked without a pause.
  }
}

Status SqsQueue::Extend(std::string_view receipt, milliseconds visibility) {
  CALVE_RETURN_IF_ERROR(CheckHold("visibility", visibility));
  CALVE_RETURN_IF_ERROR(receipts_.Check("Extend", receipt));
  const Deadline asked = clock_.Monotonic();
  const seconds hold = WholeSeconds(visibility);
  // Once the visibility has run out there is nothing to extend, so there is no point in trying for longer.
  Status status = api_.ChangeVisibility(url_, receipt, hold, receipts_.Expires(receipt));
  if (status) {
    receipts_.Extended(receipt, asked + hold);
    return {};
  }
  // SQS has one answer for both; only the times tell them apart.
  const auto left = receipts_.HoldLeft(receipt);
  if (status.error().kind == ErrorKind::kConflict && left && hold > *left) {
    return Err(ErrorKind::kInvalidArgument,
               fmt::format("SQS holds a message for 12 hours in all; {} s are left: {}",
                           std::chrono::floor<seconds>(*left).count(), status.error().message));
  }
  return status;
}

Status SqsQueue::Delete(std::string_view receipt) {
  CALVE_RETURN_IF_ERROR(receipts_.Check("Delete", receipt));
  CALVE_RETURN_IF_ERROR(api_.Delete(url_, receipt));
  receipts_.Forget(receipt);
  return {};
}

Status SqsQueue::GiveBack(std::string_view receipt, milliseconds delay) {
  milliseconds hold = std::min<milliseconds>(delay, kMaxSqsHold);
  if (const auto left = receipts_.HoldLeft(receipt))
    hold = std::min<milliseconds>(hold, std::chrono::floor<seconds>(*left));
  CALVE_RETURN_IF_ERROR(api_.ChangeVisibility(url_, receipt, WholeSeconds(hold)));
  receipts_.GaveBack(receipt);
  return {};
}

Status SqsQueue::Fail(const Delivery& delivery, std::string_view reason, FailMode mode, milliseconds delay) {
  CALVE_RETURN_IF_ERROR(CheckDuration("delay", delay));
  CALVE_RETURN_IF_ERROR(receipts_.Check("Fail", delivery.receipt));
  const auto redrive = dead_letters_.Redrive();
  const bool last = redrive && redrive->max_receives > 0 && delivery.receive_count >= redrive->max_receives;
  // A queue whose policy cannot be read still gets its message back: SQS counts by itself.
  if (mode == FailMode::kRetry && !(last && !redrive->url.empty())) return GiveBack(delivery.receipt, delay);
  if (redrive && redrive->url.empty()) return FailWithoutDeadLetters(delivery, redrive->max_receives > 0);
  Status buried = redrive ? Bury(delivery, reason, *redrive) : std::unexpected(redrive.error());
  if (buried) return {};
  const ErrorKind kind = buried.error().kind;
  if (kind != ErrorKind::kPermissionDenied && kind != ErrorKind::kNotFound && kind != ErrorKind::kInvalidArgument) {
    return buried;
  }
  // The dead letters are closed to us, not to SQS. The reason is lost, and the caller is told so.
  CALVE_RETURN_IF_ERROR(FailWithoutDeadLetters(delivery, redrive && redrive->max_receives > 0));
  return WithContext(std::move(buried).error(), "given back, since the dead-letter queue cannot be used");
}

Status SqsQueue::FailWithoutDeadLetters(const Delivery& delivery, bool has_policy) {
  // With a policy its receives are to be used up soon. Without one it comes back until it is too old: not in a hurry.
  const int doublings = std::clamp(delivery.receive_count - 1, 0, 5);
  return GiveBack(delivery.receipt, has_policy ? seconds(0) : seconds(30) * (1 << doublings));
}

Status SqsQueue::Bury(const Delivery& delivery, std::string_view reason, const SqsRedrive& redrive) {
  // Proves that the delivery is still ours, and keeps it so until the letter is written.
  seconds hold = kBuryHold;
  if (const auto left = receipts_.HoldLeft(delivery.receipt)) hold = std::min(hold, std::chrono::floor<seconds>(*left));
  const Deadline asked = clock_.Monotonic();
  CALVE_RETURN_IF_ERROR(api_.ChangeVisibility(url_, delivery.receipt, hold));
  receipts_.Extended(delivery.receipt, asked + hold);
  CALVE_RETURN_IF_ERROR(dead_letters_.Put(redrive.url, delivery, reason));
  // Only now that the letter is there. If this fails the message comes again, and there may be two letters.
  CALVE_RETURN_IF_ERROR(api_.Delete(url_, delivery.receipt));
  receipts_.Forget(delivery.receipt);
  return {};
}

Result<QueueStats> SqsQueue::Stats() {
  constexpr std::array kNames{"ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible",
                              "ApproximateNumberOfMessagesDelayed"};
  CALVE_ASSIGN_OR_RETURN(const auto attributes, api_.Attributes(url_, kNames));
  CALVE_ASSIGN_OR_RETURN(const int64_t dead, dead_letters_.Count());
  return QueueStats{.visible = Count(attributes, kNames[0]),
                    .in_flight = Count(attributes, kNames[1]) + Count(attributes, kNames[2]),
                    .dead = dead};
}

}  // namespace calve::queue
