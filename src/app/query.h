// `calve query`: SQL over the tables of the warehouse, read-only, through DuckDB's Parquet reader and our own Iceberg
// metadata.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "app/environment.h"
#include "base/error.h"

namespace calve::app {

struct QueryOutput {
  std::vector<std::string> names;
  std::vector<std::string> types;                             ///< DuckDB's names.
  std::vector<std::vector<std::optional<std::string>>> rows;  ///< As text; null is nullopt.
  bool truncated = false;
};

/// Tables are named ns.table in the SQL. Schema evolution is followed by field id; a table with delete files is refused
/// by name. At most `max_rows` rows (0: all).
Result<QueryOutput> RunQuery(Environment& environment, const std::string& sql, size_t max_rows);

}  // namespace calve::app
