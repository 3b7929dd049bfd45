#include "app/work_metrics.h"

#include <fmt/format.h>

#include <iterator>
#include <string_view>

#include "app/version.h"

namespace calve::app {
namespace {

using Answer = load::Handled::Answer;

class Page {
 public:
  void Family(std::string_view name, std::string_view type, std::string_view help) {
    fmt::format_to(std::back_inserter(text_), "# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
    name_ = name;
  }
  template <typename T>
  void Value(std::string_view labels, T value) {
    fmt::format_to(std::back_inserter(text_), "{}{} {}\n", name_, labels, value);
  }
  void Count(std::string_view name, std::string_view help, uint64_t value) {
    Family(name, "counter", help);
    Value("", value);
  }
  std::string Take() { return std::move(text_); }

 private:
  std::string text_;
  std::string_view name_;
};

double Seconds(const std::atomic<uint64_t>& millis) { return static_cast<double>(millis.load()) / 1000; }

}  // namespace

void WorkMetrics::OnIntake(const IntakeResult& result, const queue::Delivery& /*delivery*/) {
  for (const Landed& landed : result.landed) {
    ++(landed.planned.committed ? sources_known_ : sources_planned_);
    plan_ms_ += static_cast<uint64_t>(landed.plan_time.count());
  }
  if (result.answer == Answer::kDelete) {
    if (result.landed.empty()) ++messages_acknowledged_;
  } else {
    ++(result.answer == Answer::kRetry ? messages_retried_ : messages_dead_);
  }
}

void WorkMetrics::OnChunk(const ChunkEvent& event) {
  const load::Handled& handled = event.handled;
  work_ms_ += static_cast<uint64_t>(handled.work_time.count());
  finish_ms_ += static_cast<uint64_t>(handled.finish_time.count());
  if (handled.answer != Answer::kDelete) {
    ++(handled.answer == Answer::kRetry ? chunks_retried_ : chunks_dead_);
  } else {
    ++(handled.result ? chunks_done_ : chunks_redone_);
  }
  if (handled.result && !handled.result->failure && !handled.result->undecided) {
    const load::ChunkResult& result = *handled.result;
    records_ += result.records;
    rows_ += result.rows_out;
    quarantined_ += result.quarantined;
    bytes_in_ += result.end_offset_bytes - result.first_offset_bytes;
    files_ += result.files.size();
    for (const iceberg::DataFile& file : result.files) bytes_out_ += static_cast<uint64_t>(file.file_size_bytes);
  }
  if (!handled.finish) return;
  if (const auto* finished = std::get_if<load::Finished>(&*handled.finish)) {
    if (finished->by_us) ++commits_;
    conflicts_ += static_cast<uint64_t>(finished->conflicts);
  } else if (std::holds_alternative<load::LoadFailed>(*handled.finish)) {
    ++loads_failed_;
  }
}

void WorkMetrics::OnTrouble(const std::string& /*what*/) { ++troubles_; }

std::string WorkMetrics::Text(bool ready) const {
  Page page;
  page.Family("calve_build_info", "gauge", "The version.");
  page.Value(fmt::format("{{version=\"{}\"}}", kVersion), 1);
  page.Family("calve_ready", "gauge", "1 when the queues answer.");
  page.Value("", ready ? 1 : 0);
  page.Family("calve_sources_total", "counter", "Sources of notifications, by what they came to.");
  page.Value("{outcome=\"planned\"}", sources_planned_.load());
  page.Value("{outcome=\"already_loaded\"}", sources_known_.load());
  page.Family("calve_event_messages_total", "counter", "Notifications without a plan, by what became of them.");
  page.Value("{outcome=\"acknowledged\"}", messages_acknowledged_.load());
  page.Value("{outcome=\"retried\"}", messages_retried_.load());
  page.Value("{outcome=\"dead\"}", messages_dead_.load());
  page.Family("calve_chunk_messages_total", "counter", "Chunk messages, by what became of them.");
  page.Value("{outcome=\"done\"}", chunks_done_.load());
  page.Value("{outcome=\"found_done\"}", chunks_redone_.load());
  page.Value("{outcome=\"retried\"}", chunks_retried_.load());
  page.Value("{outcome=\"dead\"}", chunks_dead_.load());
  page.Count("calve_records_total", "Records read.", records_.load());
  page.Count("calve_rows_total", "Rows written to data files.", rows_.load());
  page.Count("calve_quarantined_records_total", "Records put aside.", quarantined_.load());
  page.Count("calve_source_bytes_total", "Bytes of sources read.", bytes_in_.load());
  page.Count("calve_data_file_bytes_total", "Bytes of data files written.", bytes_out_.load());
  page.Count("calve_data_files_total", "Data files written.", files_.load());
  page.Count("calve_commits_total", "Loads that this process committed.", commits_.load());
  page.Count("calve_commit_conflicts_total", "Commits of others that came in between.", conflicts_.load());
  page.Count("calve_failed_loads_total", "Chunks whose load can never be committed.", loads_failed_.load());
  page.Count("calve_queue_troubles_total", "Calls that a queue did not take.", troubles_.load());
  page.Family("calve_seconds_total", "counter", "Seconds of threads, by phase.");
  page.Value("{phase=\"plan\"}", Seconds(plan_ms_));
  page.Value("{phase=\"chunk\"}", Seconds(work_ms_));
  page.Value("{phase=\"finish\"}", Seconds(finish_ms_));
  return page.Take();
}

}  // namespace calve::app
