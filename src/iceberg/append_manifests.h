// The manifests that a snapshot begins with, and what is needed to rewrite them.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "iceberg/manifest.h"
#include "iceberg/table_metadata.h"
#include "store/object_store.h"

namespace calve::iceberg {

/// A partition spec of a table, with a schema that has its source columns and the types of its values.
struct SpecContext {
  const PartitionSpec* spec = nullptr;
  const Schema* schema = nullptr;
  std::vector<Type> types;
};

/// Looks for the source columns in schema `preferred_schema_id` first, then in the current one, then in the newest that
/// has them. kCorrupt when the table has no such spec; kInvalidArgument when its transforms cannot be understood.
Result<SpecContext> ContextOfSpec(const TableMetadata& table, int spec_id, int preferred_schema_id);

/// All manifests of a snapshot, in its order: from its manifest list, or, in old version 1 tables, from the manifests
/// that it names itself, each of which is read. kCorrupt when one cannot be read as what it should be, is missing or is
/// of a spec that the table does not have.
Result<std::vector<ManifestFile>> LoadManifests(const TableMetadata& table, const Snapshot& snapshot,
                                                store::ObjectStore& store);

/// The entries of a manifest, numbers inherited. kCorrupt also when there are fewer or more than the list says.
Result<std::vector<ManifestEntry>> LoadEntries(const ManifestFile& manifest, const SpecContext& context,
                                               store::ObjectStore& store);

}  // namespace calve::iceberg
