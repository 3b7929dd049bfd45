#include "app/load_runner.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>
#include <utility>

#include "base/ticker.h"

namespace calve::app {

using load::Finished;
using load::FinishOutcome;
using load::LoadFailed;
using load::Waiting;

namespace {

constexpr std::chrono::milliseconds kTick{200};  ///< Of progress, and of looking whether to stop.

/// Errors that a queue tries again, and about which a person in front of a terminal is told at once.
bool WantsAPerson(ErrorKind kind) { return kind == ErrorKind::kNotFound || kind == ErrorKind::kPermissionDenied; }

}  // namespace

Result<std::unique_ptr<ProcessorPool>> ProcessorPool::Make(Environment& environment) {
  auto pool = std::make_unique<ProcessorPool>();
  for (int i = 0; i < environment.settings().Threads(); ++i) {
    CALVE_ASSIGN_OR_RETURN(std::unique_ptr<load::ChunkProcessor> processor, environment.MakeProcessor());
    pool->processors_.push_back(std::move(processor));
  }
  return pool;
}

Result<LoadReport> LoadRunner::Run(const load::PlanRequest& request, const CancelToken& cancel) {
  load::Planner planner(environment_.context(), environment_.ledger(), reading_);
  CALVE_ASSIGN_OR_RETURN(const load::Planned planned, planner.MakePlan(request, cancel));
  plan_ = planned.plan;
  observer_.OnPlanned(request.source_uri, planned);
  if (planned.committed) return Report(planned, Finished{.record = *planned.committed});
  CALVE_ASSIGN_OR_RETURN(queue_, environment_.OpenLoadQueue(plan_.load_id));
  consumer_ = std::make_unique<load::Consumer>(environment_.context(), environment_.ledger(), *queue_.queue,
                                               environment_.settings().commit);
  CALVE_RETURN_IF_ERROR(Prepare());
  {
    leases_ = std::make_unique<LeaseKeeper>(*queue_.queue, environment_.settings().visibility);
    const Ticker watch(kTick, [&] {
      if (cancel.cancelled()) stop_.Cancel();
      observer_.OnProgress(plan_, progress_, ChunksDone());
    });
    std::vector<std::jthread> threads;
    const int useful = std::min(static_cast<int>(processors_.size()), plan_.chunk_count());
    for (int i = 0; i < useful; ++i) threads.emplace_back([this, i] { WorkerLoop(static_cast<size_t>(i)); });
  }
  leases_.reset();
  const std::lock_guard lock(mutex_);
  if (outcome_) {
    if (const auto* failed = std::get_if<LoadFailed>(&*outcome_)) {
      LoadReport report = Report(planned, *outcome_);
      report.error = Error{ErrorKind::kBadData, failed->failure.message};
      return report;
    }
    return Report(planned, *outcome_);
  }
  if (error_) {
    LoadReport report = Report(planned, Waiting{});
    report.status = error_->kind == ErrorKind::kCancelled ? "interrupted" : "failed";
    report.error = error_;
    return report;
  }
  LoadReport report = Report(planned, Waiting{});
  report.status = "interrupted";
  report.error = Error{ErrorKind::kCancelled,
                       fmt::format("interrupted: {} of {} chunks are done and kept; the same command goes on",
                                   ChunksDone(), plan_.chunk_count())};
  return report;
}

/// Puts on the queue what is missing: everything for a new plan; for one that is gone on with, whatever a crash
/// swallowed.
Status LoadRunner::Prepare() {
  CALVE_RETURN_IF_ERROR(queue_.release_dead_leases());
  CALVE_RETURN_IF_ERROR(queue_.dead_letters->Redrive());
  return Nudge();
}

/// Sends the messages that the load waits for. The queue drops those that it still has, and a consumer that finds the
/// result published does not work twice, so sending too often is harmless.
Status LoadRunner::Nudge() {
  CALVE_ASSIGN_OR_RETURN(FinishOutcome outcome, consumer_->finisher().TryFinish(plan_, stop_));
  if (const auto* waiting = std::get_if<Waiting>(&outcome)) {
    chunks_done_ = plan_.chunk_count() - static_cast<int>(waiting->missing.size());
    CALVE_RETURN_IF_ERROR(consumer_->SendWaiting(plan_, *waiting));
    return {};
  }
  Settle(std::move(outcome));
  return {};
}

bool LoadRunner::Over() const {
  if (stop_.cancelled()) return true;
  const std::lock_guard lock(mutex_);
  return outcome_.has_value() || error_.has_value();
}

void LoadRunner::Settle(FinishOutcome outcome) {
  const std::lock_guard lock(mutex_);
  if (!outcome_) outcome_ = std::move(outcome);
  if (std::holds_alternative<LoadFailed>(*outcome_)) stop_.Cancel();
}

void LoadRunner::FailWith(Error error) {
  const std::lock_guard lock(mutex_);
  if (!error_) error_ = std::move(error);
  stop_.Cancel();
}

void LoadRunner::WorkerLoop(size_t thread) {
  load::ChunkProcessor& processor = processors_.at(thread);
  int idle = 0;
  while (!Over()) {
    if (WorkOnce(processor)) {
      idle = 0;
      continue;
    }
    // Nothing to take: others have it in hand, or died with it, or the last one out left before the commit.
    if (++idle % 25 != 0) continue;
    Status status = queue_.release_dead_leases().has_value() ? Status() : Err(ErrorKind::kUnavailable, "");
    const Result<queue::QueueStats> stats = queue_.queue->Stats();
    if (!stats.has_value()) continue;
    if (stats->dead > 0) {
      const Result<std::vector<queue::DeadLetter>> dead = queue_.dead_letters->ListDead(1);
      FailWith({ErrorKind::kUnavailable,
                dead.has_value() && !dead->empty() ? dead->front().reason : "a chunk went to the dead letters"});
      return;
    }
    if (stats->visible == 0 && stats->in_flight == 0) {
      status = Nudge();
      if (!status.has_value() && status.error().kind != ErrorKind::kUnavailable) FailWith(std::move(status).error());
    }
  }
}

/// Takes one message and answers it. False when there was none.
bool LoadRunner::WorkOnce(load::ChunkProcessor& processor) {
  const Settings& settings = environment_.settings();
  Result<std::vector<queue::Delivery>> received =
      queue_.queue->Receive(1, settings.visibility, std::chrono::milliseconds(40));
  if (!received.has_value()) {
    if (received.error().kind != ErrorKind::kUnavailable) FailWith(std::move(received).error());
    return false;
  }
  if (received->empty()) return false;
  const queue::Delivery& delivery = received->front();
  leases_->Hold(delivery.receipt);
  const Result<load::ChunkMessage> message = load::ParseChunkMessage(delivery.body);
  load::Handled handled;
  if (message.has_value()) {
    handled = consumer_->Handle(*message, processor, stop_, &progress_);
  } else {
    handled.answer = load::Handled::Answer::kPermanent;
    handled.kind = message.error().kind;
    handled.reason = message.error().message;
  }
  leases_->Release(delivery.receipt);
  Answer(delivery, message.has_value() ? *message : load::ChunkMessage{}, handled);
  return true;
}

void LoadRunner::Answer(const queue::Delivery& delivery, const load::ChunkMessage& message,
                        const load::Handled& handled) {
  using Kind = load::Handled::Answer;
  // What the queue did not take is delivered again, and found done.
  static_cast<void>(load::AnswerDelivery(*queue_.queue, delivery, handled, environment_.rng()));
  if (handled.answer == Kind::kDelete) {
    if (!handled.finish) return;
    // What a former plan left on the queue says nothing about this one, unless that the load is committed.
    if (message.generation != plan_.generation && !std::holds_alternative<Finished>(*handled.finish)) return;
    if (const auto* waiting = std::get_if<Waiting>(&*handled.finish)) {
      // Its count may be of a while ago.
      const int counted = plan_.chunk_count() - static_cast<int>(waiting->missing.size());
      const int known = ChunksDone() + (handled.result && !message.pinned_start ? 1 : 0);
      chunks_done_ = std::min(std::max(counted, known), plan_.chunk_count());
    } else {
      chunks_done_ = plan_.chunk_count();
      Settle(*handled.finish);
    }
    observer_.OnChunk(plan_, message.chunk, ChunksDone());
  } else if (handled.answer == Kind::kPermanent || handled.worker_is_unfit() || WantsAPerson(handled.kind)) {
    FailWith({handled.kind, handled.reason});
  } else if (handled.kind != ErrorKind::kCancelled) {
    observer_.OnRetry(plan_, message.chunk, handled.reason);
  }
}

LoadReport LoadRunner::Report(const load::Planned& planned, const FinishOutcome& outcome) const {
  LoadReport report;
  report.source = plan_.source.uri;
  report.load_id = plan_.load_id;
  report.table = plan_.target.identifier;
  report.bytes_in = plan_.source.size_bytes;
  report.status = "failed";
  if (!planned.committed) report.chunks = plan_.chunk_count();
  if (const auto* finished = std::get_if<Finished>(&outcome)) {
    const load::CommitRecord& record = finished->record;
    report.status = planned.committed ? "already-loaded" : "committed";
    report.rows = record.rows;
    report.records = record.records;
    report.quarantined = record.quarantined;
    report.repeated_headers = record.repeated_headers;
    report.chunks = record.chunks;
    report.files = record.files;
    report.bytes_out = record.bytes_out;
    if (!record.snapshot_ids.empty()) report.snapshot_id = record.snapshot_ids.back();
    report.quarantine_uris = record.quarantine_uris;
    report.first_bad = record.first_bad;
  }
  return report;
}

}  // namespace calve::app
