#include "transform/partition_interner.h"

#include <fmt/format.h>

#include <cstring>

#include "transform/duckdb_handle.h"

namespace calve::transform {
namespace {

using iceberg::Literal;
using iceberg::TypeId;

template <typename T>
T At(const void* data, idx_t row) {
  T value;
  std::memcpy(&value, static_cast<const std::byte*>(data) + row * sizeof(T), sizeof(T));
  return value;
}

iceberg::Int128 HugeAt(const void* data, idx_t row) {
  const auto value = At<duckdb_hugeint>(data, row);
  return static_cast<iceberg::Int128>((static_cast<iceberg::UInt128>(static_cast<uint64_t>(value.upper)) << 64U) |
                                      value.lower);
}

/// DuckDB keeps decimals in the smallest integer that holds the precision.
iceberg::Int128 DecimalAt(const iceberg::Type& type, const void* data, idx_t row) {
  if (type.precision <= 4) return At<int16_t>(data, row);
  if (type.precision <= 9) return At<int32_t>(data, row);
  if (type.precision <= 18) return At<int64_t>(data, row);
  return HugeAt(data, row);
}

std::string UuidAt(const void* data, idx_t row) {
  auto bits = static_cast<iceberg::UInt128>(HugeAt(data, row)) ^ (static_cast<iceberg::UInt128>(1) << 127U);
  std::string bytes(16, '\0');
  for (size_t i = 16; i-- > 0; bits >>= 8U) bytes[i] = static_cast<char>(static_cast<unsigned char>(bits & 0xffU));
  return bytes;
}

std::string StringAt(const void* data, idx_t row) {
  auto value = At<duckdb_string_t>(data, row);
  return {duckdb_string_t_data(&value), duckdb_string_t_length(value)};
}

Literal LiteralAt(const iceberg::Type& type, const void* data, idx_t row) {
  switch (type.id) {
    case TypeId::kBoolean:
      return At<uint8_t>(data, row) != 0;
    case TypeId::kInt:
    case TypeId::kDate:
      return At<int32_t>(data, row);
    case TypeId::kLong:
    case TypeId::kTime:
    case TypeId::kTimestamp:
    case TypeId::kTimestampTz:
      return At<int64_t>(data, row);
    case TypeId::kFloat:
      return At<float>(data, row);
    case TypeId::kDouble:
      return At<double>(data, row);
    case TypeId::kDecimal:
      return iceberg::DecimalValue{DecimalAt(type, data, row)};
    case TypeId::kUuid:
      return UuidAt(data, row);
    default:
      return StringAt(data, row);
  }
}

/// An unambiguous encoding of a transform's result: a byte for null or not, then the binary form with its length.
Status Encode(const iceberg::Type& type, const Literal& value, std::string& key) {
  if (std::holds_alternative<std::monostate>(value)) {
    key.push_back('\0');
    return {};
  }
  CALVE_ASSIGN_OR_RETURN(const std::string bytes, iceberg::SerializeLiteral(type, value));
  key.push_back('\1');
  const auto length = static_cast<uint32_t>(bytes.size());
  key.append(reinterpret_cast<const char*>(&length), sizeof length);
  key += bytes;
  return {};
}

}  // namespace

Status PartitionInterner::Register(duckdb_connection connection) {
  const ScalarFunction function(duckdb_create_scalar_function());
  duckdb_scalar_function_set_name(function.get(), kFunction);
  const LogicalType any(duckdb_create_logical_type(DUCKDB_TYPE_ANY));
  const LogicalType number(duckdb_create_logical_type(DUCKDB_TYPE_BIGINT));
  duckdb_scalar_function_set_varargs(function.get(), any.get());
  duckdb_scalar_function_set_return_type(function.get(), number.get());
  duckdb_scalar_function_set_special_handling(function.get());  // Nulls are partition values too.
  duckdb_scalar_function_set_volatile(function.get());
  duckdb_scalar_function_set_extra_info(function.get(), this, nullptr);
  duckdb_scalar_function_set_function(function.get(), &PartitionInterner::Run);
  if (duckdb_register_scalar_function(connection, function.get()) != DuckDBSuccess) {
    return Err(ErrorKind::kInternal, "DuckDB refused the partition function");
  }
  return {};
}

void PartitionInterner::Reset(iceberg::PartitionSpec spec, std::vector<iceberg::Type> types) {
  spec_ = std::move(spec);
  types_ = std::move(types);
  numbers_.clear();
  tuples_.clear();
  error_.reset();
}

void PartitionInterner::Run(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  auto* self = static_cast<PartitionInterner*>(duckdb_scalar_function_get_extra_info(info));
  Status status = self->Apply(input, static_cast<int64_t*>(duckdb_vector_get_data(output)));
  if (!status.has_value()) {
    self->error_ = std::move(status).error();
    duckdb_scalar_function_set_error(info, self->error_->message.c_str());
  }
}

Status PartitionInterner::Apply(duckdb_data_chunk input, int64_t* numbers) {
  const size_t fields = spec_.fields.size();
  if (duckdb_data_chunk_get_column_count(input) != fields) {
    return Err(ErrorKind::kInternal,
               "the partition function was called with another number of columns than the spec has");
  }
  std::vector<iceberg::Type> result_types;
  std::vector<const void*> data;
  std::vector<uint64_t*> validity;
  for (size_t f = 0; f < fields; ++f) {
    CALVE_ASSIGN_OR_RETURN(iceberg::Type type, iceberg::TransformResultType(spec_.fields[f].transform, types_[f]));
    result_types.push_back(std::move(type));
    const duckdb_vector vector = duckdb_data_chunk_get_vector(input, f);
    data.push_back(duckdb_vector_get_data(vector));
    validity.push_back(duckdb_vector_get_validity(vector));
  }
  std::string key;
  std::string last_key;
  int64_t last = -1;
  std::vector<Literal> tuple(fields);
  for (idx_t row = 0; row < duckdb_data_chunk_get_size(input); ++row) {
    key.clear();
    for (size_t f = 0; f < fields; ++f) {
      const bool valid = validity[f] == nullptr || duckdb_validity_row_is_valid(validity[f], row);
      CALVE_ASSIGN_OR_RETURN(tuple[f], iceberg::ApplyTransform(spec_.fields[f].transform, types_[f],
                                                               valid ? LiteralAt(types_[f], data[f], row) : Literal()));
      CALVE_RETURN_IF_ERROR(Encode(result_types[f], tuple[f], key));
    }
    if (last < 0 || key != last_key) {
      const auto [it, added] = numbers_.try_emplace(key, static_cast<int64_t>(tuples_.size()));
      if (added) tuples_.push_back(tuple);
      last = it->second;
      last_key = key;
    }
    numbers[row] = last;
  }
  return {};
}

}  // namespace calve::transform
