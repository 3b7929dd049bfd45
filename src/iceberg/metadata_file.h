// Metadata files: where a table's metadata document is kept, one file a version (spec: "Metastore Tables", "Table
// Metadata").
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/rng.h"
#include "iceberg/table_metadata.h"
#include "store/object_store.h"

namespace calve::iceberg {

/// Reads the metadata file at `location`. Gzip is recognised by its first bytes, whatever the name
/// (`.gz.metadata.json`,
/// `.metadata.json.gz`). kNotFound; kCorrupt, also when it is larger than 512 MiB, packed or not.
Result<TableMetadata> ReadMetadataFile(store::ObjectStore& store, std::string_view location);

/// Writes `metadata` as a new file `<metadata folder>/<5-digit version>-<uuid>.metadata.json` and returns its location.
/// The folder is `<table location>/metadata` unless write.metadata.path says otherwise; with
/// write.metadata.compression-codec=gzip the file is packed and ends in `.gz.metadata.json`. An existing file is never
/// replaced.
Result<std::string> WriteMetadataFile(store::ObjectStore& store, const TableMetadata& metadata, int version, Rng& rng);

/// The version number of the file that follows `base_location`: 0 when there is none or its name has no number.
int NextMetadataVersion(std::string_view base_location);

/// The folder that metadata files, manifests and manifest lists go to, without a trailing slash.
std::string MetadataFolder(const TableMetadata& metadata);

/// Metadata files that `after` does not list any more but `before` (read from `before_location`) did: what
/// write.metadata.delete-after-commit.enabled=true asks to delete. Empty when the property is not set.
std::vector<std::string> ExpiredMetadataFiles(const TableMetadata& before, std::string_view before_location,
                                              const TableMetadata& after);

/// Packs and unpacks gzip (RFC 1952, several members one after the other). Unpacking more than `max_bytes`: kCorrupt.
Result<std::string> GzipCompress(std::string_view data);
Result<std::string> GzipDecompress(std::string_view data, size_t max_bytes, std::string_view what);

}  // namespace calve::iceberg
