// One Lambda invocation: a batch of messages of either queue, or an event that somebody invoked the function with.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/environment.h"
#include "app/intake.h"
#include "app/lazy_intake.h"
#include "app/load_runner.h"
#include "app/worker.h"
#include "base/cancel.h"
#include "base/error.h"
#include "lambda/runtime_loop.h"
#include "lambda/sqs_event.h"
#include "load/consumer.h"

namespace calve::app {

/// Handles batches with partial failures: what is not done is in batchItemFailures, and comes again. One at a time;
/// the records of a batch in parallel, a thread each up to the settings' threads.
class LambdaHandler final : public lambda::Handler {
 public:
  /// Opens the queue that a record came from, by its ARN: to give messages back early, and to put dead letters down
  /// with their reason. An error is no failure of the invocation.
  using OpenByArn = std::function<Result<OpenQueue>(std::string_view arn)>;

  /// `chunks`: where a planner sends. kUnavailable, kInvalidArgument when a part cannot be made.
  static Result<std::unique_ptr<LambdaHandler>> Make(Environment& environment, OpenQueue chunks, OpenByArn open_by_arn,
                                                     WorkObserver& observer);

  /// The deadline is the root of everything: a chunk that is not done by then is cancelled and given back at once.
  /// kBadData for an event that is none.
  Result<std::string> Handle(const lambda::Invocation& invocation, const CancelToken& stop) override;
  /// The first error that was the worker's own (load::Fault::kWorker): what it met has been given back.
  std::optional<Error> Unfit() const override { return unfit_; }

 private:
  LambdaHandler(Environment& environment, OpenQueue chunks, OpenByArn open_by_arn, WorkObserver& observer);

  /// What became of a record, and what a direct invoker is told.
  struct Done {
    load::Handled handled;
    Json answer;
  };

  Result<std::string> HandleBatch(const lambda::SqsBatch& batch, const CancelToken& cancel);
  Done HandleRecord(const lambda::SqsRecord& record, load::ChunkProcessor* processor, const CancelToken& cancel);
  Done HandleChunk(const queue::Delivery& delivery, load::ChunkProcessor& processor, const CancelToken& cancel);
  Done HandleNotification(const queue::Delivery& delivery, const CancelToken& cancel);
  /// True: the message is settled, Lambda may delete it.
  bool Settle(const lambda::SqsRecord& record, const load::Handled& handled);
  queue::Queue* QueueOf(const std::string& arn);

  Environment& environment_;
  OpenQueue chunks_;
  const OpenByArn open_by_arn_;
  WorkObserver& observer_;
  load::Consumer consumer_;
  LazyIntake intake_;
  std::unique_ptr<ProcessorPool> processors_;
  std::optional<Error> unfit_;
  std::mutex mutex_;
  std::map<std::string, OpenQueue> by_arn_;  ///< Guarded by mutex_; one without a queue could not be opened.
};

}  // namespace calve::app
