#include "app/lambda_handler.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <optional>
#include <thread>
#include <utility>

#include "base/json.h"
#include "base/log_context.h"
#include "base/ticker.h"

namespace calve::app {
namespace {

using Answer = load::Handled::Answer;

bool IsChunkMessage(std::string_view body) {
  const Result<Json> json = ParseJson(body, "the message");
  if (!json.has_value() || !json->is_object()) return false;
  const auto kind = json->find("calve");
  return kind != json->end() && *kind == "chunk";
}

queue::Delivery DeliveryOf(const lambda::SqsRecord& record) {
  return {record.message_id, record.receipt_handle, record.body,
          static_cast<int>(std::min<int64_t>(record.receive_count, 1'000'000))};
}

load::Handled Refuse(std::string reason) {
  load::Handled handled;
  handled.answer = Answer::kPermanent;
  handled.kind = ErrorKind::kInvalidArgument;
  handled.reason = std::move(reason);
  return handled;
}

load::Handled GivenBack() {
  load::Handled handled;
  handled.answer = Answer::kRetry;
  handled.kind = ErrorKind::kCancelled;
  handled.reason = "no time was left to begin it";
  return handled;
}

}  // namespace

LambdaHandler::LambdaHandler(Environment& environment, OpenQueue chunks, OpenByArn open_by_arn, WorkObserver& observer)
    : environment_(environment),
      chunks_(std::move(chunks)),
      open_by_arn_(std::move(open_by_arn)),
      observer_(observer),
      consumer_(environment.context(), environment.ledger(), *chunks_.queue, environment.settings().commit),
      intake_(environment, consumer_) {}

Result<std::unique_ptr<LambdaHandler>> LambdaHandler::Make(Environment& environment, OpenQueue chunks,
                                                           OpenByArn open_by_arn, WorkObserver& observer) {
  std::unique_ptr<LambdaHandler> handler(
      new LambdaHandler(environment, std::move(chunks), std::move(open_by_arn), observer));
  environment.CleanScratch();
  if (environment.settings().role != Role::kConsume) {
    CALVE_RETURN_IF_ERROR(handler->intake_.Get());
  }
  if (environment.settings().role != Role::kPlan) {
    CALVE_ASSIGN_OR_RETURN(handler->processors_, ProcessorPool::Make(environment));
  }
  return handler;
}

Result<std::string> LambdaHandler::Handle(const lambda::Invocation& invocation, const CancelToken& stop) {
  CALVE_ASSIGN_OR_RETURN(const lambda::SqsBatch batch, lambda::ParseSqsEvent(invocation.payload));
  CancelToken cancel;
  if (stop.cancelled() || environment_.clock().Monotonic() >= invocation.deadline) cancel.Cancel();
  const Ticker watch(std::chrono::milliseconds(20), [&] {
    if (stop.cancelled() || environment_.clock().Monotonic() >= invocation.deadline) cancel.Cancel();
  });
  return HandleBatch(batch, cancel);
}

Result<std::string> LambdaHandler::HandleBatch(const lambda::SqsBatch& batch, const CancelToken& cancel) {
  std::vector<std::string> failed;
  for (const lambda::BadSqsRecord& bad : batch.bad) {
    spdlog::error("a record of the batch cannot be understood: {}", bad.reason);
    failed.push_back(bad.message_id);
  }
  const size_t count = batch.records.size();
  std::vector<Done> done(count);
  std::atomic<size_t> next{0};
  const auto work = [&, context = CurrentLogContext()](load::ChunkProcessor* processor) {
    const LogScope scope(context);
    for (size_t i = next++; i < count; i = next++) done[i] = HandleRecord(batch.records[i], processor, cancel);
  };
  {
    // A planner has no processors, and needs one thread: a plan takes milliseconds.
    const size_t threads = processors_ ? std::min(count, processors_->size()) : std::min<size_t>(count, 1);
    std::vector<std::jthread> others;
    for (size_t i = 1; i < threads; ++i) others.emplace_back([&, i] { work(&processors_->at(i)); });
    if (threads > 0) work(processors_ ? &processors_->at(0) : nullptr);
  }
  for (const Done& one : done) {
    if (!unfit_ && one.handled.worker_is_unfit()) unfit_ = Error{one.handled.kind, one.handled.reason};
  }
  if (!batch.from_queue) {
    if (count == 0) return Err(ErrorKind::kBadData, "the event holds nothing to do");
    if (done[0].handled.answer != Answer::kDelete) return Err(done[0].handled.kind, done[0].handled.reason);
    return JsonText(done[0].answer);
  }
  for (size_t i = 0; i < count; ++i) {
    if (!Settle(batch.records[i], done[i].handled)) failed.push_back(batch.records[i].message_id);
  }
  return lambda::BatchAnswer(failed);
}

LambdaHandler::Done LambdaHandler::HandleRecord(const lambda::SqsRecord& record, load::ChunkProcessor* processor,
                                                const CancelToken& cancel) {
  const queue::Delivery delivery = DeliveryOf(record);
  if (cancel.cancelled()) return {GivenBack(), {}};
  if (IsChunkMessage(record.body)) {
    if (processor == nullptr) {
      return {Refuse("a chunk message came to a planner (CALVE_HANDLER=plan): its event source is the wrong queue"),
              {}};
    }
    return HandleChunk(delivery, *processor, cancel);
  }
  if (environment_.settings().role == Role::kConsume && !NamesWholeObject(record.body)) {
    return {Refuse("what came is no chunk message, and this function only consumes (CALVE_HANDLER=consume): its event "
                   "source is the wrong queue"),
            {}};
  }
  return HandleNotification(delivery, cancel);
}

LambdaHandler::Done LambdaHandler::HandleChunk(const queue::Delivery& delivery, load::ChunkProcessor& processor,
                                               const CancelToken& cancel) {
  ChunkWork work = WorkOnChunk(environment_.ledger_prefix(), consumer_, processor, delivery.body, cancel, nullptr);
  observer_.OnChunk({work.message, delivery.receive_count, delivery.message_id, work.handled});
  Json answer = {{"load_id", work.message.load_id}, {"chunk", work.message.chunk}};
  if (work.handled.result) {
    answer["rows"] = work.handled.result->rows_out;
    answer["quarantined"] = work.handled.result->quarantined;
  }
  answer["finished"] = work.handled.finish && std::holds_alternative<load::Finished>(*work.handled.finish);
  return {std::move(work.handled), std::move(answer)};
}

LambdaHandler::Done LambdaHandler::HandleNotification(const queue::Delivery& delivery, const CancelToken& cancel) {
  const IntakeResult result = intake_.Handle(delivery.body, cancel);
  observer_.OnIntake(result, delivery);
  Done done;
  done.handled.answer = result.answer;
  done.handled.kind = result.kind;
  done.handled.reason = result.reason;
  done.answer = {{"sources", Json::array()}, {"note", result.note}};
  for (const Landed& landed : result.landed) {
    done.answer["sources"].push_back({{"source", landed.source},
                                      {"load_id", landed.planned.plan.load_id},
                                      {"table", landed.planned.plan.target.identifier},
                                      {"already_loaded", landed.planned.committed.has_value()},
                                      {"chunks_sent", landed.sent}});
  }
  return done;
}

bool LambdaHandler::Settle(const lambda::SqsRecord& record, const load::Handled& handled) {
  if (handled.answer == Answer::kDelete) return true;
  queue::Queue* const from = QueueOf(record.queue_arn);
  if (from == nullptr) return false;
  const queue::Delivery delivery = DeliveryOf(record);
  // A retry sooner than the queue's visibility time-out, or the dead letters with the reason. Whatever comes of it, the
  // record is reported as failed: were it deleted here already, that is no harm; were it not, it must not be.
  const Status answered = load::AnswerDelivery(*from, delivery, handled, environment_.rng());
  if (!answered.has_value()) {
    spdlog::warn("message {} could not be answered early ({}): it comes back when its visibility time-out has passed",
                 record.message_id, answered.error().message);
  }
  return false;
}

queue::Queue* LambdaHandler::QueueOf(const std::string& arn) {
  if (arn.empty()) return nullptr;
  const std::lock_guard lock(mutex_);
  const auto it = by_arn_.find(arn);
  if (it != by_arn_.end()) return it->second.queue.get();
  Result<OpenQueue> opened = open_by_arn_(arn);
  if (!opened.has_value()) {
    spdlog::warn("the queue {} cannot be opened ({}): its messages come back by their visibility time-out", arn,
                 opened.error().message);
    return nullptr;
  }
  return by_arn_.emplace(arn, std::move(opened).value()).first->second.queue.get();
}

}  // namespace calve::app
