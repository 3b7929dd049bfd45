// One load from plan to commit, by several threads that share the load's queue with whatever other processes work on
// it.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "app/environment.h"
#include "app/lease_keeper.h"
#include "app/run.h"
#include "load/consumer.h"
#include "load/planner.h"

namespace calve::app {

/// One chunk processor a thread, made once and used for every load of the run.
class ProcessorPool {
 public:
  static Result<std::unique_ptr<ProcessorPool>> Make(Environment& environment);
  size_t size() const { return processors_.size(); }
  load::ChunkProcessor& at(size_t i) { return *processors_[i]; }

 private:
  std::vector<std::unique_ptr<load::ChunkProcessor>> processors_;
};

/// Runs one load. Used once.
class LoadRunner {
 public:
  LoadRunner(Environment& environment, const load::Reading& reading, ProcessorPool& processors, RunObserver& observer)
      : environment_(environment), reading_(reading), processors_(processors), observer_(observer) {}

  Result<LoadReport> Run(const load::PlanRequest& request, const CancelToken& cancel);

 private:
  Status Prepare();
  void WorkerLoop(size_t thread);
  bool WorkOnce(load::ChunkProcessor& processor);
  void Answer(const queue::Delivery& delivery, const load::ChunkMessage& message, const load::Handled& handled);
  void Settle(load::FinishOutcome outcome);
  void FailWith(Error error);
  bool Over() const;
  Status Nudge();
  LoadReport Report(const load::Planned& planned, const load::FinishOutcome& outcome) const;
  int ChunksDone() const { return chunks_done_.load(); }

  Environment& environment_;
  load::Reading reading_;
  ProcessorPool& processors_;
  RunObserver& observer_;

  load::Plan plan_;
  OpenQueue queue_;
  std::unique_ptr<load::Consumer> consumer_;
  std::unique_ptr<LeaseKeeper> leases_;
  load::Progress progress_;
  CancelToken stop_;  ///< The user's cancel, or a failure of the load: threads look at this one.
  std::atomic<int> chunks_done_{0};

  mutable std::mutex mutex_;
  std::optional<load::FinishOutcome> outcome_;  ///< Guarded by mutex_: the end, when it has come.
  std::optional<Error> error_;                  ///< Guarded by mutex_: why this run cannot go on.
};

}  // namespace calve::app
