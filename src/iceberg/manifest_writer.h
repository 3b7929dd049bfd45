// Writing a manifest: an Avro file of entries of one partition spec.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/rng.h"
#include "iceberg/manifest.h"
#include "iceberg/partition.h"
#include "iceberg/schema.h"

namespace calve::iceberg {

/// What all entries of a manifest share. Borrows.
struct ManifestContext {
  const Schema& schema;  ///< For the header: one that has the spec's source columns.
  const PartitionSpec& spec;
  const std::vector<Type>& types;  ///< The spec's partition types.
  int format_version = 2;          ///< 1 or 2
  ManifestContent content = ManifestContent::kData;
};

/// The manifest file's bytes (deflate). Numbers that an entry does not have are written as null, to be inherited.
/// kInternal when an entry does not fit: a partition tuple of another length or type, version 1 without a snapshot id.
Result<std::string> EncodeManifest(const ManifestContext& context, const std::vector<ManifestEntry>& entries, Rng& rng);

}  // namespace calve::iceberg
