// A Glue table's document: what it says about an Iceberg table, and how it is rewritten. Private to this module.
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"
#include "iceberg/table_metadata.h"

namespace calve::catalog {

/// What Glue's `Table` says of an Iceberg table.
struct GluePointer {
  std::string metadata_location;
  std::string version_id;  ///< Empty when the service sent none.
};

/// Reads GetTable's `Table`. kInvalidArgument, saying what it is, when it is no Iceberg table; kCorrupt when it has no
/// metadata location.
Result<GluePointer> ReadGlueTable(const Json& table, std::string_view name);

/// Whether its parameter table_type says ICEBERG, in any case.
bool IsIcebergTable(const Json& table);

/// The `TableInput` of a new table.
Json NewGlueTable(std::string_view name, const std::string& metadata_location, const iceberg::TableMetadata& metadata);

/// The `TableInput` that moves `table` (GetTable's) to the new metadata file: pointer, previous pointer, location and
/// columns. All else that an update may say stays as it is.
Json MovedGlueTable(const Json& table, const std::string& metadata_location, const iceberg::TableMetadata& metadata);

}  // namespace calve::catalog
