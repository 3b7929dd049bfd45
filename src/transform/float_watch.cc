#include "transform/float_watch.h"

#include <fmt/format.h>

#include <bit>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>

#include "transform/duckdb_handle.h"

namespace calve::transform {
namespace {

constexpr const char* kDoubleFunction = "calve_double";
constexpr const char* kFloatFunction = "calve_float";

}  // namespace

Status FloatWatch::Register(duckdb_connection connection) {
  CALVE_RETURN_IF_ERROR(RegisterFor(connection, kDoubleFunction, DUCKDB_TYPE_DOUBLE, &FloatWatch::Run<double>));
  return RegisterFor(connection, kFloatFunction, DUCKDB_TYPE_FLOAT, &FloatWatch::Run<float>);
}

Status FloatWatch::RegisterFor(duckdb_connection connection, const char* name, duckdb_type type,
                               duckdb_scalar_function_t run) {
  const ScalarFunction function(duckdb_create_scalar_function());
  duckdb_scalar_function_set_name(function.get(), name);
  const LogicalType number(duckdb_create_logical_type(type));
  duckdb_scalar_function_add_parameter(function.get(), number.get());
  duckdb_scalar_function_set_return_type(function.get(), number.get());
  duckdb_scalar_function_set_volatile(function.get());  // So that it is called for each value.
  duckdb_scalar_function_set_extra_info(function.get(), this, nullptr);
  duckdb_scalar_function_set_function(function.get(), run);
  if (duckdb_register_scalar_function(connection, function.get()) != DuckDBSuccess) {
    return Err(ErrorKind::kInternal, "DuckDB refused the function that watches floating-point values");
  }
  return {};
}

std::string FloatWatch::Watched(const std::string& value, const iceberg::Type& type) const {
  if (!dictionaries_ || !in_sql_) return value;
  if (type.id == iceberg::TypeId::kDouble) return fmt::format("{}({})", kDoubleFunction, value);
  if (type.id == iceberg::TypeId::kFloat) return fmt::format("{}({})", kFloatFunction, value);
  return value;
}

/// What stands in the places of nulls is looked at too, and may cost a dictionary, no more.
template <typename Float>
bool FloatWatch::AnyOdd(const Float* values, size_t count) {
  using Bits = std::conditional_t<sizeof(Float) == sizeof(uint64_t), uint64_t, uint32_t>;
  constexpr auto kNegativeZero = std::bit_cast<Bits>(-Float{0});
  constexpr auto kInfinity = std::bit_cast<Bits>(std::numeric_limits<Float>::infinity());
  constexpr auto kNan = std::bit_cast<Bits>(std::numeric_limits<Float>::quiet_NaN());
  bool odd = false;
  for (size_t i = 0; i < count; ++i) {
    const auto bits = std::bit_cast<Bits>(values[i]);
    odd |= bits == kNegativeZero;
    odd |= (bits & ~kNegativeZero) > kInfinity && bits != kNan;
  }
  return odd;
}

template bool FloatWatch::AnyOdd(const float* values, size_t count);
template bool FloatWatch::AnyOdd(const double* values, size_t count);

template <typename Float>
void FloatWatch::Run(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  auto* self = static_cast<FloatWatch*>(duckdb_scalar_function_get_extra_info(info));
  const duckdb_vector vector = duckdb_data_chunk_get_vector(input, 0);
  const auto* values = static_cast<const Float*>(duckdb_vector_get_data(vector));
  const idx_t size = duckdb_data_chunk_get_size(input);
  std::memcpy(duckdb_vector_get_data(output), values, size * sizeof(Float));
  // DuckDB gives a function of the C API its nulls, and takes what comes out as it is.
  if (const uint64_t* validity = duckdb_vector_get_validity(vector); validity != nullptr) {
    duckdb_vector_ensure_validity_writable(output);
    std::memcpy(duckdb_vector_get_validity(output), validity, (size + 63) / 64 * sizeof(uint64_t));
  }
  self->seen_ = self->seen_ || AnyOdd(values, size);
}

}  // namespace calve::transform
