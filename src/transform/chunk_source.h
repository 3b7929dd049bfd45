// The relation `chunk`: our CSV reader as a DuckDB table function.
#pragma once

#include <duckdb.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "csv/reader.h"
#include "load/processor.h"
#include "transform/duckdb_handle.h"
#include "transform/float_watch.h"

namespace calve::transform {

/// A column of the relation, by DuckDB's type.
struct TypedColumn {
  std::string name;
  LogicalType type;
};

/// What the next scan of `chunk` reads. One connection, one scan at a time; not thread-safe.
class ChunkSource {
 public:
  /// Registers the table function on the connection; `this` and `floats` must outlive it. What is read from text goes
  /// by `floats`.
  Status Register(duckdb_connection connection, FloatWatch& floats);

  /// Sets the columns of `chunk`, and what it reads: nothing, if `reader` is null (then it is an empty relation).
  void Reset(std::vector<csv::Column> columns, bool metadata_columns, csv::ChunkReader* reader);
  /// The same without rows, of columns that have any type: for checking SQL.
  void ResetEmpty(std::vector<TypedColumn> columns, bool metadata_columns);
  /// What the metadata columns hold: `_file` and `_loaded_at`, microseconds since the epoch.
  void SetMetadata(std::string file, int64_t loaded_at_us);
  /// Lets one more scan go on where the last one stopped.
  void AllowNextScan() { scans_ = 0; }
  void SetProgress(load::Progress* progress) { progress_ = progress; }

  /// How often `chunk` was scanned since Reset. It can be read once: a query that wants it twice gets an error.
  int scans() const { return scans_; }
  /// Rows that were handed out since Reset.
  uint64_t rows() const { return rows_; }
  /// The reader's error, with its kind, when a scan failed because of it.
  const std::optional<Error>& error() const { return error_; }

  /// The function's name; the relation `chunk` is a view over it.
  static constexpr const char* kFunction = "calve_chunk";

 private:
  static void Bind(duckdb_bind_info info);
  static void Init(duckdb_init_info info);
  static void Scan(duckdb_function_info info, duckdb_data_chunk output);
  Result<size_t> Fill(duckdb_data_chunk output);

  std::vector<csv::Column> columns_;
  std::vector<TypedColumn> typed_columns_;  ///< Behind columns_, one of which is empty.
  bool metadata_columns_ = false;
  FloatWatch* floats_ = nullptr;
  csv::ChunkReader* reader_ = nullptr;
  std::string file_;
  int64_t loaded_at_us_ = 0;
  load::Progress* progress_ = nullptr;
  int scans_ = 0;
  uint64_t rows_ = 0;
  std::optional<Error> error_;
  std::vector<uint64_t> validity_;  ///< Per column; copied to a vector only when it has nulls.
  std::vector<uint64_t> offsets_;
};

}  // namespace calve::transform
