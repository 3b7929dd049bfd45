// Owning handles over DuckDB's C API, and queries as values.
#pragma once

#include <duckdb.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/sql_text.h"

namespace calve::transform {

/// A DuckDB object that its own function destroys.
template <typename T, void (*Destroy)(T*)>
class Handle {
 public:
  Handle() = default;
  explicit Handle(T raw) : raw_(raw) {}
  Handle(Handle&& other) noexcept : raw_(std::exchange(other.raw_, T{})) {}
  Handle& operator=(Handle&& other) noexcept {
    std::swap(raw_, other.raw_);
    return *this;
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() {
    if (raw_ != T{}) Destroy(&raw_);
  }
  T get() const { return raw_; }
  T* out() { return &raw_; }

 private:
  T raw_{};
};

using Database = Handle<duckdb_database, duckdb_close>;
using Connection = Handle<duckdb_connection, duckdb_disconnect>;
using Config = Handle<duckdb_config, duckdb_destroy_config>;
using LogicalType = Handle<duckdb_logical_type, duckdb_destroy_logical_type>;
using TableFunction = Handle<duckdb_table_function, duckdb_destroy_table_function>;
using ScalarFunction = Handle<duckdb_scalar_function, duckdb_destroy_scalar_function>;
using Prepared = Handle<duckdb_prepared_statement, duckdb_destroy_prepare>;
using Extracted = Handle<duckdb_extracted_statements, duckdb_destroy_extracted>;
using DataChunk = Handle<duckdb_data_chunk, duckdb_destroy_data_chunk>;
using Value = Handle<duckdb_value, duckdb_destroy_value>;

/// A query's result. Movable; destroyed with its memory.
class QueryResult {
 public:
  QueryResult() = default;
  QueryResult(QueryResult&& other) noexcept : raw_(std::exchange(other.raw_, {})) {}
  QueryResult& operator=(QueryResult&& other) noexcept {
    std::swap(raw_, other.raw_);
    return *this;
  }
  QueryResult(const QueryResult&) = delete;
  QueryResult& operator=(const QueryResult&) = delete;
  ~QueryResult() { duckdb_destroy_result(&raw_); }
  duckdb_result& raw() { return raw_; }

 private:
  duckdb_result raw_{};
};

/// Runs SQL text. DuckDB's message, of the kind that its error type stands for (conversion errors: kBadData; parser,
/// binder, catalog: kInvalidArgument; I/O: kUnavailable or kNoSpace; out of memory: kUnavailable; interrupted:
/// kCancelled).
Result<QueryResult> Query(duckdb_connection connection, const std::string& sql);

/// Rows as text, null as nullopt. Every column must be castable to VARCHAR by the query itself: it wraps the SQL in
/// none.
Result<std::vector<std::vector<std::optional<std::string>>>> QueryText(duckdb_connection connection,
                                                                       const std::string& sql);

/// Whether a query failed for want of memory, which is nobody's data's fault.
bool IsOutOfMemory(const Error& error);

}  // namespace calve::transform
