// A chunk of a Parquet source: its row groups in a local file, and the relation `chunk` over them.
#pragma once

#include <string>

#include "base/error.h"
#include "load/parquet_source.h"
#include "load/processor.h"
#include "store/object_store.h"
#include "transform/session.h"

namespace calve::transform {

struct ParquetChunk {
  load::RowRange range;
  std::string relation;  ///< The SELECT that `chunk` is a view of; empty when there are no rows.
};

/// Fetches the footer and the chunk's bytes into `directory` (inside the session's private folder), and sets
/// session.rows(). kBadData for a footer that cannot be read, and pages that are not what it says; kConflict when the
/// source was replaced, kCancelled.
Result<ParquetChunk> FetchParquetChunk(Session& session, store::ObjectStore& store, const load::ChunkTask& task,
                                       const std::string& directory);

/// Precondition: session.Prepare over the chunk's relation. kCorrupt when `chunk` has other columns than the plan.
Status CheckParquetColumns(Session& session, const load::Plan& plan);

/// Reads all of the chunk without the user's SQL, and throws it away. kBadData when that cannot be done.
Status ReadAllOfParquetChunk(Session& session, const ParquetChunk& chunk);

}  // namespace calve::transform
