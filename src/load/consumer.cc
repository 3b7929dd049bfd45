#include "load/consumer.h"

#include <fmt/format.h>

#include <utility>

namespace calve::load {
namespace {

constexpr size_t kMessagesAtOnce = 1'000;

}  // namespace

Handled Consumer::Handle(const ChunkMessage& message, ChunkProcessor& processor, const CancelToken& cancel,
                         Progress* progress) {
  Handled handled;
  const auto began = context_.clock.Monotonic();
  Result<FinishOutcome> outcome = Work(message, processor, cancel, progress, handled);
  handled.finish_time = Since(began) - handled.work_time;
  if (outcome.has_value()) {
    handled.finish = std::move(outcome).value();
    return handled;
  }
  handled.kind = outcome.error().kind;
  handled.reason = outcome.error().message;
  const Fault fault = WhoseFault(handled.kind);
  handled.answer =
      fault == Fault::kMessage || fault == Fault::kLoad ? Handled::Answer::kPermanent : Handled::Answer::kRetry;
  return handled;
}

std::chrono::milliseconds Consumer::Since(std::chrono::steady_clock::time_point began) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(context_.clock.Monotonic() - began);
}

Result<FinishOutcome> Consumer::Work(const ChunkMessage& message, ChunkProcessor& processor, const CancelToken& cancel,
                                     Progress* progress, Handled& handled) {
  CALVE_ASSIGN_OR_RETURN(std::optional<CommitRecord> committed, ledger_.FindCommit(message.load_id));
  if (committed) return FinishOutcome(Finished{.record = *std::move(committed)});
  CALVE_ASSIGN_OR_RETURN(const std::shared_ptr<const Plan> plan, GetPlan(message));
  if (message.chunk >= plan->chunk_count()) {
    return Err(ErrorKind::kBadData, fmt::format("the message names chunk {}, but the plan of load {} has {}",
                                                message.chunk, message.load_id, plan->chunk_count()));
  }

  CALVE_ASSIGN_OR_RETURN(std::optional<ChunkResult> result,
                         ledger_.FindResult(*plan, {message.chunk, message.pinned_start}));
  if (!result && plan->commit_mode == CommitMode::kChunk && plan->generation > 0) {
    CALVE_ASSIGN_OR_RETURN(result, AdoptCommitted(*plan, message.chunk));
  }
  if (!result) {
    const auto began = context_.clock.Monotonic();
    Result<ChunkResult> attempt = Attempt(*plan, message, processor, cancel, progress);
    handled.work_time = Since(began);
    if (!attempt.has_value()) return std::unexpected(std::move(attempt).error());
    result = handled.result = *std::move(attempt);
    CALVE_ASSIGN_OR_RETURN(const Publish publish, ledger_.PublishResult(*plan, *result));
    if (publish == Publish::kLost) {
      Discard(*result);
      CALVE_ASSIGN_OR_RETURN(result, ledger_.FindResult(*plan, {message.chunk, message.pinned_start}));
    }
  }
  if (result && result->failure) {
    const FailureRecord failure{result->failure->kind, result->failure->message, ToMillis(context_.clock.Now())};
    CALVE_RETURN_IF_ERROR(ledger_.PutFailure(*plan, failure));
  } else if (result && plan->commit_mode == CommitMode::kChunk) {
    CALVE_RETURN_IF_ERROR(finisher_.CommitChunk(*plan, *result, cancel));
  }
  CALVE_ASSIGN_OR_RETURN(FinishOutcome outcome, finisher_.AfterChunk(*plan, cancel));
  if (const auto* waiting = std::get_if<Waiting>(&outcome); waiting != nullptr && waiting->pinned) {
    CALVE_RETURN_IF_ERROR(SendPinned(*plan, *waiting->pinned));
  }
  return outcome;
}

Result<std::optional<ChunkResult>> Consumer::AdoptCommitted(const Plan& plan, int chunk) {
  CALVE_ASSIGN_OR_RETURN(const std::optional<int64_t> commit, ledger_.FindChunkCommit(plan, chunk));
  Plan former = plan;
  while (commit && former.generation-- > 0) {
    CALVE_ASSIGN_OR_RETURN(std::optional<ChunkResult> result, ledger_.FindResult(former, {chunk, std::nullopt}));
    if (!result || result->failure) continue;
    CALVE_ASSIGN_OR_RETURN(const Publish publish, ledger_.PublishResult(plan, *result));
    if (publish == Publish::kPublished) return result;
    return ledger_.FindResult(plan, {chunk, std::nullopt});
  }
  return std::optional<ChunkResult>();
}

