#include "transform/row_watch.h"

#include "transform/duckdb_handle.h"

namespace calve::transform {

Status RowWatch::Register(duckdb_connection connection) {
  const ScalarFunction function(duckdb_create_scalar_function());
  duckdb_scalar_function_set_name(function.get(), kFunction);
  const LogicalType number(duckdb_create_logical_type(DUCKDB_TYPE_BIGINT));
  const LogicalType truth(duckdb_create_logical_type(DUCKDB_TYPE_BOOLEAN));
  duckdb_scalar_function_add_parameter(function.get(), number.get());
  duckdb_scalar_function_set_return_type(function.get(), truth.get());
  duckdb_scalar_function_set_volatile(function.get());  // So that it is called for each row, once.
  duckdb_scalar_function_set_extra_info(function.get(), this, nullptr);
  duckdb_scalar_function_set_function(function.get(), &RowWatch::Run);
  if (duckdb_register_scalar_function(connection, function.get()) != DuckDBSuccess) {
    return Err(ErrorKind::kInternal, "DuckDB refused the function that watches rows");
  }
  return {};
}

void RowWatch::Reset(uint64_t first_row, uint64_t rows, const CancelToken* cancel, load::Progress* progress) {
  first_row_ = first_row;
  rows_ = rows;
  cancel_ = cancel;
  progress_ = progress;
  seen_ = 0;
  error_.reset();
}

void RowWatch::Run(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  auto* self = static_cast<RowWatch*>(duckdb_scalar_function_get_extra_info(info));
  if (self->cancel_ != nullptr && self->cancel_->cancelled()) {
    self->error_ = Error{ErrorKind::kCancelled, "stopped in the middle of a chunk"};
    duckdb_scalar_function_set_error(info, self->error_->message.c_str());
    return;
  }
  const auto* numbers = static_cast<const int64_t*>(duckdb_vector_get_data(duckdb_data_chunk_get_vector(input, 0)));
  auto* out = static_cast<bool*>(duckdb_vector_get_data(output));
  const idx_t size = duckdb_data_chunk_get_size(input);
  uint64_t seen = 0;
  for (idx_t i = 0; i < size; ++i) {
    // A number before the first row wraps round, and is too large then.
    out[i] = static_cast<uint64_t>(numbers[i]) - self->first_row_ < self->rows_;
    seen += out[i] ? 1 : 0;
  }
  self->seen_ += seen;
  if (self->progress_ != nullptr) self->progress_->rows_read += seen;
}

}  // namespace calve::transform
