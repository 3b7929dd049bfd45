#include "transform/chunk_source.h"

#include <algorithm>
#include <cstring>

#include "transform/types.h"

namespace calve::transform {
namespace {

/// A value that does not fit in the 16 bytes: DuckDB copies it into the vector's heap. The reader has checked its
/// UTF-8.
void AssignLong(void* vector, size_t index, const char* bytes, size_t length) {
  duckdb_unsafe_vector_assign_string_element_len(static_cast<duckdb_vector>(vector), index, bytes, length);
}

void AddColumn(duckdb_bind_info info, const std::string& name, const LogicalType& type) {
  duckdb_bind_add_result_column(info, name.c_str(), type.get());
}

}  // namespace

Status ChunkSource::Register(duckdb_connection connection, FloatWatch& floats) {
  floats_ = &floats;
  const TableFunction function(duckdb_create_table_function());
  duckdb_table_function_set_name(function.get(), kFunction);
  duckdb_table_function_set_extra_info(function.get(), this, nullptr);
  duckdb_table_function_set_bind(function.get(), &ChunkSource::Bind);
  duckdb_table_function_set_init(function.get(), &ChunkSource::Init);
  duckdb_table_function_set_function(function.get(), &ChunkSource::Scan);
  if (duckdb_register_table_function(connection, function.get()) != DuckDBSuccess) {
    return Err(ErrorKind::kInternal, "DuckDB refused the table function of the chunk");
  }
  return {};
}

void ChunkSource::Reset(std::vector<csv::Column> columns, bool metadata_columns, csv::ChunkReader* reader) {
  columns_ = std::move(columns);
  typed_columns_.clear();
  metadata_columns_ = metadata_columns;
  reader_ = reader;
  scans_ = 0;
  rows_ = 0;
  error_.reset();
}

void ChunkSource::ResetEmpty(std::vector<TypedColumn> columns, bool metadata_columns) {
  Reset({}, metadata_columns, nullptr);
  typed_columns_ = std::move(columns);
}

void ChunkSource::SetMetadata(std::string file, int64_t loaded_at_us) {
  file_ = std::move(file);
  loaded_at_us_ = loaded_at_us;
}

void ChunkSource::Bind(duckdb_bind_info info) {
  const auto* self = static_cast<const ChunkSource*>(duckdb_bind_get_extra_info(info));
  for (const csv::Column& column : self->columns_) AddColumn(info, column.name, DuckDbType(column.type));
  for (const TypedColumn& column : self->typed_columns_) AddColumn(info, column.name, column.type);
  if (self->metadata_columns_) {
    AddColumn(info, "_file", LogicalType(duckdb_create_logical_type(DUCKDB_TYPE_VARCHAR)));
    AddColumn(info, "_offset", LogicalType(duckdb_create_logical_type(DUCKDB_TYPE_BIGINT)));
    AddColumn(info, "_loaded_at", LogicalType(duckdb_create_logical_type(DUCKDB_TYPE_TIMESTAMP_TZ)));
  }
}

void ChunkSource::Init(duckdb_init_info info) {
  duckdb_init_set_max_threads(info, 1);
  auto* self = static_cast<ChunkSource*>(duckdb_init_get_extra_info(info));
  if (++self->scans_ > 1)
    duckdb_init_set_error(info, "the relation chunk is a stream and can be read only once in a query");
}

void ChunkSource::Scan(duckdb_function_info info, duckdb_data_chunk output) {
  auto* self = static_cast<ChunkSource*>(duckdb_function_get_extra_info(info));
  Result<size_t> filled = self->Fill(output);
  if (!filled.has_value()) {
    self->error_ = std::move(filled).error();
    duckdb_function_set_error(info, self->error_->message.c_str());
    return;
  }
  duckdb_data_chunk_set_size(output, *filled);
}

Result<size_t> ChunkSource::Fill(duckdb_data_chunk output) {
  if (reader_ == nullptr) return size_t{0};
  const size_t capacity = duckdb_vector_size();
  const size_t words = (capacity + 63) / 64;
  validity_.resize(columns_.size() * words);
  offsets_.resize(capacity);
  std::vector<csv::ColumnSink> sinks(columns_.size());
  for (size_t c = 0; c < columns_.size(); ++c) {
    const duckdb_vector vector = duckdb_data_chunk_get_vector(output, c);
    sinks[c] = {duckdb_vector_get_data(vector), &validity_[c * words], vector, &AssignLong};
  }
  CALVE_ASSIGN_OR_RETURN(const size_t count,
                         reader_->Fill(sinks, capacity, metadata_columns_ ? offsets_.data() : nullptr));
  for (size_t c = 0; c < columns_.size(); ++c) {
    if (columns_[c].type.kind == csv::TypeKind::kDouble)
      floats_->Look(static_cast<const double*>(sinks[c].data), count);
    if (columns_[c].type.kind == csv::TypeKind::kFloat) floats_->Look(static_cast<const float*>(sinks[c].data), count);
  }
  for (size_t c = 0; c < columns_.size() && count > 0; ++c) {
    // A vector without a mask is all valid, which DuckDB is faster on.
    const uint64_t* mask = sinks[c].validity;
    const size_t whole = count / 64;
    const uint64_t rest = (uint64_t{1} << (count % 64)) - 1;
    const bool all = std::all_of(mask, mask + whole, [](uint64_t word) { return word == ~uint64_t{0}; }) &&
                     (rest == 0 || (mask[whole] & rest) == rest);
    if (all) continue;
    const auto vector = static_cast<duckdb_vector>(sinks[c].context);
    duckdb_vector_ensure_validity_writable(vector);
    std::memcpy(duckdb_vector_get_validity(vector), mask, (count + 63) / 64 * sizeof(uint64_t));
  }
  if (metadata_columns_) {
    const duckdb_vector file = duckdb_data_chunk_get_vector(output, columns_.size());
    auto* offset =
        static_cast<int64_t*>(duckdb_vector_get_data(duckdb_data_chunk_get_vector(output, columns_.size() + 1)));
    auto* loaded =
        static_cast<int64_t*>(duckdb_vector_get_data(duckdb_data_chunk_get_vector(output, columns_.size() + 2)));
    for (size_t i = 0; i < count; ++i) {
      duckdb_vector_assign_string_element_len(file, i, file_.data(), file_.size());
      offset[i] = static_cast<int64_t>(offsets_[i]);
      loaded[i] = loaded_at_us_;
    }
  }
  rows_ += count;
  if (progress_ != nullptr) progress_->rows_read += count;
  return count;
}

}  // namespace calve::transform
