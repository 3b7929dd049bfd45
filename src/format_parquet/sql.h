// The SQL that takes every column of a Parquet source: cast where that changes no value, and where Iceberg or the table
// has another type.
#pragma once

#include <duckdb.h>

#include <string>
#include <vector>

#include "base/error.h"
#include "iceberg/schema.h"
#include "load/plan.h"
#include "transform/duckdb_handle.h"

namespace calve::format_parquet {

struct SelectedColumn {
  load::SourceColumn column;
  bool only_nulls = false;  ///< The file's type says so (a writer that saw no value).
};

/// The type of a SQL type's text, as DuckDB itself prints it. kInvalidArgument.
Result<transform::LogicalType> ParseSqlType(duckdb_connection connection, const std::string& text);

/// One SELECT over `chunk`, which has these columns. Unsigned 64-bit integers become DECIMAL(20,0), timestamps in
/// nanoseconds microseconds; integers and decimals become what a column of the table is. Where a value would change,
/// the query fails.
Result<std::string> DefaultParquetSql(duckdb_connection connection, const std::vector<SelectedColumn>& columns,
                                      const iceberg::Schema* table);

}  // namespace calve::format_parquet
