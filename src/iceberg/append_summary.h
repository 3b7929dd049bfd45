// A snapshot's summary (spec: "Snapshots", Appendix F "Snapshot Summary").
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/error.h"
#include "iceberg/data_file.h"
#include "iceberg/table_metadata.h"

namespace calve::iceberg {

/// The summary of an append of `files` on top of `parent` (null: an empty table), with `extra` in it. Totals follow the
/// parent's and are left out where the parent has none. kInvalidArgument when `extra` has a key that is ours.
Result<std::map<std::string, std::string>> AppendSummary(const std::vector<DataFile>& files, const Snapshot* parent,
                                                         const std::map<std::string, std::string>& extra);

}  // namespace calve::iceberg
