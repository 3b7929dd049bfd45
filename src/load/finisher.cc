#include "load/finisher.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <set>
#include <system_error>
#include <thread>
#include <utility>

namespace calve::load {
namespace {

constexpr std::string_view kLoadIdKey = "calve.load-id";
constexpr size_t kRememberedLoads = 64;
constexpr size_t kReadersAtOnce = 8;  // Of results on a store that is far away: thousands are read before a commit.

std::string DescribeBad(const Plan& plan, const std::optional<FirstBadRecord>& bad) {
  if (!bad) return "none";
  return fmt::format("{} at byte {}{}: {}", plan.source.uri, bad->offset_bytes,
                     bad->column.empty() ? "" : ", column " + bad->column, bad->reason);
}

/// The sums over a load's results.
CommitRecord Summarise(const Plan& plan, const std::vector<const ChunkResult*>& results) {
  CommitRecord record;
  record.load_id = plan.load_id;
  record.generation = plan.generation;
  record.source = plan.source;
  record.table = plan.target.identifier;
  record.table_uuid = plan.target.table_uuid;
  record.chunks = plan.chunk_count();
  record.planned_ms = plan.created_us / 1000;
  for (const ChunkResult* result : results) {
    record.records += result->records;
    record.rows += result->rows_out;
    record.quarantined += result->quarantined;
    record.repeated_headers += result->repeated_headers;
    record.files += static_cast<int>(result->files.size());
    for (const iceberg::DataFile& file : result->files) record.bytes_out += static_cast<uint64_t>(file.file_size_bytes);
    if (!result->quarantine_uri.empty()) record.quarantine_uris.push_back(result->quarantine_uri);
    if (!record.first_bad) record.first_bad = result->first_bad;
  }
  return record;
}

/// Rows in data files = rows the SQL yielded; with row-preserving SQL also = good records. A mismatch is a bug, and
/// stops.
Status CheckRows(const Plan& plan, const std::vector<const ChunkResult*>& results) {
  for (const ChunkResult* result : results) {
    uint64_t in_files = 0;
    for (const iceberg::DataFile& file : result->files) in_files += static_cast<uint64_t>(file.record_count);
    if (in_files != result->rows_out || (plan.row_preserving && result->rows_out != result->rows_in)) {
      return Err(
          ErrorKind::kInternal,
          fmt::format("chunk {} of load {}: {} good records, {} rows from SQL, {} rows in data files do not agree; "
                      "nothing was committed",
                      result->chunk, plan.load_id, result->rows_in, result->rows_out, in_files));
    }
  }
  return {};
}

/// The chunks that have no result under their own key (pinned runs are no answer by themselves).
std::vector<int> MissingChunks(const Plan& plan, const std::vector<ResultKey>& keys) {
  std::vector<bool> there(static_cast<size_t>(plan.chunk_count()), false);
  for (const ResultKey& key : keys) {
    if (!key.pinned_start && key.chunk >= 0 && key.chunk < plan.chunk_count()) {
      there[static_cast<size_t>(key.chunk)] = true;
    }
  }
  std::vector<int> missing;
  for (int i = 0; i < plan.chunk_count(); ++i) {
    if (!there[static_cast<size_t>(i)]) missing.push_back(i);
  }
  return missing;
}

/// A failure that stands in a result's place: the plan can provably never commit (stitch.h).
bool HasFailure(const std::vector<ChunkResult>& results) {
  return std::ranges::any_of(results, [](const ChunkResult& result) { return result.failure.has_value(); });
}

}  // namespace

Result<CommitDone> Finisher::Append(const Plan& plan, std::optional<int> chunk, iceberg::AppendRequest append,
                                    uint64_t quarantined, const CancelToken& cancel) {
  CALVE_ASSIGN_OR_RETURN(const iceberg::TableIdentifier table, iceberg::TableIdentifier::Parse(plan.target.identifier));
  append.schema_id = plan.target.schema_id;
  append.summary = {{"calve.version", plan.created_by},
                    {"calve.source", plan.source.uri},
                    {"calve.generation", std::to_string(plan.generation)},
                    {"calve.quarantined-records", std::to_string(quarantined)},
                    {std::string(kLoadIdKey), plan.load_id}};
  AppendAction action(context_, ledger_, table, {plan.load_id, chunk, plan.target.base, plan.records_attempts},
                      std::move(append));
  return CommitExactlyOnce(context_, policy_, {table, plan.target.table_uuid}, action, cancel);
}

Result<FinishOutcome> Finisher::AfterChunk(const Plan& plan, const CancelToken& cancel) {
  std::vector<int> missing = Remembered(plan);
  if (missing.empty()) return TryFinish(plan, cancel);
  // The last of them: chunks are worked on in about their order, so it stays away the longest.
  CALVE_ASSIGN_OR_RETURN(const std::optional<ChunkResult> there, ledger_.FindResult(plan, {missing.back(), {}}));
  if (there) return TryFinish(plan, cancel);
  return Wait(plan, std::move(missing));
}

Result<FinishOutcome> Finisher::Wait(const Plan& plan, std::vector<int> missing) {
  CALVE_ASSIGN_OR_RETURN(std::optional<FailureRecord> failure, ledger_.FindFailure(plan));
  if (!failure) return FinishOutcome(Waiting{std::move(missing), std::nullopt});
  // Another generation may have done what this one could not.
  CALVE_ASSIGN_OR_RETURN(std::optional<CommitRecord> committed, ledger_.FindCommit(plan.load_id));
  if (committed) return FinishOutcome(Finished{.record = *std::move(committed)});
  CALVE_ASSIGN_OR_RETURN(const std::vector<ResultKey> keys, ledger_.ListResults(plan));
  CALVE_ASSIGN_OR_RETURN(const std::vector<ChunkResult> published, ReadResults(plan, keys));
  // What was published after the failure is removed, if it is proven that no snapshot has it: while a result was
  // lacking after the declaration stood, whoever completes the plan reads the declaration before the commit. Where all
  // are there, one who looked before it may have committed, should the declaration have been wrong.
  if (MissingChunks(plan, keys).empty() && !HasFailure(published)) {
    return FinishOutcome(LoadFailed{*std::move(failure)});
  }
  return Fail(plan, published, *std::move(failure));
}

void Finisher::Remember(const Plan& plan, const std::vector<int>& missing) {
  const std::lock_guard lock(mutex_);
  if (missing_.size() >= kRememberedLoads) missing_.clear();  // It is counted again when it is needed.
  missing_[{plan.load_id, plan.generation}] = missing;
}

std::vector<int> Finisher::Remembered(const Plan& plan) const {
  const std::lock_guard lock(mutex_);
  const auto it = missing_.find({plan.load_id, plan.generation});
  return it == missing_.end() ? std::vector<int>() : it->second;
}

Result<FinishOutcome> Finisher::TryFinish(const Plan& plan, const CancelToken& cancel) {
  CALVE_ASSIGN_OR_RETURN(const std::vector<ResultKey> keys, ledger_.ListResults(plan));
  std::vector<int> missing = MissingChunks(plan, keys);
  Remember(plan, missing);
  if (!missing.empty()) return Wait(plan, std::move(missing));

  CALVE_ASSIGN_OR_RETURN(std::optional<CommitRecord> committed, ledger_.FindCommit(plan.load_id));
  if (committed) return FinishOutcome(Finished{.record = *std::move(committed)});
  CALVE_ASSIGN_OR_RETURN(const std::vector<ChunkResult> results, ReadResults(plan, keys));
  CALVE_ASSIGN_OR_RETURN(const StitchOutcome outcome, Stitch(plan, results));
  if (const auto* failed = std::get_if<Failed>(&outcome)) {
    return Fail(plan, results, {failed->failure.kind, failed->failure.message, ToMillis(context_.clock.Now())});
  }
  if (const auto* incomplete = std::get_if<NotComplete>(&outcome)) {
    return FinishOutcome(Waiting{incomplete->missing, std::nullopt});
  }
  if (const auto* pinned = std::get_if<NeedsPinnedRun>(&outcome)) return FinishOutcome(Waiting{{}, *pinned});

  const auto& stitched = std::get<Stitched>(outcome).results;
  // Who declared the plan failed may have deleted data files of it: it is never committed then. Nor is anything deleted
  // here: should the declaration have been wrong, a commit may have come before it.
  CALVE_ASSIGN_OR_RETURN(std::optional<FailureRecord> declared, ledger_.FindFailure(plan));
  if (declared) return FinishOutcome(LoadFailed{*std::move(declared)});
  CALVE_RETURN_IF_ERROR(CheckRows(plan, stitched));
  if (plan.commit_mode == CommitMode::kLoad) {
    const CommitRecord sums = Summarise(plan, stitched);
    if (auto reason = plan.bad_records.Exceeded(sums.quarantined, sums.records, DescribeBad(plan, sums.first_bad))) {
      const FailureRecord failure{std::string(ErrorKindName(ErrorKind::kBadData)), *reason,
                                  ToMillis(context_.clock.Now())};
      return Fail(plan, results, failure);
    }
  }
  CALVE_ASSIGN_OR_RETURN(FinishOutcome finished, Commit(plan, stitched, cancel));
  if (const auto* done = std::get_if<Finished>(&finished); done != nullptr && done->by_us) {
    DeleteUnused(results, stitched);
  }
  return finished;
}

/// Removes what wrong guesses wrote, after our own commit: the snapshot is of `used`, and nobody will ever refer to the
/// rest. What cannot be removed is an orphan, no harm.
void Finisher::DeleteUnused(const std::vector<ChunkResult>& results, const std::vector<const ChunkResult*>& used) {
  const std::set<const ChunkResult*> kept(used.begin(), used.end());
  std::vector<std::string> files;
  for (const ChunkResult& result : results) {
    if (kept.contains(&result)) continue;
    for (const iceberg::DataFile& file : result.files) files.push_back(file.file_path);
    if (!result.quarantine_uri.empty()) files.push_back(result.quarantine_uri);
  }
  if (!files.empty()) static_cast<void>(context_.store.Delete(files));
}

Result<std::vector<ChunkResult>> Finisher::ReadResults(const Plan& plan, const std::vector<ResultKey>& keys) {
  std::vector<std::optional<Result<std::optional<ChunkResult>>>> found(keys.size());
  std::atomic<size_t> next = 0;
  const auto read = [&] {
    for (size_t i = next++; i < keys.size(); i = next++) found[i] = ledger_.FindResult(plan, keys[i]);
  };
  {
    std::vector<std::jthread> threads;
    try {
      while ((threads.size() + 1) * kReadersAtOnce < keys.size() && threads.size() + 1 < kReadersAtOnce) {
        threads.emplace_back(read);
      }
    } catch (const std::system_error&) {
      // This thread reads too.
    }
    read();
  }
  std::vector<ChunkResult> results;
  for (auto& one : found) {
    CALVE_ASSIGN_OR_RETURN(std::optional<ChunkResult> result, *std::move(one));
    if (result) results.push_back(*std::move(result));
  }
  return results;
}

Result<FinishOutcome> Finisher::Commit(const Plan& plan, const std::vector<const ChunkResult*>& results,
                                       const CancelToken& cancel) {
  CommitRecord record = Summarise(plan, results);
  int conflicts = 0;
  bool by_us = true;
  if (plan.commit_mode == CommitMode::kChunk) {
    for (const ChunkResult* result : results) {
      CALVE_RETURN_IF_ERROR(CommitChunk(plan, *result, cancel));
      CALVE_ASSIGN_OR_RETURN(const std::optional<int64_t> snapshot, ledger_.FindChunkCommit(plan, result->chunk));
      if (snapshot && *snapshot != 0) record.snapshot_ids.push_back(*snapshot);
    }
  } else {
    iceberg::AppendRequest append;
    for (const ChunkResult* result : results) {
      append.files.insert(append.files.end(), result->files.begin(), result->files.end());
    }
    CALVE_ASSIGN_OR_RETURN(const CommitDone done,
                           Append(plan, std::nullopt, std::move(append), record.quarantined, cancel));
    if (done.snapshot_id) record.snapshot_ids.push_back(*done.snapshot_id);
    conflicts = done.conflicts;
    by_us = !done.was_there;
  }
  record.committed_ms = ToMillis(context_.clock.Now());
  CALVE_ASSIGN_OR_RETURN(CommitRecord standing, ledger_.PutCommit(record));
  CALVE_RETURN_IF_ERROR(CleanFormerGenerations(plan));
  return FinishOutcome(Finished{std::move(standing), by_us, conflicts});
}

Status Finisher::CommitChunk(const Plan& plan, const ChunkResult& result, const CancelToken& cancel) {
  CALVE_ASSIGN_OR_RETURN(const std::optional<int64_t> there, ledger_.FindChunkCommit(plan, result.chunk));
  if (there) return {};
  const Chunk chunk = plan.ChunkAt(result.chunk);
  if (!chunk.exact || result.first_offset_bytes != chunk.start_bytes || result.end_offset_bytes != chunk.end_bytes) {
    return Err(ErrorKind::kInternal,
               fmt::format("chunk {} of load {} read bytes [{}, {}) where the plan has [{}, {}); it was not committed",
                           result.chunk, plan.load_id, result.first_offset_bytes, result.end_offset_bytes,
                           chunk.start_bytes, chunk.end_bytes));
  }
  CALVE_RETURN_IF_ERROR(CheckRows(plan, {&result}));
  if (result.files.empty()) return ledger_.PutChunkCommit(plan, result.chunk, 0);
  iceberg::AppendRequest append;
  append.files = result.files;
  CALVE_ASSIGN_OR_RETURN(const CommitDone done,
                         Append(plan, result.chunk, std::move(append), result.quarantined, cancel));
  return ledger_.PutChunkCommit(plan, result.chunk, done.snapshot_id.value_or(0));
}

Result<FinishOutcome> Finisher::Fail(const Plan& plan, const std::vector<ChunkResult>& results, FailureRecord failure) {
  // With one snapshot a chunk, the other chunks' rows are in the table already, and stay.
  if (plan.commit_mode == CommitMode::kLoad) {
    // This plan is proven never to commit, so nobody will ever refer to its data files.
    CALVE_RETURN_IF_ERROR(DeleteDataFiles(plan, results));
  }
  CALVE_RETURN_IF_ERROR(ledger_.PutFailure(plan, failure));
  return FinishOutcome(LoadFailed{std::move(failure)});
}

Status Finisher::DeleteDataFiles(const Plan& plan, const std::vector<ChunkResult>& results) {
  std::vector<std::string> files;
  for (const ChunkResult& result : results) {
    for (const iceberg::DataFile& file : result.files) files.push_back(file.file_path);
  }
  if (files.empty()) return {};
  // A catalog may give the right to touch a table's files with the table. Without it, deleting says what is wrong.
  if (const auto table = iceberg::TableIdentifier::Parse(plan.target.identifier); table.has_value()) {
    static_cast<void>(context_.catalog.Load(*table));
  }
  return context_.store.Delete(files);
}

Status Finisher::CleanFormerGenerations(const Plan& plan) {
  if (plan.commit_mode == CommitMode::kChunk) return {};  // Theirs may be in the table.
  // A generation that failed cleans up after itself; a crash may have come between. But not each generation that is
  // followed by another has failed: a catalog that does not show the table for a moment (or another catalog) makes a
  // plan look like one of a dropped table, and that plan's files may be in a live snapshot. So only what can provably
  // never have been committed is removed: a plan with a failure in a result's place.
  for (int generation = 0; generation < plan.generation; ++generation) {
    // Its own plan: the table of that time may have had its files elsewhere.
    CALVE_ASSIGN_OR_RETURN(const Plan former, ledger_.ReadPlan(plan.load_id, generation));
    CALVE_ASSIGN_OR_RETURN(const std::vector<ResultKey> keys, ledger_.ListResults(former));
    CALVE_ASSIGN_OR_RETURN(const std::vector<ChunkResult> results, ReadResults(former, keys));
    if (HasFailure(results)) CALVE_RETURN_IF_ERROR(DeleteDataFiles(plan, results));
  }
  return {};
}

}  // namespace calve::load
