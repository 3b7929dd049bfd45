// `calve run`: plan, consume and commit in one process, on embedded parts. Goes on after a crash when run again.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "app/environment.h"
#include "base/cancel.h"
#include "base/error.h"
#include "load/planner.h"
#include "load/processor.h"

namespace calve::app {

/// What became of one source.
struct LoadReport {
  std::string source;   ///< As the user named it.
  std::string load_id;  ///< Empty when it did not come to one.
  std::string table;
  std::string status;  ///< "committed", "already-loaded", "failed", "interrupted"
  uint64_t rows = 0;
  uint64_t records = 0;
  uint64_t quarantined = 0;
  uint64_t repeated_headers = 0;
  int chunks = 0;
  int files = 0;
  uint64_t bytes_in = 0;
  uint64_t bytes_out = 0;
  std::optional<int64_t> snapshot_id;
  double seconds = 0;
  std::vector<std::string> quarantine_uris;
  std::optional<load::FirstBadRecord> first_bad;
  std::optional<Error> error;  ///< When failed.
};

/// Told what happens, from several threads at once.
class RunObserver {
 public:
  virtual ~RunObserver() = default;
  virtual void OnPlanned(const std::string& source, const load::Planned& planned) = 0;
  virtual void OnChunk(const load::Plan& plan, int chunk, int chunks_done) = 0;
  virtual void OnRetry(const load::Plan& plan, int chunk, const std::string& reason) = 0;
  virtual void OnLoad(const LoadReport& report) = 0;
  /// About five times a second while chunks are worked on: `progress` counts everything since the run began;
  /// `bytes_total` is of the load that is being worked on.
  virtual void OnProgress(const load::Plan& plan, const load::Progress& progress, int chunks_done) = 0;
};

/// Loads the sources one after the other (each by all threads); a failed one does not keep the others from being
/// loaded. Patterns (*, ?, [..], **) are expanded. The call fails only when nothing could be begun (no warehouse, bad
/// pattern).
Result<std::vector<LoadReport>> RunLoads(Environment& environment, const std::vector<std::string>& sources,
                                         RunObserver& observer, const CancelToken& cancel);

/// `calve plan`: what would be done, writing nothing.
Result<std::vector<std::pair<std::string, load::Planned>>> PlanLoads(Environment& environment,
                                                                     const std::vector<std::string>& sources,
                                                                     const CancelToken& cancel);

/// 0 all committed or already loaded; 1 some failed; 2 a usage error; 3 a commit that cannot be proven; 130
/// interrupted.
int ExitCode(const std::vector<LoadReport>& reports);
int ExitCode(const Error& error);

}  // namespace calve::app
