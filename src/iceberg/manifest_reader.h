// Reading manifests, of any writer and of format versions 1 and 2. Fields are found by id where the file has ids, else
// by name.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "iceberg/manifest.h"
#include "iceberg/partition.h"
#include "iceberg/schema.h"

namespace calve::iceberg {

/// A manifest's header ("Manifests": key-value metadata).
struct ManifestHeader {
  std::optional<Schema> schema;        ///< Absent when the header has none.
  std::optional<int> spec_id;          ///< Absent in old files: 0 then.
  std::vector<PartitionField> fields;  ///< Of its partition spec.
  int format_version = 1;
  ManifestContent content = ManifestContent::kData;
};

/// kCorrupt, naming `what`, when it is no manifest.
Result<ManifestHeader> ReadManifestHeader(std::string_view bytes, std::string_view what);

/// All entries. `spec` and `types` say what the partition values are; with `types` null they are left out. With
/// `inherit` (the manifest list's record) missing snapshot ids and sequence numbers of entries are taken from it as the
/// spec says, and a number that is missing where it may not be is kCorrupt. Entries of data manifests have
/// DataFile::spec_id set to the spec's.
Result<std::vector<ManifestEntry>> ReadManifestEntries(std::string_view bytes, std::string_view what,
                                                       const PartitionSpec& spec, const std::vector<Type>* types,
                                                       const ManifestFile* inherit);

}  // namespace calve::iceberg
