// An Iceberg schema as Glue's columns, as Athena and Spark expect them. Private to this module.
#pragma once

#include <string>

#include "base/json.h"
#include "iceberg/table_metadata.h"

namespace calve::catalog {

/// The Hive type: long is bigint, list<int> is array<int>, uuid and time are string, both timestamps are timestamp.
std::string GlueType(const iceberg::Type& type);

/// Glue's `Columns` for the table: the current schema's columns in order, then those that only older schemas have, each
/// with the parameters iceberg.field.id, iceberg.field.optional and iceberg.field.current. What the column of the same
/// name and field id in `existing` has besides stays: its comment where the schema has no doc, and unknown parameters.
Json GlueColumns(const iceberg::TableMetadata& metadata, const Json& existing);

}  // namespace calve::catalog
