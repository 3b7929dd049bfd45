// What a manifest's entries add up to: counts, sequence numbers, partition field summaries (spec: "Manifest Lists").
#pragma once

#include <vector>

#include "base/error.h"
#include "iceberg/manifest.h"
#include "iceberg/partition.h"

namespace calve::iceberg {

/// The manifest list's record of a manifest of `entries`, but for its path, length, spec and content. `snapshot_id`:
/// the snapshot that wrote the manifest. `sequence_number`: that snapshot's; entries without a number of their own have
/// it. Live entries alone (added, existing) give min_sequence_number. `types`: the partition values' types; when null
/// the summaries are left out.
Result<ManifestFile> SummarizeEntries(const std::vector<ManifestEntry>& entries, const std::vector<Type>* types,
                                      int64_t snapshot_id, int64_t sequence_number);

/// Whether `a` stands before `b` in the type's order; both of the same alternative and not null. -0.0 is before +0.0.
bool LiteralLess(const Literal& a, const Literal& b);

}  // namespace calve::iceberg
