#include "app/work_log.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "base/log_context.h"

namespace calve::app {
namespace {

using Answer = load::Handled::Answer;

std::string Outcome(const load::Planned& planned, int sent) {
  if (planned.committed) return fmt::format("is in {} already", planned.plan.target.identifier);
  const int chunks = planned.plan.chunk_count();
  return fmt::format("{} as {} chunk{} into {}, {} sent", planned.resumed ? "goes on" : "planned", chunks,
                     chunks == 1 ? "" : "s", planned.plan.target.identifier, sent);
}

double Seconds(std::chrono::milliseconds time) { return static_cast<double>(time.count()) / 1000; }

void LogFinish(const load::FinishOutcome& finish) {
  if (const auto* finished = std::get_if<load::Finished>(&finish); finished != nullptr && finished->by_us) {
    const load::CommitRecord& record = finished->record;
    spdlog::info("{} is committed to {}: snapshot {}, {} rows, {} quarantined, {} files, {} conflicts on the way",
                 record.source.uri, record.table,
                 record.snapshot_ids.empty() ? std::string("none") : std::to_string(record.snapshot_ids.back()),
                 record.rows, record.quarantined, record.files, finished->conflicts);
  } else if (const auto* failed = std::get_if<load::LoadFailed>(&finish)) {
    spdlog::error("the load can never be committed: {}", failed->failure.message);
  }
}

}  // namespace

void WorkLog::OnIntake(const IntakeResult& result, const queue::Delivery& delivery) {
  const LogScope request = LogScope::With([&](LogContext& context) {
    if (context.request_id.empty()) context.request_id = delivery.message_id;
  });
  for (const Landed& landed : result.landed) {
    const LogScope load = LogScope::With([&](LogContext& context) { context.load = landed.planned.plan.load_id; });
    spdlog::info("{} {} ({:.3f} s)", landed.source, Outcome(landed.planned, landed.sent), Seconds(landed.plan_time));
    for (const std::string& note : landed.planned.notes) spdlog::info("{}: {}", landed.source, note);
  }
  if (result.answer == Answer::kRetry) {
    spdlog::warn("notification, delivery {}: is tried again: {}", delivery.receive_count, result.reason);
  } else if (result.answer == Answer::kPermanent) {
    spdlog::error("notification, delivery {}: to the dead letters: {}", delivery.receive_count, result.reason);
  } else if (result.landed.empty()) {
    spdlog::info("notification acknowledged, nothing to load: {}", result.note);
  }
}

void WorkLog::OnChunk(const ChunkEvent& event) {
  const load::Handled& handled = event.handled;
  const LogScope scope = LogScope::With([&](LogContext& context) {
    context.load = event.message.load_id;
    context.chunk = event.message.chunk;
    if (handled.result) context.attempt = handled.result->attempt_id;
    if (context.request_id.empty()) context.request_id = event.message_id;
  });
  if (handled.answer == Answer::kPermanent) {
    spdlog::error("delivery {}: to the dead letters: {}", event.receive_count, handled.reason);
  } else if (handled.answer == Answer::kRetry) {
    spdlog::warn("delivery {}: is given back: {}", event.receive_count, handled.reason);
  } else if (handled.result) {
    const load::ChunkResult& result = *handled.result;
    spdlog::info("bytes {} to {}: {} rows, {} quarantined, {} files; read and written in {:.3f} s, settled in {:.3f} s",
                 result.first_offset_bytes, result.end_offset_bytes, result.rows_out, result.quarantined,
                 result.files.size(), Seconds(handled.work_time), Seconds(handled.finish_time));
  } else {
    spdlog::info("delivery {}: found done", event.receive_count);
  }
  if (handled.finish) LogFinish(*handled.finish);
}

void WorkLog::OnTrouble(const std::string& what) { spdlog::warn("{}", what); }

void WorkObservers::OnIntake(const IntakeResult& result, const queue::Delivery& delivery) {
  for (WorkObserver* observer : observers_) observer->OnIntake(result, delivery);
}

void WorkObservers::OnChunk(const ChunkEvent& event) {
  for (WorkObserver* observer : observers_) observer->OnChunk(event);
}

void WorkObservers::OnTrouble(const std::string& what) {
  for (WorkObserver* observer : observers_) observer->OnTrouble(what);
}

}  // namespace calve::app
