// What manifests and manifest lists hold (spec: "Manifests", "Manifest Lists"); the field ids stand behind each member.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "iceberg/data_file.h"

namespace calve::iceberg {

enum class EntryStatus { kExisting = 0, kAdded = 1, kDeleted = 2 };

/// A file in a manifest. Numbers that are null in the file are inherited from the manifest list when it is read.
struct ManifestEntry {
  EntryStatus status = EntryStatus::kExisting;      ///< 0
  std::optional<int64_t> snapshot_id;               ///< 1
  std::optional<int64_t> sequence_number;           ///< 3, of the data
  std::optional<int64_t> file_sequence_number;      ///< 4
  DataFile file;                                    ///< 2
  std::optional<std::string> key_metadata;          ///< 131
  std::vector<int> equality_ids;                    ///< 135
  std::optional<std::string> referenced_data_file;  ///< 143
};

enum class ManifestContent { kData = 0, kDeletes = 1 };

/// What a manifest's files have in one partition field.
struct PartitionFieldSummary {
  bool contains_null = false;        ///< 509
  std::optional<bool> contains_nan;  ///< 518
  std::optional<std::string> lower;  ///< 510, binary single-value form
  std::optional<std::string> upper;  ///< 511
};

/// A manifest as the manifest list records it. Counts may be missing in version 1 only.
struct ManifestFile {
  std::string path;                                              ///< 500
  int64_t length_bytes = 0;                                      ///< 501
  int spec_id = 0;                                               ///< 502
  ManifestContent content = ManifestContent::kData;              ///< 517
  int64_t sequence_number = 0;                                   ///< 515; 0 in version 1
  int64_t min_sequence_number = 0;                               ///< 516; 0 in version 1
  int64_t added_snapshot_id = 0;                                 ///< 503
  std::optional<int64_t> added_files;                            ///< 504
  std::optional<int64_t> existing_files;                         ///< 505
  std::optional<int64_t> deleted_files;                          ///< 506
  std::optional<int64_t> added_rows;                             ///< 512
  std::optional<int64_t> existing_rows;                          ///< 513
  std::optional<int64_t> deleted_rows;                           ///< 514
  std::optional<std::vector<PartitionFieldSummary>> partitions;  ///< 507, one a field of the spec
  std::optional<std::string> key_metadata;                       ///< 519
};

}  // namespace calve::iceberg