Result<ChunkResult> Consumer::Attempt(const Plan& plan, const ChunkMessage& message, ChunkProcessor& processor,
                                      const CancelToken& cancel, Progress* progress) {
  const Chunk chunk = plan.ChunkAt(message.chunk);
  const std::string attempt_id = NewUuid(context_.rng);
  const ChunkTask task{
      plan,   chunk,   message.pinned_start, attempt_id, ledger_.QuarantineUri(plan, chunk.index, attempt_id),
      cancel, progress};
  Result<ChunkResult> result = processor.Process(task);
  if (result.has_value() || WhoseFault(result.error().kind) != Fault::kLoad) return result;

  ChunkResult outcome;
  outcome.load_id = plan.load_id;
  outcome.chunk = chunk.index;
  outcome.attempt_id = attempt_id;
  outcome.pinned_start = message.pinned_start;
  if (!chunk.exact && !message.pinned_start && result.error().kind == ErrorKind::kBadData) {
    outcome.undecided = true;  // It may be the guess that is bad, not the data: the pinned run will tell.
  } else {
    outcome.failure = ChunkFailure{std::string(ErrorKindName(result.error().kind)), result.error().message};
  }
  return outcome;
}

Result<std::shared_ptr<const Plan>> Consumer::GetPlan(const ChunkMessage& message) {
  const auto key = std::make_pair(message.load_id, message.generation);
  {
    const std::lock_guard lock(mutex_);
    const auto it = plans_.find(key);
    if (it != plans_.end()) return it->second;
  }
  CALVE_ASSIGN_OR_RETURN(Plan plan, ledger_.ReadPlan(message.load_id, message.generation));
  auto shared = std::make_shared<const Plan>(std::move(plan));
  const std::lock_guard lock(mutex_);
  if (plans_.size() >= 64) plans_.clear();  // A long-running worker sees many loads; each is read again when needed.
  plans_[key] = shared;
  return shared;
}

void Consumer::Discard(const ChunkResult& result) {
  std::vector<std::string> files;
  for (const iceberg::DataFile& file : result.files) files.push_back(file.file_path);
  if (!result.quarantine_uri.empty()) files.push_back(result.quarantine_uri);
  // Nobody has ever seen them; what cannot be removed now is an orphan, no harm.
  static_cast<void>(context_.store.Delete(files));
}

Status Consumer::SendPinned(const Plan& plan, const NeedsPinnedRun& run) {
  const queue::Message message =
      MakeChunkMessage({ledger_.prefix(), plan.load_id, plan.generation, run.chunk, run.start_bytes});
  return queue_.Send({&message, 1});
}

Result<int> Consumer::SendWaiting(const Plan& plan, const Waiting& waiting) {
  if (waiting.pinned) {
    CALVE_RETURN_IF_ERROR(SendPinned(plan, *waiting.pinned));
    return 1;
  }
  CALVE_RETURN_IF_ERROR(SendChunks(plan, waiting.missing));
  return static_cast<int>(waiting.missing.size());
}

Status Consumer::SendChunks(const Plan& plan, const std::vector<int>& chunks) {
  // A part at a time: a message is some hundred bytes, and there may be very many.
  std::vector<queue::Message> messages;
  for (const int chunk : chunks) {
    messages.push_back(MakeChunkMessage({ledger_.prefix(), plan.load_id, plan.generation, chunk, std::nullopt}));
    if (messages.size() < kMessagesAtOnce) continue;
    CALVE_RETURN_IF_ERROR(queue_.Send(messages));
    messages.clear();
  }
  return messages.empty() ? Status() : queue_.Send(messages);
}

Status AnswerDelivery(queue::Queue& queue, const queue::Delivery& delivery, const Handled& handled, Rng& rng) {
  using enum Handled::Answer;
  Status status;
  if (handled.answer == kDelete) {
    status = queue.Delete(delivery.receipt);
  } else if (handled.answer == kPermanent) {
    status = queue.Fail(delivery, handled.reason, queue::FailMode::kPermanent, std::chrono::milliseconds(0));
  } else if (handled.kind == ErrorKind::kCancelled) {
    status = queue.Fail(delivery, "interrupted", queue::FailMode::kRetry, std::chrono::milliseconds(0));
  } else {
    status =
        queue.Fail(delivery, handled.reason, queue::FailMode::kRetry, BackoffWait({}, delivery.receive_count - 1, rng));
  }
  if (!status.has_value() && status.error().kind == ErrorKind::kConflict) return {};
  return status;
}

}  // namespace calve::load
