#include "transform/duckdb_handle.h"

namespace calve::transform {
namespace {

ErrorKind KindOf(duckdb_error_type type, std::string_view message) {
  switch (type) {
    case DUCKDB_ERROR_CONVERSION:
    case DUCKDB_ERROR_OUT_OF_RANGE:
    case DUCKDB_ERROR_DECIMAL:
    case DUCKDB_ERROR_MISMATCH_TYPE:
    case DUCKDB_ERROR_DIVIDE_BY_ZERO:
    case DUCKDB_ERROR_INVALID_INPUT:
    case DUCKDB_ERROR_CONSTRAINT:
      return ErrorKind::kBadData;
    case DUCKDB_ERROR_PARSER:
    case DUCKDB_ERROR_BINDER:
    case DUCKDB_ERROR_CATALOG:
    case DUCKDB_ERROR_SYNTAX:
    case DUCKDB_ERROR_PERMISSION:
    case DUCKDB_ERROR_NOT_IMPLEMENTED:
    case DUCKDB_ERROR_INVALID_TYPE:
    case DUCKDB_ERROR_EXPRESSION:
    case DUCKDB_ERROR_UNKNOWN_TYPE:
    case DUCKDB_ERROR_SETTINGS:
      return ErrorKind::kInvalidArgument;
    case DUCKDB_ERROR_IO:
    case DUCKDB_ERROR_OUT_OF_MEMORY:
      return message.find("No space left") != std::string_view::npos ? ErrorKind::kNoSpace : ErrorKind::kUnavailable;
    case DUCKDB_ERROR_INTERRUPT:
      return ErrorKind::kCancelled;
    default:
      return ErrorKind::kInternal;
  }
}

}  // namespace

Result<QueryResult> Query(duckdb_connection connection, const std::string& sql) {
  QueryResult result;
  if (duckdb_query(connection, sql.c_str(), &result.raw()) == DuckDBSuccess) return result;
  const char* message = duckdb_result_error(&result.raw());
  const std::string text = message == nullptr ? "DuckDB gave no message" : message;
  return Err(KindOf(duckdb_result_error_type(&result.raw()), text), text);
}

Result<std::vector<std::vector<std::optional<std::string>>>> QueryText(duckdb_connection connection,
                                                                       const std::string& sql) {
  CALVE_ASSIGN_OR_RETURN(QueryResult result, Query(connection, sql));
  const idx_t columns = duckdb_column_count(&result.raw());
  std::vector<std::vector<std::optional<std::string>>> rows;
  while (true) {
    const DataChunk chunk(duckdb_fetch_chunk(result.raw()));
    if (chunk.get() == nullptr) return rows;
    const idx_t size = duckdb_data_chunk_get_size(chunk.get());
    const size_t first = rows.size();
    rows.resize(first + size, std::vector<std::optional<std::string>>(columns));
    for (idx_t c = 0; c < columns; ++c) {
      if (duckdb_column_type(&result.raw(), c) != DUCKDB_TYPE_VARCHAR) {
        return Err(ErrorKind::kInternal, "a text query yields a column that is not VARCHAR");
      }
      const duckdb_vector vector = duckdb_data_chunk_get_vector(chunk.get(), c);
      uint64_t* validity = duckdb_vector_get_validity(vector);
      auto* strings = static_cast<duckdb_string_t*>(duckdb_vector_get_data(vector));
      for (idx_t r = 0; r < size; ++r) {
        if (validity != nullptr && !duckdb_validity_row_is_valid(validity, r)) continue;
        rows[first + r][c] = std::string(duckdb_string_t_data(&strings[r]), duckdb_string_t_length(strings[r]));
      }
    }
  }
}

bool IsOutOfMemory(const Error& error) {
  return error.kind == ErrorKind::kUnavailable && error.message.starts_with("Out of Memory");
}

}  // namespace calve::transform
