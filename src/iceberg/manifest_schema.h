// The Avro schemas of manifests and manifest lists, as JSON with the spec's field ids.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "iceberg/partition.h"

namespace calve::iceberg {

/// The Avro schema of manifest_entry for format version 1 or 2. `partition_types`: one a field of the spec.
/// kInvalidArgument for a type that no partition can have.
Result<Json> ManifestEntrySchema(int format_version, const PartitionSpec& spec,
                                 const std::vector<Type>& partition_types);

/// The Avro schema of manifest_file for format version 1 or 2.
Json ManifestListSchema(int format_version);

/// A name that Avro takes ([A-Za-z_][A-Za-z0-9_]*): another character becomes _xHH, a leading digit is led by _.
std::string AvroName(std::string_view name);

/// Bytes that a decimal of `precision` digits needs.
int DecimalRequiredBytes(int precision);

/// The types of a spec's partition values under `schema`. Where the source column is not there any more, a void
/// transform yields a string (of nulls). kInvalidArgument for a transform that is unknown or does not take its source.
Result<std::vector<Type>> PartitionTypes(const PartitionSpec& spec, const Schema& schema);

}  // namespace calve::iceberg
