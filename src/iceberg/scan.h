// What a table holds now: the live files of its current snapshot (spec: "Scan Planning").
#pragma once

#include <cstdint>
#include <vector>

#include "base/error.h"
#include "iceberg/data_file.h"
#include "iceberg/table_metadata.h"
#include "store/object_store.h"

namespace calve::iceberg {

struct LiveFiles {
  std::vector<DataFile> data_files;  ///< Added or existing entries of data manifests.
  int64_t delete_files = 0;          ///< Live position and equality delete files: rows of data_files may be deleted.
  int64_t manifests = 0;
};

/// Reads every manifest of the current snapshot; empty for a table without one. kCorrupt naming the manifest.
Result<LiveFiles> ListLiveFiles(const TableMetadata& table, store::ObjectStore& store);

}  // namespace calve::iceberg
