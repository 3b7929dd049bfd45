// What `calve run` shows while it works: a progress line on a terminal, log lines elsewhere.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

#include "app/run.h"
#include "base/clock.h"
#include "cli/console.h"
#include "cli/progress.h"

namespace calve::cli {

/// Thread-safe. The console outlives it.
class RunReporter final : public app::RunObserver {
 public:
  RunReporter(Console& console, Clock& clock) : console_(console), clock_(clock) {}

  void OnPlanned(const std::string& source, const load::Planned& planned) override;
  void OnChunk(const load::Plan& plan, int chunk, int chunks_done) override;
  void OnRetry(const load::Plan& plan, int chunk, const std::string& reason) override;
  void OnLoad(const app::LoadReport& report) override;
  void OnProgress(const load::Plan& plan, const load::Progress& progress, int chunks_done) override;

 private:
  using Instant = std::chrono::steady_clock::time_point;

  /// The figures of the load that is being worked on. Under the lock.
  ProgressView View(const load::Plan& plan, int chunks_done) const;
  /// The bar. Under the lock.
  void Draw(const load::Plan& plan, int chunks_done);
  /// At most one such line in `interval`. Under the lock.
  bool IsTimeForLine(std::chrono::milliseconds interval);

  Console& console_;
  Clock& clock_;
  std::mutex mutex_;
  std::string load_id_;  ///< Whose figures these are.
  Instant began_{};
  Instant last_line_{};
  bool counted_ = false;       ///< The three below are known.
  uint64_t bytes_before_ = 0;  ///< The run's counters when this load began.
  uint64_t rows_before_ = 0;
  int chunks_before_ = 0;  ///< Done by former runs.
  uint64_t bytes_now_ = 0;
  uint64_t rows_now_ = 0;
};

/// "file:///data/trips.csv" -> "trips.csv".
std::string LastPart(const std::string& uri);

}  // namespace calve::cli
