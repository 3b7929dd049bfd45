#include "store/part_pipeline.h"

#include <algorithm>
#include <system_error>
#include <utility>

namespace calve::store {
namespace {

constexpr uint64_t kFirstOnDemandBytes = uint64_t{256} << 10U;

}  // namespace

PartPipeline::PartPipeline(const Range& range, BufferPool& pool, Fetch fetch)
    : range_(range),
      pool_(pool),
      fetch_(std::move(fetch)),
      next_begin_(range.begin_bytes),
      on_demand_bytes_(std::min(range.part_bytes, kFirstOnDemandBytes)) {}

PartPipeline::~PartPipeline() {
  cancel_.Cancel();
  {
    const std::lock_guard lock(mutex_);
    failed_ = true;
  }
  changed_.notify_all();
  threads_.clear();  // Waits for them.
  for (Slot& slot : slots_) pool_.GiveBack(std::move(slot.part.buffer));
}

bool PartPipeline::MayStart() const {
  if (failed_ || done()) return false;
  const size_t held = slots_.size() + (handed_out_ ? 1 : 0);
  if (held >= static_cast<size_t>(std::max(range_.parts, 1))) return false;
  return next_begin_ < range_.ahead_until_bytes || (waiting_ && slots_.empty());
}

uint64_t PartPipeline::NextEnd() {
  // No part lies across the mark: what is surely wanted does not wait for what may not be.
  if (next_begin_ < range_.ahead_until_bytes) {
    return std::min({next_begin_ + range_.part_bytes, range_.ahead_until_bytes, range_.end_bytes});
  }
  const uint64_t end = std::min(next_begin_ + on_demand_bytes_, range_.end_bytes);
  on_demand_bytes_ = std::min(on_demand_bytes_ * 2, range_.part_bytes);
  return end;
}

void PartPipeline::Work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return MayStart() || failed_ || done(); });
    if (failed_ || done()) return;
    const uint64_t end = NextEnd();
    Slot& slot = slots_.emplace_back();
    slot.begin_bytes = std::exchange(next_begin_, end);
    slot.part.size_bytes = end - slot.begin_bytes;
    lock.unlock();
    slot.part.buffer = pool_.Take();
    Status outcome = fetch_(slot.begin_bytes, std::span(slot.part.buffer.get(), slot.part.size_bytes), cancel_);
    lock.lock();
    if (!outcome) failed_ = true;
    slot.outcome = std::move(outcome);
    changed_.notify_all();
  }
}

void PartPipeline::Start() {
  const uint64_t parts = (range_.end_bytes - range_.begin_bytes + range_.part_bytes - 1) / range_.part_bytes;
  const auto wanted = static_cast<size_t>(std::min<uint64_t>(parts, static_cast<uint64_t>(std::max(range_.parts, 1))));
  try {
    while (threads_.size() < wanted) threads_.emplace_back([this] { Work(); });
  } catch (const std::system_error&) {
    // Fewer will do, as long as there is one.
  }
}

Result<Part> PartPipeline::Next() {
  if (threads_.empty()) Start();
  if (threads_.empty()) return Err(ErrorKind::kUnavailable, "the system has no thread left to read with");
  std::unique_lock lock(mutex_);
  handed_out_ = false;
  waiting_ = true;
  changed_.notify_all();
  const auto ready = [&] { return slots_.empty() ? failed_ || done() : slots_.front().outcome.has_value(); };
  changed_.wait(lock, ready);
  waiting_ = false;
  if (slots_.empty()) {
    if (failed_) return Err(ErrorKind::kCancelled, "reading was ended by an error before");
    return Part{};
  }
  Slot slot = std::move(slots_.front());
  slots_.pop_front();
  if (!slot.outcome->has_value()) return std::unexpected(std::move(*slot.outcome).error());
  handed_out_ = true;
  return std::move(slot.part);
}

}  // namespace calve::store
