// From a notification to chunk messages: what a planner does with what landed.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/cancel.h"
#include "base/error.h"
#include "load/commit_loop.h"
#include "load/consumer.h"
#include "load/ledger.h"
#include "load/planner.h"
#include "load/processor.h"

namespace calve::app {

/// What one source of a notification came to.
struct Landed {
  std::string source;
  load::Planned planned;
  int sent = 0;  ///< Chunk messages.
  std::chrono::milliseconds plan_time{0};
};

struct IntakeResult {
  std::vector<Landed> landed;
  std::string note;  ///< Why there was nothing to do, when there was nothing.
  load::Handled::Answer answer = load::Handled::Answer::kDelete;
  ErrorKind kind = ErrorKind::kInternal;  ///< When not kDelete.
  std::string reason;
};

/// Plans each source that a message names, and sends its chunk messages before the message may be deleted. Doing it
/// again does no harm: the plan stands, what is committed is left alone, and chunks that have a result are not worked
/// on twice. Thread-safe.
class Intake {
 public:
  /// What is asked of the planner for a source; an error is the answer for that source. Called from several threads.
  using MakeRequest = std::function<Result<load::PlanRequest>(const std::string& source_uri)>;

  /// Chunk messages go out through `consumer`'s queue; `ledger` is the one that it works on.
  Intake(const load::CommitContext& context, load::Ledger& ledger, const load::Reading& reading,
         load::Consumer& consumer, MakeRequest make_request)
      : context_(context),
        ledger_(ledger),
        reading_(reading),
        consumer_(consumer),
        make_request_(std::move(make_request)) {}

  /// `body`: an S3 notification in any of its forms, or a source message (MakeSourceMessage). One source that fails
  /// does not keep the others of the message from being planned; the message's answer is the worst.
  IntakeResult Handle(std::string_view body, const CancelToken& cancel);

  /// Plans one source and sends what its load waits for.
  Result<Landed> Take(const std::string& source_uri, const CancelToken& cancel);

 private:
  load::CommitContext context_;
  load::Ledger& ledger_;
  load::Reading reading_;
  load::Consumer& consumer_;
  const MakeRequest make_request_;
};

/// Whether a message on the queue of chunks is {"s3_bucket","s3_object_key"}, by which another pipeline's planner says
/// that an object is a chunk by itself. It is taken as a source: planned, once whoever asks, and consumed.
bool NamesWholeObject(std::string_view body);

/// The message "this source is there": what `calve backfill` sends. {"calve":"source","version":1,"uri":...}
std::string MakeSourceMessage(std::string_view uri);

}  // namespace calve::app
