#include "app/worker.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>
#include <utility>

#include "base/ticker.h"

namespace calve::app {
namespace {

using Answer = load::Handled::Answer;
using Millis = std::chrono::milliseconds;

/// A long poll: long enough to be cheap, short enough that a stop does not wait for it.
constexpr Millis kPoll{2'000};
constexpr Millis kWatch{200};
/// After the drain time-out, for giving back what is in hand to a queue that answers slowly.
constexpr Millis kLastWords{5'000};
/// With until_empty: an empty queue is looked at again at once.
constexpr Millis kShortPoll{50};

}  // namespace

ChunkWork WorkOnChunk(const std::string& ledger_prefix, load::Consumer& consumer, load::ChunkProcessor& processor,
                      std::string_view body, const CancelToken& cancel, load::Progress* progress) {
  ChunkWork work;
  const Result<load::ChunkMessage> message = load::ParseChunkMessage(body);
  if (!message.has_value()) {
    work.handled.answer = Answer::kPermanent;
    work.handled.kind = message.error().kind;
    work.handled.reason = message.error().message;
    return work;
  }
  work.message = *message;
  if (message->state_prefix != ledger_prefix) {
    work.handled.answer = Answer::kPermanent;
    work.handled.kind = ErrorKind::kInvalidArgument;
    work.handled.reason =
        fmt::format("the chunk's ledger is {}, but this consumer's is {}: give both the same warehouse and state",
                    message->state_prefix, ledger_prefix);
    return work;
  }
  work.handled = consumer.Handle(*message, processor, cancel, progress);
  if (work.handled.finish && work.handled.result) {
    if (const auto* failed = std::get_if<load::LoadFailed>(&*work.handled.finish)) {
      // The ledger has it; the dead letters show it to whoever watches the queues. Later deliveries find it settled.
      work.handled.answer = Answer::kPermanent;
      work.handled.kind = ErrorKind::kBadData;
      work.handled.reason = failed->failure.message;
    }
  }
  return work;
}

Worker::Worker(Environment& environment, OpenQueue chunks, OpenQueue events, WorkObserver& observer)
    : environment_(environment),
      chunks_(std::move(chunks)),
      events_(std::move(events)),
      observer_(observer),
      consumer_(environment.context(), environment.ledger(), *chunks_.queue, environment.settings().commit),
      intake_(environment, consumer_),
      plans_(environment.settings().role != Role::kConsume) {}

Result<std::unique_ptr<Worker>> Worker::Make(Environment& environment, OpenQueue chunks, OpenQueue events,
                                             WorkObserver& observer) {
  std::unique_ptr<Worker> worker(new Worker(environment, std::move(chunks), std::move(events), observer));
  const Role role = environment.settings().role;
  environment.CleanScratch();
  // Before anything is taken: what is taken and given back counts as a delivery.
  if (role != Role::kPlan) CALVE_RETURN_IF_ERROR(environment.CheckScratch());
  if (worker->plans_) CALVE_RETURN_IF_ERROR(worker->intake_.Get());
  if (role != Role::kPlan) {
    CALVE_ASSIGN_OR_RETURN(worker->processors_, ProcessorPool::Make(environment));
  }
  return worker;
}

void Worker::Retire(Error why) {
  const std::lock_guard lock(unfit_mutex_);
  fit_ = false;
  ready_ = false;
  if (!unfit_) unfit_ = std::move(why);
}

Status Worker::Run(const CancelToken& stop, CancelToken& give_up) {
  const Settings& settings = environment_.settings();
  std::optional<std::chrono::steady_clock::time_point> draining;
  const auto watch = [&] {
    if (!stop.cancelled()) return;
    const auto now = environment_.clock().Monotonic();
    if (!draining) draining = now;
    if (now - *draining >= settings.drain_timeout) cancel_.Cancel();
    if (now - *draining >= settings.drain_timeout + kLastWords) give_up.Cancel();
  };
  chunk_leases_ = std::make_unique<LeaseKeeper>(*chunks_.queue, settings.visibility);
  if (plans_) event_leases_ = std::make_unique<LeaseKeeper>(*events_.queue, settings.visibility);
  {
    const Ticker watching(kWatch, watch);
    std::vector<std::jthread> threads;
    if (plans_)
      threads.emplace_back(
          [this, &stop] { Loop(events_, "events", [this](Millis wait) { return PlanOne(wait); }, stop); });
    for (size_t i = 0; processors_ && i < processors_->size(); ++i) {
      threads.emplace_back([this, i, &stop] {
        Loop(chunks_, "chunks", [this, i](Millis wait) { return ConsumeOne(processors_->at(i), wait); }, stop);
      });
    }
  }
  give_up.Cancel();  // Nothing is in hand: a heartbeat under way is waited for by nobody.
  chunk_leases_.reset();
  event_leases_.reset();
  ready_ = false;
  const std::lock_guard lock(unfit_mutex_);
  return unfit_ ? Status(std::unexpected(*unfit_)) : Status();
}

void Worker::Loop(const OpenQueue& queue, std::string_view what, const TakeOne& take_one, const CancelToken& stop) {
  const bool until_empty = environment_.settings().until_empty;
  int failures = 0;
  int quiet = 0;
  while (!stop.cancelled() && !empty_ && fit()) {
    const Result<bool> worked = take_one(until_empty ? kShortPoll : kPoll);
    if (!worked.has_value() && stop.cancelled()) return;  // Its Receive was ended by that.
    if (!worked.has_value()) {
      ready_ = false;
      observer_.OnTrouble(fmt::format("the queue of {}: {}", what, worked.error().message));
      BackOff(failures++, stop);
      continue;
    }
    failures = 0;
    ready_ = fit();
    if (*worked) {
      quiet = 0;
      continue;
    }
    // Nothing to take: what processes that died have in hand is given back by those that wait.
    if (queue.release_dead_leases) static_cast<void>(queue.release_dead_leases());
    // Twice: SQS counts approximately.
    quiet = until_empty && Empty() ? quiet + 1 : 0;
    if (quiet >= 2) empty_ = true;
  }
}

Result<bool> Worker::ConsumeOne(load::ChunkProcessor& processor, Millis wait) {
  CALVE_ASSIGN_OR_RETURN(const std::vector<queue::Delivery> received,
                         chunks_.queue->Receive(1, environment_.settings().visibility, wait));
  if (received.empty()) return false;
  const queue::Delivery& delivery = received.front();
  if (NamesWholeObject(delivery.body)) {
    Plan(chunks_, "chunk", *chunk_leases_, delivery);
    return true;
  }
  chunk_leases_->Hold(delivery.receipt);
  const ChunkWork work =
      WorkOnChunk(environment_.ledger_prefix(), consumer_, processor, delivery.body, cancel_, &progress_);
  chunk_leases_->Release(delivery.receipt);
  const Status answered = load::AnswerDelivery(*chunks_.queue, delivery, work.handled, environment_.rng());
  observer_.OnChunk({work.message, delivery.receive_count, delivery.message_id, work.handled});
  if (work.handled.worker_is_unfit()) Retire({work.handled.kind, work.handled.reason});
  if (!answered.has_value()) {
    // It is delivered again, and its result found.
    left_in_hand_ = true;
    observer_.OnTrouble("the chunk queue did not take an answer: " + answered.error().message);
  }
  return true;
}

Result<bool> Worker::PlanOne(Millis wait) {
  CALVE_ASSIGN_OR_RETURN(const std::vector<queue::Delivery> received,
                         events_.queue->Receive(1, environment_.settings().visibility, wait));
  if (received.empty()) return false;
  Plan(events_, "event", *event_leases_, received.front());
  return true;
}

void Worker::Plan(const OpenQueue& queue, std::string_view what, LeaseKeeper& leases, const queue::Delivery& delivery) {
  leases.Hold(delivery.receipt);
  const IntakeResult result = intake_.Handle(delivery.body, cancel_);
  leases.Release(delivery.receipt);
  load::Handled handled;
  handled.answer = result.answer;
  handled.kind = result.kind;
  handled.reason = result.reason;
  const Status answered = load::AnswerDelivery(*queue.queue, delivery, handled, environment_.rng());
  observer_.OnIntake(result, delivery);
  if (handled.worker_is_unfit()) Retire({handled.kind, handled.reason});
  if (!answered.has_value()) {
    left_in_hand_ = true;
    observer_.OnTrouble(fmt::format("the {} queue did not take an answer: {}", what, answered.error().message));
  }
}

bool Worker::Empty() {
  const auto idle = [](const OpenQueue& open) {
    const Result<queue::QueueStats> stats = open.queue->Stats();
    return stats.has_value() && stats->visible == 0 && stats->in_flight == 0;
  };
  // What somebody has in hand is in flight. A planner sends its chunks before its event is deleted, so events are
  // looked at first.
  return (!plans_ || idle(events_)) && (!processors_ || idle(chunks_));
}

void Worker::BackOff(int failures, const CancelToken& stop) {
  Millis left = BackoffWait({.max_retries = 0, .min_wait = Millis(200), .max_wait = Millis(30'000)},
                            std::min(failures, 10), environment_.rng());
  while (left > Millis(0) && !stop.cancelled()) {
    const Millis step = std::min(left, Millis(100));
    environment_.clock().SleepFor(step);
    left -= step;
  }
}

}  // namespace calve::app
