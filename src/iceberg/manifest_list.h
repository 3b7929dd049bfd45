// Manifest lists: the manifests of a snapshot (spec: "Manifest Lists").
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/rng.h"
#include "iceberg/manifest.h"

namespace calve::iceberg {

struct ManifestListHeader {
  int format_version = 2;  ///< 1 or 2
  int64_t snapshot_id = 0;
  std::optional<int64_t> parent_snapshot_id;
  int64_t sequence_number = 0;  ///< Version 2.
};

/// The list's bytes (deflate). kInternal when a count is missing in version 2, or a delete manifest is in version 1.
Result<std::string> EncodeManifestList(const ManifestListHeader& header, const std::vector<ManifestFile>& manifests,
                                       Rng& rng);

/// Reads a list of any writer and of versions 1 and 2. kCorrupt, naming `what`.
Result<std::vector<ManifestFile>> ReadManifestList(std::string_view bytes, std::string_view what);

}  // namespace calve::iceberg
