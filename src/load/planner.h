// The planner: from a source that landed to its plan. Reads samples only, unless a scan is asked for.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "base/error.h"
#include "csv/sniff.h"
#include "iceberg/catalog.h"
#include "load/commit_loop.h"
#include "load/ledger.h"
#include "load/plan.h"
#include "load/processor.h"

namespace calve::load {

/// What the user asks for. Defaults are the command line's.
struct PlanRequest {
  std::string source_uri;
  iceberg::TableIdentifier table;
  std::string pipeline = "default";
  std::optional<std::string> sql;  ///< Default: every column.
  bool metadata_columns = false;
  csv::SniffOverrides csv;
  std::optional<uint64_t> chunk_size_bytes;  ///< Default: from the source's size and `threads`.
  bool per_chunk = false;                    ///< SQL that is not row-wise is meant to be run over each chunk by itself.
  int threads = 1;
  CommitMode commit_mode = CommitMode::kLoad;
  SplitMode split_mode = SplitMode::kSpeculate;
  BadRecordPolicy bad_records;
  WriteOptions write;
  bool codec_given = false;  ///< The user chose write.codec: the table's property does not change it.
  uint64_t max_record_bytes = 32U << 20U;
  bool add_columns = false;               ///< --evolve add-columns
  std::vector<std::string> partition_by;  ///< For a table that is created.
  std::map<std::string, std::string> table_properties;
  int format_version = 2;
  bool dry_run = false;  ///< `calve plan`: writes nothing, creates nothing.
  std::string created_by;
};

struct Planned {
  Plan plan;
  std::optional<CommitRecord> committed;  ///< The ledger has this load already: `plan` holds source and id only.
  bool resumed = false;            ///< The plan was there; what the request says besides source and table is not in it.
  bool table_exists = false;       ///< Before this call.
  std::vector<std::string> notes;  ///< For a person.
  uint64_t sampled_bytes = 0;      ///< For Parquet: of the footer.
  uint64_t sampled_records = 0;
  double mean_record_bytes = 0;
  std::optional<uint64_t> rows;  ///< In the source, when its footer says so (Parquet), in so many row groups.
  uint64_t row_groups = 0;
};

/// Not thread-safe.
class Planner {
 public:
  Planner(const CommitContext& context, Ledger& ledger, SqlDescriber& describer)
      : context_(context), ledger_(ledger), describer_(describer) {}

  /// kNotFound, kBadData (the source), kInvalidArgument (flags, SQL, a table that does not fit), kConflict (replaced
  /// meanwhile).
  Result<Planned> MakePlan(const PlanRequest& request, const CancelToken& cancel);

 private:
  struct Draft;  ///< A plan in the making.

  Result<std::optional<iceberg::LoadedTable>> FindTable(const iceberg::TableIdentifier& table, bool known);
  Result<bool> Resume(const PlanRequest& request, std::optional<Plan> standing, Draft& draft, Planned& planned);
  Status Sniff(const PlanRequest& request, const store::ObjectInfo& info, Draft& draft, Planned& planned);
  Status BindTable(const PlanRequest& request, Draft& draft, Planned& planned);
  Result<iceberg::LoadedTable> CreateTable(const PlanRequest& request, const std::vector<iceberg::Field>& columns);
  Result<iceberg::LoadedTable> EvolveTable(const PlanRequest& request, const std::vector<iceberg::Field>& columns);
  Status Cut(const PlanRequest& request, const CancelToken& cancel, Plan& plan);

  CommitContext context_;
  Ledger& ledger_;
  SqlDescriber& describer_;
};

/// The default chunk size: four chunks a thread, so that one thread reads while another waits for the disk; within
/// [32 MiB, 512 MiB], at most 10,000 chunks.
uint64_t DefaultChunkSize(uint64_t source_bytes, int threads);

/// More chunks than this are refused: each costs a message, a result in the ledger and a file, so that more of them are
/// never what somebody wants. (Results' names have room for a million.)
inline constexpr uint64_t kMostChunks = 100'000;

}  // namespace calve::load
