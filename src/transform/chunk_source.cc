#include "transform/chunk_source.h"

#include <fmt/format.h>

#include <map>
#include <string_view>

namespace calve::transform {
namespace {

void AddColumn(duckdb_bind_info info, const std::string& name, const LogicalType& type) {
  duckdb_bind_add_result_column(info, name.c_str(), type.get());
}

}  // namespace

Result<std::vector<TypedColumn>> TypedColumns(duckdb_connection connection,
                                              const std::vector<load::SourceColumn>& columns) {
  std::map<std::string_view, idx_t> places;
  std::string sql;
  for (const load::SourceColumn& column : columns) {
    if (!places.try_emplace(column.type, places.size()).second) continue;
    sql += fmt::format("{} CAST(NULL AS {})", sql.empty() ? "SELECT" : ",", column.type);
  }
  std::vector<TypedColumn> typed;
  if (columns.empty()) return typed;
  Result<QueryResult> types = Query(connection, sql);
  if (!types.has_value()) return Err(ErrorKind::kCorrupt, "the plan has a type that is none: " + types.error().message);
  for (const load::SourceColumn& column : columns) {
    typed.push_back({column.name, LogicalType(duckdb_column_logical_type(&types->raw(), places.at(column.type)))});
  }
  return typed;
}

Status ChunkSource::Register(duckdb_connection connection) {
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

void ChunkSource::Reset(std::vector<TypedColumn> columns, bool metadata_columns, RowStream* rows) {
  columns_ = std::move(columns);
  metadata_columns_ = metadata_columns;
  Restart(rows);
}

void ChunkSource::Restart(RowStream* rows) {
  stream_ = rows;
  scans_ = 0;
  rows_ = 0;
  error_.reset();
}

void ChunkSource::SetMetadata(std::string file, int64_t loaded_at_us) {
  file_ = std::move(file);
  loaded_at_us_ = loaded_at_us;
}

void ChunkSource::Bind(duckdb_bind_info info) {
  const auto* self = static_cast<const ChunkSource*>(duckdb_bind_get_extra_info(info));
  for (const TypedColumn& column : self->columns_) AddColumn(info, column.name, column.type);
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
  if (stream_ == nullptr) return size_t{0};
  offsets_.resize(duckdb_vector_size());
  CALVE_ASSIGN_OR_RETURN(const size_t count, stream_->Fill(output, metadata_columns_ ? offsets_.data() : nullptr));
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
