// The relation `chunk` as a stream: a DuckDB table function over whatever yields rows.
#pragma once

#include <duckdb.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "load/processor.h"
#include "transform/duckdb_handle.h"

namespace calve::transform {

/// A column of the relation, by DuckDB's type.
struct TypedColumn {
  std::string name;
  LogicalType type;
};

/// Yields rows, once. Not thread-safe.
class RowStream {
 public:
  virtual ~RowStream() = default;
  /// Fills the first `columns` vectors of `output` with up to duckdb_vector_size() rows; how many; 0: that is all.
  /// `offsets`, when not null, receives where each row's record starts, in the source.
  virtual Result<size_t> Fill(duckdb_data_chunk output, uint64_t* offsets) = 0;
};

/// The columns of a plan by the engine's types. kCorrupt for a type that it does not know.
Result<std::vector<TypedColumn>> TypedColumns(duckdb_connection connection,
                                              const std::vector<load::SourceColumn>& columns);

/// What the next scan of `chunk` reads. One connection, one scan at a time; not thread-safe.
class ChunkSource {
 public:
  /// Registers the table function on the connection; `this` must outlive it.
  Status Register(duckdb_connection connection);

  /// Sets the columns of `chunk`, and what it reads: nothing, if `rows` is null (then it is an empty relation).
  void Reset(std::vector<TypedColumn> columns, bool metadata_columns, RowStream* rows);
  /// The same columns, with what to read now.
  void Restart(RowStream* rows);
  /// What the metadata columns hold: `_file` and `_loaded_at`, microseconds since the epoch.
  void SetMetadata(std::string file, int64_t loaded_at_us);
  /// Lets one more scan go on where the last one stopped.
  void AllowNextScan() { scans_ = 0; }
  void SetProgress(load::Progress* progress) { progress_ = progress; }

  /// How often `chunk` was scanned since Reset. It can be read once: a query that wants it twice gets an error.
  int scans() const { return scans_; }
  /// Rows that were handed out since Reset.
  uint64_t rows() const { return rows_; }
  /// The stream's error, with its kind, when a scan failed because of it.
  const std::optional<Error>& error() const { return error_; }

  /// The function's name; the relation `chunk` is a view over it.
  static constexpr const char* kFunction = "calve_chunk";

 private:
  static void Bind(duckdb_bind_info info);
  static void Init(duckdb_init_info info);
  static void Scan(duckdb_function_info info, duckdb_data_chunk output);
  Result<size_t> Fill(duckdb_data_chunk output);

  std::vector<TypedColumn> columns_;
  bool metadata_columns_ = false;
  RowStream* stream_ = nullptr;
  std::string file_;
  int64_t loaded_at_us_ = 0;
  load::Progress* progress_ = nullptr;
  int scans_ = 0;
  uint64_t rows_ = 0;
  std::optional<Error> error_;
  std::vector<uint64_t> offsets_;
};

}  // namespace calve::transform
