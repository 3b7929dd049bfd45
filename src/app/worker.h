// A long-running planner and consumer: takes messages from the queues until it is told to stop.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/environment.h"
#include "app/intake.h"
#include "app/lazy_intake.h"
#include "app/lease_keeper.h"
#include "app/load_runner.h"
#include "base/cancel.h"
#include "base/error.h"
#include "load/consumer.h"

namespace calve::app {

/// A chunk message that was worked on.
struct ChunkEvent {
  load::ChunkMessage message;
  int receive_count = 1;
  std::string message_id;
  const load::Handled& handled;
};

/// Told what happens, from several threads at once.
class WorkObserver {
 public:
  virtual ~WorkObserver() = default;
  virtual void OnIntake(const IntakeResult& result, const queue::Delivery& delivery) = 0;
  virtual void OnChunk(const ChunkEvent& event) = 0;
  /// A queue that does not answer, an answer that the queue did not take.
  virtual void OnTrouble(const std::string& what) = 0;
};

/// Works on one delivery of the chunk queue: parse, check that it is of the ledger at `ledger_prefix`, consume. Not
/// answered yet.
struct ChunkWork {
  load::ChunkMessage message;
  load::Handled handled;
};
ChunkWork WorkOnChunk(const std::string& ledger_prefix, load::Consumer& consumer, load::ChunkProcessor& processor,
                      std::string_view body, const CancelToken& cancel, load::Progress* progress);

/// Used once.
class Worker {
 public:
  /// `queues` by the settings' role: the one that is not needed for receiving may be null (chunks always is needed: a
  /// planner sends there).
  static Result<std::unique_ptr<Worker>> Make(Environment& environment, OpenQueue chunks, OpenQueue events,
                                              WorkObserver& observer);

  /// Until `stop`, or with until_empty until the queues are. After `stop` nothing new is taken; what is in hand may go
  /// on for the drain time-out, then it is given back. Every message in hand is answered before it returns, unless a
  /// queue does not answer: `give_up` is set a few seconds after the drain time-out, for the queues' calls to end
  /// (queue::Stops). An error: this worker cannot work (its disk is full, its scratch cannot be used); it took no more,
  /// and is to be replaced.
  Status Run(const CancelToken& stop, CancelToken& give_up);

  /// Everything that is needed has answered lately. Thread-safe.
  bool ready() const { return ready_.load(); }
  /// False from an error on that is this worker's own fault. Thread-safe.
  bool fit() const { return fit_.load(); }
  /// A queue did not take an answer: that message comes back when its visibility time-out has passed. Thread-safe.
  bool left_in_hand() const { return left_in_hand_.load(); }
  const load::Progress& progress() const { return progress_; }

 private:
  Worker(Environment& environment, OpenQueue chunks, OpenQueue events, WorkObserver& observer);

  /// False when there was nothing to take in that time; an error is the queue's.
  using TakeOne = std::function<Result<bool>(std::chrono::milliseconds wait)>;
  /// Takes from `queue` until stopped, or empty.
  void Loop(const OpenQueue& queue, std::string_view what, const TakeOne& take_one, const CancelToken& stop);
  Result<bool> ConsumeOne(load::ChunkProcessor& processor, std::chrono::milliseconds wait);
  Result<bool> PlanOne(std::chrono::milliseconds wait);
  /// Plans what a delivery of either queue names, and answers it.
  void Plan(const OpenQueue& queue, std::string_view what, LeaseKeeper& leases, const queue::Delivery& delivery);
  /// Takes no more: `why` is this worker's own fault.
  void Retire(Error why);
  /// Nothing waits in the queues of this role, and nobody has anything in hand.
  bool Empty();
  /// Waits after a queue that did not answer, longer each time.
  void BackOff(int failures, const CancelToken& stop);

  std::atomic<bool> fit_{true};
  std::mutex unfit_mutex_;
  std::optional<Error> unfit_;  ///< Guarded by unfit_mutex_: the first reason.
  Environment& environment_;
  OpenQueue chunks_;
  OpenQueue events_;
  WorkObserver& observer_;
  load::Consumer consumer_;
  LazyIntake intake_;
  const bool plans_;                           ///< Takes from the queue of events.
  std::unique_ptr<ProcessorPool> processors_;  ///< Null: takes nothing from the queue of chunks.
  std::unique_ptr<LeaseKeeper> chunk_leases_;
  std::unique_ptr<LeaseKeeper> event_leases_;
  load::Progress progress_;
  CancelToken cancel_;  ///< Work in hand looks at this one.
  std::atomic<bool> ready_{false};
  std::atomic<bool> empty_{false};
  std::atomic<bool> left_in_hand_{false};
};

}  // namespace calve::app
