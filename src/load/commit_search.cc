#include "load/commit_search.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "iceberg/scan.h"

namespace calve::load {

using iceberg::CleanPoint;
using iceberg::FoundSnapshot;
using iceberg::Presence;

std::string CommitMarker::key() const { return chunk ? "calve.chunk-id" : "calve.load-id"; }

std::string CommitMarker::value() const { return chunk ? fmt::format("{}/{}", load_id, *chunk) : load_id; }

std::string CommitMarker::file_prefix() const {
  return chunk ? fmt::format("{}-{:06}-", load_id, *chunk) : load_id + "-";
}

Result<std::optional<FoundCommit>> LookForCommit(const iceberg::TableIdentifier& name,
                                                 const iceberg::TableMetadata& table, const CommitMarker& marker,
                                                 Ledger& ledger, store::ObjectStore& store) {
  std::vector<CleanPoint> clean = {marker.planned_on};
  FoundSnapshot found = iceberg::FindInHistory(table, marker.key(), marker.value(), clean);
  if (found.presence == Presence::kCut) {
    // Listed behind the loading of the table, which the second proof needs.
    CALVE_ASSIGN_OR_RETURN(const std::vector<CleanPoint> attempts, ledger.ListAttempts(marker.load_id, marker.chunk));
    if (attempts.empty() && marker.attempts_recorded) return std::optional<FoundCommit>();
    clean.insert(clean.end(), attempts.begin(), attempts.end());
    found = iceberg::FindInHistory(table, marker.key(), marker.value(), clean);
  }
  if (found.presence == Presence::kPresent) return std::optional(FoundCommit{found.snapshot->snapshot_id});
  if (found.presence == Presence::kAbsent) return std::optional<FoundCommit>();

  const auto is_later = [&](const CleanPoint& point) { return point.sequence_number > table.last_sequence_number(); };
  if (std::ranges::any_of(clean, is_later)) {
    return Err(ErrorKind::kUnavailable,
               fmt::format("the catalog shows an older state of {} than it has shown before", name.ToString()));
  }
  CALVE_ASSIGN_OR_RETURN(const std::optional<iceberg::ListedFile> file,
                         iceberg::FindListedFile(table, marker.file_prefix(), store));
  if (file) return std::optional(FoundCommit{file->snapshot_id});
  return Err(
      ErrorKind::kUnprovable,
      fmt::format("it cannot be told whether {} = {} was committed to {}: the history that the catalog shows "
                  "ends before the last attempt (it was expired, or the catalog keeps none), and no data file "
                  "whose name begins with {} is in the current snapshot. Either it was never committed, or "
                  "another program has rewritten or deleted its rows. Nothing was done. Look for the rows in the "
                  "table: if they are not there, load the file under another name with --pipeline NAME",
                  marker.key(), marker.value(), name.ToString(), marker.file_prefix()));
}

}  // namespace calve::load
