// Which manifests a new snapshot has: the new ones, and the old ones as they are or merged, as the table's properties
// say.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/rng.h"
#include "iceberg/append_manifests.h"
#include "iceberg/manifest.h"
#include "iceberg/table_metadata.h"
#include "store/object_store.h"

namespace calve::iceberg {

/// commit.manifest-merge.enabled, commit.manifest.min-count-to-merge, commit.manifest.target-size-bytes.
struct MergePolicy {
  bool enabled = true;
  int64_t min_count = 100;
  int64_t target_size_bytes = int64_t{8} << 20U;

  /// kInvalidArgument, naming the property, when one is not what it should be.
  static Result<MergePolicy> FromProperties(const TableMetadata& table);
};

/// A manifest of the snapshot to be. `bytes` is not empty when it is still to be written; its path is then to be
/// chosen.
struct PlannedManifest {
  ManifestFile file;
  std::string bytes;
};

/// A new manifest with its entries, in case it is merged.
struct NewManifest {
  PlannedManifest planned;
  std::vector<ManifestEntry> entries;
};

/// Numbers of the snapshot to be.
struct SnapshotNumbers {
  int format_version = 2;
  int64_t snapshot_id = 0;
  int64_t sequence_number = 0;
};

/// Encodes a manifest of `entries` and describes it. Path left empty.
Result<PlannedManifest> PlanManifest(const SpecContext& context, const std::vector<ManifestEntry>& entries,
                                     const SnapshotNumbers& numbers, Rng& rng);

/// Cuts manifests of these sizes, in order, into runs of at most `target` bytes each, filled from the end, so that the
/// first is the one with room. Returns the lengths of the runs.
std::vector<size_t> PackFromEnd(const std::vector<int64_t>& sizes_bytes, int64_t target);

/// The snapshot's manifests: the new ones in front, delete manifests last and untouched. Old data manifests without
/// live files are left out. Files of one spec are merged into one manifest a run; a run with a new manifest only from
/// policy.min_count manifests on. What an old snapshot added becomes existing, what one deleted is dropped.
Result<std::vector<PlannedManifest>> MergeManifests(const TableMetadata& table, std::vector<NewManifest> added,
                                                    std::vector<ManifestFile> old, const SnapshotNumbers& numbers,
                                                    const MergePolicy& policy, store::ObjectStore& store, Rng& rng);

}  // namespace calve::iceberg
