#include "cli/run_reporter.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/utf8.h"
#include "cli/text.h"

namespace calve::cli {
namespace {

// Log lines elsewhere than on a terminal.
constexpr std::chrono::milliseconds kChunkLines{1000};
constexpr std::chrono::milliseconds kProgressLines{10'000};

}  // namespace

std::string LastPart(const std::string& uri) {
  const size_t slash = uri.find_last_of('/');
  return slash == std::string::npos || slash + 1 == uri.size() ? uri : uri.substr(slash + 1);
}

void RunReporter::OnPlanned(const std::string& source, const load::Planned& planned) {
  const std::lock_guard lock(mutex_);
  const load::Plan& plan = planned.plan;
  // The counters count on from load to load; the next OnProgress tells where this one began.
  load_id_ = plan.load_id;
  began_ = last_line_ = clock_.Monotonic();
  bytes_before_ = bytes_now_;
  rows_before_ = rows_now_;
  counted_ = false;
  if (planned.committed) {
    console_.Info(
        fmt::format("{}: is in {} already (load {})", Printable(source), plan.target.identifier, plan.load_id));
  }
  for (const std::string& note : planned.notes)
    console_.Info(fmt::format("{}: {}", Printable(source), Printable(note)));
  if (planned.committed) return;
  const auto chunks = static_cast<uint64_t>(std::max(plan.chunk_count(), 0));
  console_.Info(fmt::format("{}: {} as {} into {} (load {})", Printable(source),
                            planned.resumed ? "going on" : "planned", Plural(chunks, "chunk"), plan.target.identifier,
                            plan.load_id));
}

bool RunReporter::IsTimeForLine(std::chrono::milliseconds interval) {
  const Instant now = clock_.Monotonic();
  if (now - last_line_ < interval) return false;
  last_line_ = now;
  return true;
}

ProgressView RunReporter::View(const load::Plan& plan, int chunks_done) const {
  ProgressView view;
  view.name = LastPart(plan.source.uri);
  view.bytes_total = plan.cuts.extent;
  view.bytes_read = bytes_now_ - bytes_before_;
  view.rows_read = rows_now_ - rows_before_;
  view.chunks_done = chunks_done;
  view.chunks = plan.chunk_count();
  view.seconds = std::chrono::duration<double>(clock_.Monotonic() - began_).count();
  // Chunks that were done before, here or by another process, count in full.
  const uint64_t before = static_cast<uint64_t>(chunks_before_) * plan.cuts.step;
  const uint64_t by_chunks = static_cast<uint64_t>(chunks_done) * plan.cuts.step;
  view.bytes_done = std::min(view.bytes_total, std::max(before + view.bytes_read, by_chunks));
  return view;
}

void RunReporter::OnProgress(const load::Plan& plan, const load::Progress& progress, int chunks_done) {
  const std::lock_guard lock(mutex_);
  // Attempts that are thrown away may turn the counters back.
  bytes_now_ = std::max(bytes_before_, progress.bytes_read.load());
  rows_now_ = std::max(rows_before_, progress.rows_read.load());
  if (!counted_) {
    counted_ = true;
    chunks_before_ = chunks_done;
  }
  if (console_.terminal()) {
    Draw(plan, chunks_done);
  } else if (IsTimeForLine(kProgressLines)) {
    console_.Info(DescribeProgress(View(plan, chunks_done)));
  }
}

void RunReporter::Draw(const load::Plan& plan, int chunks_done) {
  console_.Progress(RenderProgress(View(plan, chunks_done), console_.Width()));
}

void RunReporter::OnChunk(const load::Plan& plan, int chunk, int chunks_done) {
  const std::lock_guard lock(mutex_);
  // A chunk is a step of its own: a quick load shows its progress too, not only what the ticks happen to meet.
  if (console_.terminal()) {
    if (!counted_) chunks_before_ = chunks_done - 1;
    counted_ = true;
    Draw(plan, chunks_done);
  }
  const std::string line =
      fmt::format("{}: chunk {} is done, {} of {}", LastPart(plan.source.uri), chunk, chunks_done, plan.chunk_count());
  if (console_.verbosity() == Verbosity::kVerbose) {
    console_.Detail(line);
  } else if (!console_.terminal() && IsTimeForLine(kChunkLines)) {
    console_.Info(line);
  }
}

void RunReporter::OnRetry(const load::Plan& plan, int chunk, const std::string& reason) {
  console_.Info(fmt::format("{}: chunk {} is tried again: {}", LastPart(plan.source.uri), chunk, Printable(reason)));
}

void RunReporter::OnLoad(const app::LoadReport& report) {
  console_.ClearProgress();
  if (console_.terminal() || report.status != "committed") return;
  console_.Info(fmt::format("{}: committed to {}, {} in {}", Printable(report.source), report.table,
                            Plural(report.rows, "row"), HumanSeconds(report.seconds)));
}

}  // namespace calve::cli
