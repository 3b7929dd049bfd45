#include "queue/memory_queue.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>

#include "queue/limits.h"
#include "queue/receipt.h"

namespace calve::queue {

bool MemoryQueue::Insert(const Message& message) {
  const bool waiting = !message.dedup_id.empty() && std::ranges::any_of(entries_, [&](const auto& entry) {
    return entry.second.message.dedup_id == message.dedup_id;
  });
  if (waiting) return false;
  Entry entry;
  entry.message = message;
  entry.visible_ms = NowMillis();
  entries_.emplace(++last_id_, std::move(entry));
  return true;
}

Status MemoryQueue::Send(std::span<const Message> messages) {
  for (const Message& message : messages) CALVE_RETURN_IF_ERROR(CheckMessage(message));
  const std::lock_guard lock(mutex_);
  for (const Message& message : messages) Insert(message);
  return {};
}

std::vector<Delivery> MemoryQueue::TakeVisible(int max, std::chrono::milliseconds visibility) {
  const std::lock_guard lock(mutex_);
  const int64_t now = NowMillis();
  std::vector<Delivery> deliveries;
  for (auto it = entries_.begin(); it != entries_.end() && std::ssize(deliveries) < max;) {
    const auto here = it++;
    Entry& entry = here->second;
    if (entry.visible_ms > now) continue;
    if (entry.receive_count >= max_receives_) {
      Bury(here, UnansweredReason(entry.receive_count, entry.last_failure));
      continue;
    }
    ++entry.receive_count;
    entry.token = fmt::format("{:016x}", rng_.Next());
    entry.visible_ms = now + visibility.count();
    deliveries.push_back(
        {.message_id = fmt::format("{}", here->first),
         .receipt = FormatReceipt({.message_id = here->first, .delivery = ++entry.deliveries, .token = entry.token}),
         .body = entry.message.body,
         .receive_count = entry.receive_count});
  }
  return deliveries;
}

Result<std::vector<Delivery>> MemoryQueue::Receive(int max, std::chrono::milliseconds visibility,
                                                   std::chrono::milliseconds wait) {
  CALVE_RETURN_IF_ERROR(CheckReceive(max, visibility, wait));
  const auto deadline = clock_.Monotonic() + wait;
  for (;;) {
    std::vector<Delivery> deliveries = TakeVisible(max, visibility);
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - clock_.Monotonic());
    if (!deliveries.empty() || left.count() <= 0) return deliveries;
    clock_.SleepFor(std::min(left, kPollInterval));
  }
}

Result<MemoryQueue::Entries::iterator> MemoryQueue::Find(std::string_view call, std::string_view receipt) {
  const std::optional<Receipt> parsed = ParseReceipt(receipt);
  if (!parsed) return Err(ErrorKind::kInvalidArgument, fmt::format("{}: \"{}\" is not a receipt", call, receipt));
  const auto it = entries_.find(parsed->message_id);
  const bool held =
      it != entries_.end() && it->second.deliveries == parsed->delivery && it->second.token == parsed->token;
  if (!held) return StaleReceipt(call, receipt);
  return it;
}

Status MemoryQueue::Extend(std::string_view receipt, std::chrono::milliseconds visibility) {
  CALVE_RETURN_IF_ERROR(CheckDuration("visibility", visibility));
  const std::lock_guard lock(mutex_);
  CALVE_ASSIGN_OR_RETURN(const auto it, Find("Extend", receipt));
  it->second.visible_ms = NowMillis() + visibility.count();
  return {};
}

Status MemoryQueue::Delete(std::string_view receipt) {
  const std::lock_guard lock(mutex_);
  CALVE_ASSIGN_OR_RETURN(const auto it, Find("Delete", receipt));
  entries_.erase(it);
  return {};
}

Status MemoryQueue::Fail(const Delivery& delivery, std::string_view reason, FailMode mode,
                         std::chrono::milliseconds delay) {
  CALVE_RETURN_IF_ERROR(CheckDuration("delay", delay));
  const std::lock_guard lock(mutex_);
  CALVE_ASSIGN_OR_RETURN(const auto it, Find("Fail", delivery.receipt));
  Entry& entry = it->second;
  entry.last_failure = TrimReason(reason);
  entry.token.clear();
  entry.visible_ms = NowMillis() + delay.count();
  if (mode == FailMode::kPermanent || entry.receive_count >= max_receives_) Bury(it, entry.last_failure);
  return {};
}

void MemoryQueue::Bury(Entries::iterator it, std::string_view reason) {
  const Entry& entry = it->second;
  dead_.push_back({.letter = {.message_id = fmt::format("{}", it->first),
                              .body = entry.message.body,
                              .reason = std::string(reason),
                              .receive_count = entry.receive_count,
                              .died_ms = NowMillis()},
                   .dedup_id = entry.message.dedup_id});
  entries_.erase(it);
}

Result<QueueStats> MemoryQueue::Stats() {
  const std::lock_guard lock(mutex_);
  const int64_t now = NowMillis();
  QueueStats stats{.dead = std::ssize(dead_)};
  for (const auto& [id, entry] : entries_) ++(entry.visible_ms <= now ? stats.visible : stats.in_flight);
  return stats;
}

Result<std::vector<DeadLetter>> MemoryQueue::ListDead(int max) {
  const std::lock_guard lock(mutex_);
  std::vector<DeadLetter> letters;
  for (const Dead& dead : dead_) {
    if (std::ssize(letters) >= max) break;
    letters.push_back(dead.letter);
  }
  return letters;
}

Result<int64_t> MemoryQueue::Redrive() {
  const std::lock_guard lock(mutex_);
  const int64_t redriven = std::ranges::count_if(
      dead_, [&](const Dead& dead) { return Insert({.body = dead.letter.body, .dedup_id = dead.dedup_id}); });
  dead_.clear();
  return redriven;
}

}  // namespace calve::queue
