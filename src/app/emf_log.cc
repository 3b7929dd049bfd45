#include "app/emf_log.h"

#include <spdlog/spdlog.h>

#include "base/emf.h"

namespace calve::app {
namespace {

using Answer = load::Handled::Answer;

double Seconds(std::chrono::milliseconds time) { return static_cast<double>(time.count()) / 1000; }

int64_t Signed(uint64_t value) { return static_cast<int64_t>(value); }

void Write(std::FILE* out, const EmfLine& line) {
  Result<std::string> text = line.Text();
  if (!text.has_value()) {
    spdlog::warn("metrics were not written: {}", text.error().message);
    return;
  }
  *text += '\n';
  std::fwrite(text->data(), 1, text->size(), out);
  std::fflush(out);
}

void AddAnswer(EmfLine& line, Answer answer) {
  line.Metric("retries", int64_t{answer == Answer::kRetry}, MetricUnit::kCount);
  line.Metric("dead_letters", int64_t{answer == Answer::kPermanent}, MetricUnit::kCount);
}

void AddResult(EmfLine& line, const load::ChunkResult& result) {
  if (result.failure || result.undecided) return;
  uint64_t bytes_out = 0;
  for (const iceberg::DataFile& file : result.files) bytes_out += static_cast<uint64_t>(file.file_size_bytes);
  line.Metric("rows", Signed(result.rows_out), MetricUnit::kCount)
      .Metric("quarantined", Signed(result.quarantined), MetricUnit::kCount)
      .Metric("bytes_in", Signed(result.end_offset_bytes - result.first_offset_bytes), MetricUnit::kBytes)
      .Metric("bytes_out", Signed(bytes_out), MetricUnit::kBytes);
}

}  // namespace

void EmfLog::OnIntake(const IntakeResult& result, const queue::Delivery& delivery) {
  EmfLine line("calve", clock_.Now());
  line.Dimension("FunctionName", function_name_);
  int64_t planned = 0;
  std::chrono::milliseconds time{0};
  Json loads = Json::array();
  for (const Landed& landed : result.landed) {
    if (!landed.planned.committed) ++planned;
    time += landed.plan_time;
    loads.push_back(landed.planned.plan.load_id);
  }
  line.Metric("loads_planned", planned, MetricUnit::kCount).Metric("seconds_plan", Seconds(time), MetricUnit::kSeconds);
  AddAnswer(line, result.answer);
  line.Property("loads", std::move(loads)).Property("request_id", delivery.message_id);
  Write(out_, line);
}

void EmfLog::OnChunk(const ChunkEvent& event) {
  const load::Handled& handled = event.handled;
  EmfLine line("calve", clock_.Now());
  line.Dimension("FunctionName", function_name_);
  if (handled.result) AddResult(line, *handled.result);
  bool committed = false;
  int64_t conflicts = 0;
  bool failed = false;
  if (handled.finish) {
    if (const auto* finished = std::get_if<load::Finished>(&*handled.finish)) {
      committed = finished->by_us;
      conflicts = finished->conflicts;
    }
    failed = handled.result && std::holds_alternative<load::LoadFailed>(*handled.finish);
  }
  line.Metric("seconds_process", Seconds(handled.work_time), MetricUnit::kSeconds)
      // Who commits settles the whole load; everybody else only puts a result down.
      .Metric(committed ? "seconds_commit" : "seconds_publish", Seconds(handled.finish_time), MetricUnit::kSeconds)
      .Metric("loads_committed", int64_t{committed}, MetricUnit::kCount)
      .Metric("loads_failed", int64_t{failed}, MetricUnit::kCount)
      .Metric("conflicts", conflicts, MetricUnit::kCount);
  AddAnswer(line, handled.answer);
  line.Property("load", event.message.load_id)
      .Property("chunk", event.message.chunk)
      .Property("receive_count", event.receive_count)
      .Property("request_id", event.message_id);
  if (handled.result) line.Property("attempt", handled.result->attempt_id);
  Write(out_, line);
}

}  // namespace calve::app
