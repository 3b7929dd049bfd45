// What of a plan depends on the source being Parquet: columns, SQL, cuts. Reads the footer and nothing else.
#pragma once

#include "base/error.h"
#include "iceberg/schema.h"
#include "load/planner.h"

namespace calve::load {

/// Fills format, parquet, sql, row_preserving, split_mode, chunk_size_bytes and scanned_starts of `plan`, whose source
/// is set, and what Planned says of the source. `table`: the table's schema, when it is there. kBadData (the file),
/// kInvalidArgument (settings that Parquet cannot obey, columns that need SQL), kConflict (replaced meanwhile).
Status PlanParquet(store::ObjectStore& store, SqlDescriber& describer, const PlanRequest& request,
                   const iceberg::Schema* table, Plan& plan, Planned& planned);

}  // namespace calve::load
