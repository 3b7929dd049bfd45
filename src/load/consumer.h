// The consumer: one chunk message from receipt to answer.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <variant>

#include "base/cancel.h"
#include "base/error.h"
#include "base/rng.h"
#include "load/finisher.h"
#include "load/ledger.h"
#include "load/message.h"
#include "load/processor.h"
#include "load/whose_fault.h"
#include "queue/queue.h"

namespace calve::load {

/// What to do with a message that was worked on.
struct Handled {
  enum class Answer {
    kDelete,     ///< Everything it asked for is durable.
    kRetry,      ///< Not this time; give it back.
    kPermanent,  ///< No retry can help: to the dead letters.
  };
  Answer answer = Answer::kDelete;
  std::string reason;  ///< When not kDelete.
  ErrorKind kind = ErrorKind::kInternal;
  std::optional<FinishOutcome> finish;  ///< What TryFinish said, when it came to that.

  // For logs and metrics.
  std::optional<ChunkResult> result;         ///< Of the attempt that was made here; not set when none had to be.
  std::chrono::milliseconds work_time{0};    ///< Reading, SQL and writing.
  std::chrono::milliseconds finish_time{0};  ///< Publishing, looking whether the load is complete, committing.

  /// The worker is to blame, and should take no more.
  bool worker_is_unfit() const { return answer == Answer::kRetry && WhoseFault(kind) == Fault::kWorker; }
};

/// Tells the queue what became of a delivery: done, back (at once when it was interrupted, else after a back-off that
/// grows with its receive count), or to the dead letters with the reason. A stale receipt is no failure: the work is
/// published, and whoever has the message now will find that.
Status AnswerDelivery(queue::Queue& queue, const queue::Delivery& delivery, const Handled& handled, Rng& rng);

/// Thread-safe but for the processor passed in: one a thread.
class Consumer {
 public:
  Consumer(const CommitContext& context, Ledger& ledger, queue::Queue& queue, const CommitPolicy& policy)
      : context_(context), ledger_(ledger), queue_(queue), finisher_(context, ledger, policy) {}

  /// Reads the plan, works on the chunk unless that was done, publishes the result, tries to finish the load. Never
  /// throws a row away: any error on the way leaves the message to be delivered again.
  Handled Handle(const ChunkMessage& message, ChunkProcessor& processor, const CancelToken& cancel, Progress* progress);

  /// Sends what a waiting load needs: the pinned run.
  Status SendPinned(const Plan& plan, const NeedsPinnedRun& run);
  /// Sends all that a waiting load needs, chunks or the pinned run; how many messages.
  Result<int> SendWaiting(const Plan& plan, const Waiting& waiting);
  /// Sends messages for chunks.
  Status SendChunks(const Plan& plan, const std::vector<int>& chunks);

  Finisher& finisher() { return finisher_; }

 private:
  Result<FinishOutcome> Work(const ChunkMessage& message, ChunkProcessor& processor, const CancelToken& cancel,
                             Progress* progress, Handled& handled);
  Result<ChunkResult> Attempt(const Plan& plan, const ChunkMessage& message, ChunkProcessor& processor,
                              const CancelToken& cancel, Progress* progress);
  /// The result of a former generation's run of a chunk that is in the table already, published for this one too.
  Result<std::optional<ChunkResult>> AdoptCommitted(const Plan& plan, int chunk);
  std::chrono::milliseconds Since(std::chrono::steady_clock::time_point began);
  Result<std::shared_ptr<const Plan>> GetPlan(const ChunkMessage& message);
  void Discard(const ChunkResult& result);

  CommitContext context_;
  Ledger& ledger_;
  queue::Queue& queue_;
  Finisher finisher_;
  std::mutex mutex_;
  std::map<std::pair<std::string, int>, std::shared_ptr<const Plan>>
      plans_;  ///< Immutable, so cached; shared by threads.
};

}  // namespace calve::load
