// Partition values of rows, numbered: a scalar function that applies the table's transforms to a row's source columns
// and returns the number of the resulting tuple. DuckDB then writes one file a number, and the exact values stay here.
#pragma once

#include <duckdb.h>

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "iceberg/partition.h"

namespace calve::transform {

/// Not thread-safe: one a connection, which runs on one thread.
class PartitionInterner {
 public:
  /// Registers the function; `this` must outlive the connection.
  Status Register(duckdb_connection connection);

  /// Forgets all tuples and takes the spec whose transforms are applied next. `types`: of the source columns, in the
  /// spec's order.
  void Reset(iceberg::PartitionSpec spec, std::vector<iceberg::Type> types);

  /// The tuple of a number that the function returned.
  const std::vector<iceberg::Literal>& Tuple(int64_t number) const { return tuples_.at(static_cast<size_t>(number)); }
  size_t size() const { return tuples_.size(); }
  const std::optional<Error>& error() const { return error_; }

  static constexpr const char* kFunction = "calve_partition";

 private:
  static void Run(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output);
  Status Apply(duckdb_data_chunk input, int64_t* numbers);

  iceberg::PartitionSpec spec_;
  std::vector<iceberg::Type> types_;
  std::unordered_map<std::string, int64_t> numbers_;  ///< Encoded tuple to number.
  std::vector<std::vector<iceberg::Literal>> tuples_;
  std::optional<Error> error_;
};

}  // namespace calve::transform
