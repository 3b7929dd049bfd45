// The planner: from a source that landed to its plan. Reads samples only, unless a scan is asked for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "base/error.h"
#include "iceberg/catalog.h"
#include "load/commit_loop.h"
#include "load/ledger.h"
#include "load/plan.h"
#include "load/plan_request.h"
#include "load/processor.h"
#include "load/source_format.h"

namespace calve::load {

struct Planned {
  Plan plan;
  std::optional<CommitRecord> committed;  ///< The ledger has this load already: `plan` holds source and id only.
  bool resumed = false;            ///< The plan was there; what the request says besides source and table is not in it.
  bool table_exists = false;       ///< Before this call.
  std::vector<std::string> notes;  ///< For a person.
  bool cuts_estimated = false;     ///< A dry run does not look for starts: the chunks may be a few more or less.
  Facts facts;
  Shown shown;  ///< Not of a load that is committed.
};

/// What planning stands on besides the protocol's own. Both are thread-safe, and outlive what borrows this.
struct Reading {
  const SourceFormats& formats;
  SqlDescriber& describer;
};

/// Not thread-safe.
class Planner {
 public:
  Planner(const CommitContext& context, Ledger& ledger, const Reading& reading)
      : context_(context), ledger_(ledger), reading_(reading) {}

  /// kNotFound, kBadData (the source), kInvalidArgument (flags, SQL, a table that does not fit), kConflict (replaced
  /// meanwhile).
  Result<Planned> MakePlan(const PlanRequest& request, const CancelToken& cancel);

 private:
  struct Draft;  ///< A plan in the making.

  Result<std::optional<iceberg::LoadedTable>> FindTable(const iceberg::TableIdentifier& table, bool known);
  Result<bool> Resume(const PlanRequest& request, std::optional<Plan> standing, Draft& draft, Planned& planned);
  void NoteChanges(const PlanRequest& request, const Plan& standing, Planned& planned);
  Status Decode(const PlanRequest& request, const CancelToken& cancel, Draft& draft, Planned& planned);
  Status Inspect(const PlanRequest& request, Draft& draft, Planned& planned);
  Status BindTable(const PlanRequest& request, Draft& draft, Planned& planned, const CancelToken& cancel);
  Result<iceberg::LoadedTable> CreateTable(const PlanRequest& request, const std::vector<iceberg::Field>& columns);
  Result<iceberg::LoadedTable> EvolveTable(const PlanRequest& request, const iceberg::LoadedTable& table,
                                           const std::vector<iceberg::Field>& columns, const CancelToken& cancel);
  Status FindStarts(const PlanRequest& request, Draft& draft, const CancelToken& cancel);

  CommitContext context_;
  Ledger& ledger_;
  Reading reading_;
};

/// The default chunk size: four chunks a thread, so that one thread reads while another waits for the disk; within
/// [32 MiB, 512 MiB], at most 10,000 chunks.
uint64_t DefaultChunkSize(uint64_t source_bytes, int threads);

/// More chunks than this are refused: each costs a message, a result in the ledger and a file, so that more of them are
/// never what somebody wants. (Results' names have room for a million.)
inline constexpr uint64_t kMostChunks = 100'000;

}  // namespace calve::load
