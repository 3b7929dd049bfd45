// Watches the floating-point values that go into data files: DuckDB's Parquet writer takes values that compare equal
// for one in a dictionary, and so gives -0.0 the sign of the first zero, and every NaN the bits of the first.
#pragma once

#include <duckdb.h>

#include <cstddef>
#include <string>

#include "base/error.h"
#include "iceberg/schema.h"

namespace calve::transform {

/// Not thread-safe: one a connection, which runs on one thread.
class FloatWatch {
 public:
  /// Registers the function, for FLOAT and DOUBLE; `this` must outlive the connection.
  Status Register(duckdb_connection connection);

  /// Before a file is written, with dictionaries or without. `in_sql`: values are watched as they come out of the SQL;
  /// else they are what the reader made of text, and whoever has them Looks at them, which costs less.
  void Reset(bool dictionaries, bool in_sql) {
    dictionaries_ = dictionaries;
    in_sql_ = in_sql;
    seen_ = false;
  }
  bool dictionaries() const { return dictionaries_; }
  /// A value went by that a dictionary might change: what was written with one is to be written anew without.
  bool must_write_plainly() const { return dictionaries_ && seen_; }

  /// Looks at `count` values of float or double, unless that is done in the SQL.
  template <typename Float>
  void Look(const Float* values, size_t count) {
    if (dictionaries_ && !in_sql_) seen_ = seen_ || AnyOdd(values, count);
  }

  /// `value`, an expression of `type`, watched where that is needed.
  std::string Watched(const std::string& value, const iceberg::Type& type) const;

 private:
  template <typename Float>
  static bool AnyOdd(const Float* values, size_t count);
  template <typename Float>
  static void Run(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output);
  Status RegisterFor(duckdb_connection connection, const char* name, duckdb_type type,
                     duckdb_scalar_function_t function);

  bool dictionaries_ = true;
  bool in_sql_ = true;
  bool seen_ = false;
};

}  // namespace calve::transform
