// Runs the user's SQL over the chunk into Parquet files with field ids, and takes their statistics over for the
// manifests.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "iceberg/data_file.h"
#include "load/plan.h"
#include "transform/session.h"

namespace calve::transform {

/// A file in the session's private folder; `file.file_path` is its path there.
struct WrittenFile {
  iceberg::DataFile file;
  std::string partition_path;  ///< "day=2015-01-31", empty when the table is not partitioned.
};

/// Precondition: session.Prepare(plan.sql). Writes into
/// `directory` (inside the private folder; it exists and is empty). No file at all when the SQL yields no row. kBadData
/// when a value cannot be cast, or a required column is null. kConflict when session.floats().must_write_plainly():
/// then the chunk is to be run again.
Result<std::vector<WrittenFile>> WriteDataFiles(Session& session, const load::Plan& plan, const std::string& directory);

}  // namespace calve::transform
