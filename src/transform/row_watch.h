// Watches the rows that a chunk of a Parquet source yields: a scalar function in the relation's filter that counts them
// and looks at the cancel flag.
#pragma once

#include <duckdb.h>

#include <cstdint>
#include <optional>

#include "base/cancel.h"
#include "base/error.h"
#include "load/processor.h"

namespace calve::transform {

/// Not thread-safe: one a connection, which runs on one thread.
class RowWatch {
 public:
  /// Registers the function; `this` must outlive the connection.
  Status Register(duckdb_connection connection);

  /// Starts to count. The function is true for the rows [first_row, first_row + rows) of the file, and counts those.
  /// `cancel` and `progress` may be null.
  void Reset(uint64_t first_row, uint64_t rows, const CancelToken* cancel, load::Progress* progress);
  /// Counts from 0 again, without progress.
  void Recount() { Reset(first_row_, rows_, cancel_, nullptr); }

  uint64_t seen() const { return seen_; }
  /// kCancelled, when that is why a query failed.
  const std::optional<Error>& error() const { return error_; }

  /// Takes a row's number in the file, BIGINT; gives a BOOLEAN.
  static constexpr const char* kFunction = "calve_row";

 private:
  static void Run(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output);

  uint64_t first_row_ = 0;
  uint64_t rows_ = 0;
  const CancelToken* cancel_ = nullptr;
  load::Progress* progress_ = nullptr;
  uint64_t seen_ = 0;
  std::optional<Error> error_;
};

}  // namespace calve::transform
