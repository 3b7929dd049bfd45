// Types between DuckDB and Iceberg.
#pragma once

#include <duckdb.h>

#include <string>

#include "base/error.h"
#include "iceberg/schema.h"
#include "transform/duckdb_handle.h"

namespace calve::transform {

/// The Iceberg type that holds every value of a DuckDB type: the same one, or the next wider (TINYINT -> int, UINTEGER
/// -> long). kInvalidArgument, naming column, type and the cast that helps, for those without (HUGEINT, INTERVAL, ENUM
/// ...).
Result<iceberg::Type> IcebergType(duckdb_logical_type type, const std::string& column);

/// SQL's name of the DuckDB type that is written for an Iceberg type, e.g. "DECIMAL(10,2)", "STRUCT(a INTEGER)".
std::string SqlType(const iceberg::Type& type);

/// DuckDB's own name of a simple type ("BIGINT", "DECIMAL(10,2)"); nested ones by their kind ("STRUCT", "LIST").
std::string TypeName(duckdb_logical_type type);

}  // namespace calve::transform
