// What `calve plan` shows.
#pragma once

#include <string>

#include "base/json.h"
#include "load/planner.h"

namespace calve::cli {

/// Chunks that the load would have; with `split = scan` a dry run only knows about how many.
int ChunkEstimate(const load::Planned& planned);
/// Records to expect, from the samples' mean length; 0 when there were none.
uint64_t RowEstimate(const load::Planned& planned);

Json PlanToJson(const std::string& source, const load::Planned& planned);
std::string PlanToText(const std::string& source, const load::Planned& planned);

}  // namespace calve::cli
