// Append as an action: build {updates, requirements} for one snapshot; sending it, and the retry loop, are the
// caller's.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/rng.h"
#include "iceberg/catalog.h"
#include "iceberg/data_file.h"
#include "store/object_store.h"

namespace calve::iceberg {

struct AppendRequest {
  std::vector<DataFile> files;                 ///< May be of several specs of the table.
  std::map<std::string, std::string> summary;  ///< Added to the snapshot's summary, e.g. {"calve.load-id", ...}.
  int schema_id = 0;                           ///< The schema the files were written with.
};

struct AppendBuilt {
  TableChange change;  ///< add-snapshot, set-snapshot-ref main; assert-table-uuid, assert-ref-snapshot-id (null on an
                       ///< empty table).
  int64_t snapshot_id = 0;
  std::vector<std::string>
      written;  ///< Manifests and manifest list of this attempt: to delete only when it is proven rejected.
};

/// Writes the manifests (one a spec; small old ones merged with it as commit.manifest-merge.enabled,
/// commit.manifest.min-count-to-merge and commit.manifest.target-size-bytes say) and the manifest list into the table's
/// metadata folder (write.metadata.path honoured), and builds the change. Format versions 1 and 2; kInvalidArgument
/// for 3. Summary totals follow the parent's. On an error everything written by this call is deleted again.
Result<AppendBuilt> BuildAppend(const LoadedTable& base, const AppendRequest& request, store::ObjectStore& store,
                                Clock& clock, Rng& rng);

}  // namespace calve::iceberg
