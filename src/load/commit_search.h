// Is a load's commit in its table? From the history that the catalog shows, and where that is cut short, from the
// attempts that the ledger knows and from the table's contents.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/error.h"
#include "iceberg/catalog.h"
#include "iceberg/history.h"
#include "load/ledger.h"
#include "store/object_store.h"

namespace calve::load {

/// By what a commit is found again.
struct CommitMarker {
  std::string load_id;
  std::optional<int> chunk;        ///< With CommitMode::kChunk: of this chunk.
  iceberg::CleanPoint planned_on;  /// The table when the load was planned, before anything could be committed.
  bool attempts_recorded = false;  ///< Nobody sends an attempt that is not in the ledger (Plan::records_attempts).

  std::string key() const;          ///< Of the snapshot's summary property ...
  std::string value() const;        ///< ... and what it says.
  std::string file_prefix() const;  ///< Names of its data files begin with this.
};

struct FoundCommit {
  std::optional<int64_t> snapshot_id;  ///< nullopt: the table's files prove it, and no longer say which it was.
};

/// Looks for the commit in `table`, which was loaded before this is called; nullopt: it is proven not to be there, so
/// that an attempt that is built on this state of the table is the only one that can land. Proofs, in this order:
///  1. the history: the marker; or a clean point, or the table's first snapshot, reached without it;
///  2. the recorded attempts: none was ever made (one that is recorded from now on was built on this state or a later
///     one, so both cannot land); or the history reaches a state that one of them was built on, for whoever records one
///     has looked before, and proven that it was not there yet;
///  3. the contents: the current snapshot lists a data file of the load's.
/// kUnavailable: the catalog shows an older state than the ledger knows. kUnprovable: none of it tells.
Result<std::optional<FoundCommit>> LookForCommit(const iceberg::TableIdentifier& name,
                                                 const iceberg::TableMetadata& table, const CommitMarker& marker,
                                                 Ledger& ledger, store::ObjectStore& store);

}  // namespace calve::load
