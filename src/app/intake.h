// From a notification to chunk messages: what a planner does with what landed.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "app/environment.h"
#include "base/cancel.h"
#include "base/error.h"
#include "load/consumer.h"
#include "load/planner.h"

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
  /// Chunk messages go out through `consumer`'s queue.
  Intake(Environment& environment, load::SqlDescriber& describer, load::Consumer& consumer)
      : environment_(environment), describer_(describer), consumer_(consumer) {}

  /// `body`: an S3 notification in any of its forms, or a source message (MakeSourceMessage). One source that fails
  /// does not keep the others of the message from being planned; the message's answer is the worst.
  IntakeResult Handle(std::string_view body, const CancelToken& cancel);

  /// Plans one source and sends what its load waits for.
  Result<Landed> Take(const std::string& source_uri, const CancelToken& cancel);

 private:
  Environment& environment_;
  load::SqlDescriber& describer_;
  load::Consumer& consumer_;
};

/// The message "this source is there": what `calve backfill` sends. {"calve":"source","version":1,"uri":...}
std::string MakeSourceMessage(std::string_view uri);

}  // namespace calve::app
