// The ledger: the state of all loads as immutable JSON objects under a state prefix (docs/ledger-format.md has the
// layout). Every object is written with put-if-absent, so each is a decision that is made once.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "iceberg/history.h"
#include "load/chunk_result.h"
#include "load/plan.h"
#include "store/object_store.h"

namespace calve::load {

/// The durable answer "this load is in the table", which outlives the table's snapshot history.
struct CommitRecord {
  static constexpr int kVersion = 1;

  std::string load_id;
  int generation = 0;
  Source source;
  std::string table;
  std::string table_uuid;
  std::vector<int64_t> snapshot_ids;  ///< One, or with CommitMode::kChunk one a chunk that had rows.
  uint64_t records = 0;
  uint64_t rows = 0;  ///< Rows in the table.
  uint64_t quarantined = 0;
  uint64_t repeated_headers = 0;  ///< Records that were the header again: files that were appended.
  int chunks = 0;
  int files = 0;
  uint64_t bytes_out = 0;
  std::vector<std::string> quarantine_uris;
  std::optional<FirstBadRecord> first_bad;
  int64_t planned_ms = 0;
  int64_t committed_ms = 0;
};

/// Why a plan can never commit.
struct FailureRecord {
  std::string kind;
  std::string message;
  int64_t failed_ms = 0;
};

/// Names a published chunk result.
struct ResultKey {
  int chunk = 0;
  std::optional<uint64_t> pinned_start;  ///< Only of runs after a wrong guess; exact chunks have none.

  friend bool operator==(const ResultKey&, const ResultKey&) = default;
};

enum class Publish {
  kPublished,  ///< Ours stands.
  kLost,       ///< Another attempt's stands: ours was never seen by anybody and may be cleaned up.
};

/// Thread-safe, as the store is. kUnavailable: not known whether it took effect; calling again is always right.
class Ledger {
 public:
  /// `prefix`: the state prefix's URI without a trailing slash.
  Ledger(store::ObjectStore& store, std::string prefix) : store_(store), prefix_(std::move(prefix)) {}

  const std::string& prefix() const { return prefix_; }

  /// The newest generation's plan, or nullopt. kCorrupt: what stands there is another load's or generation's.
  Result<std::optional<Plan>> FindPlan(const std::string& load_id);
  Result<Plan> ReadPlan(const std::string& load_id, int generation);
  /// Puts the plan if none of its generation is there, and returns the one that stands.
  Result<Plan> PutPlan(const Plan& plan);
  /// Keeps what Encoding::windows_uri names, and gives that name. The same windows have the same.
  Result<std::string> PutWindows(const std::string& load_id, std::string_view windows);

  std::string QuarantineUri(const Plan& plan, int chunk, const std::string& attempt_id) const;
  /// kCorrupt: what stands there is another chunk's, or names files that are not this chunk's.
  Result<std::optional<ChunkResult>> FindResult(const Plan& plan, const ResultKey& key);
  /// Settles an unknown outcome by reading back whose result stands.
  Result<Publish> PublishResult(const Plan& plan, const ChunkResult& result);
  Result<std::vector<ResultKey>> ListResults(const Plan& plan);

  Result<std::optional<CommitRecord>> FindCommit(const std::string& load_id);
  /// First one stands; the one that stands is returned.
  Result<CommitRecord> PutCommit(const CommitRecord& record);
  Result<std::optional<FailureRecord>> FindFailure(const Plan& plan);
  Status PutFailure(const Plan& plan, const FailureRecord& record);

  /// With CommitMode::kChunk: which chunk is in the table by which snapshot (0: it had no rows). Of the load,
  /// not of a generation: what is in the table stays there.
  Result<std::optional<int64_t>> FindChunkCommit(const Plan& plan, int chunk);
  Status PutChunkCommit(const Plan& plan, int chunk, int64_t snapshot_id);

  /// Whoever sends a commit (of the load, or of one chunk) has put here first what it is built on, having proven that
  /// the commit was not in that state of the table.
  Status PutAttempt(const std::string& load_id, std::optional<int> chunk, const iceberg::CleanPoint& base);
  Result<std::vector<iceberg::CleanPoint>> ListAttempts(const std::string& load_id, std::optional<int> chunk);

  /// The ids of all loads, sorted; what has no id's form is none.
  Result<std::vector<std::string>> ListLoads();

 private:
  std::string LoadPath(const std::string& load_id) const;
  std::string GenerationPath(const std::string& load_id, int generation) const;
  std::string ResultUri(const Plan& plan, const ResultKey& key) const;
  Result<std::optional<Json>> FindJson(const std::string& uri);

  store::ObjectStore& store_;
  std::string prefix_;
};

Json CommitRecordToJson(const CommitRecord& record);
Result<CommitRecord> CommitRecordFromJson(const Json& json);

}  // namespace calve::load
