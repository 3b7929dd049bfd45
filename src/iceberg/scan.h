// What a table holds now: the live files of its current snapshot (spec: "Scan Planning").
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
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

/// What a table's current snapshot says of data files.
struct ListedFile {
  std::string path;
  bool live = false;                   ///< Else an entry says that the current snapshot removed it.
  std::optional<int64_t> snapshot_id;  ///< The snapshot that added it, when it is live and the entry says so.
};

/// The first data file whose name (the path behind its last slash) begins with `prefix`, live or just removed, in the
/// manifests of the current snapshot; nullopt when there is none. kCorrupt naming the manifest.
Result<std::optional<ListedFile>> FindListedFile(const TableMetadata& table, std::string_view prefix,
                                                 store::ObjectStore& store);

}  // namespace calve::iceberg
