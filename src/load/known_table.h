// Loading a table that is known to have been there.
#pragma once

#include "base/error.h"
#include "iceberg/catalog.h"
#include "load/commit_loop.h"

namespace calve::load {

/// Catalog::Load, but kNotFound only when the catalog says so each time it is asked, with waits in between, and its
/// list of tables does not have it either: one wrong answer must not make a load look like one of a dropped table.
/// kUnavailable when its answers contradict each other.
Result<iceberg::LoadedTable> LoadKnownTable(const CommitContext& context, const iceberg::TableIdentifier& table);

}  // namespace calve::load
