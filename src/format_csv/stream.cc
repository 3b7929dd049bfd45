#include "format_csv/stream.h"

#include <algorithm>
#include <cstring>

namespace calve::format_csv {
namespace {

/// A value that does not fit in the 16 bytes: DuckDB copies it into the vector's heap. The reader has checked its
/// UTF-8.
void AssignLong(void* vector, size_t index, const char* bytes, size_t length) {
  duckdb_unsafe_vector_assign_string_element_len(static_cast<duckdb_vector>(vector), index, bytes, length);
}

}  // namespace

Result<size_t> CsvStream::Fill(duckdb_data_chunk output, uint64_t* offsets) {
  const size_t capacity = duckdb_vector_size();
  const size_t words = (capacity + 63) / 64;
  validity_.resize(columns_.size() * words);
  std::vector<csv::ColumnSink> sinks(columns_.size());
  for (size_t c = 0; c < columns_.size(); ++c) {
    const duckdb_vector vector = duckdb_data_chunk_get_vector(output, c);
    sinks[c] = {duckdb_vector_get_data(vector), &validity_[c * words], vector, &AssignLong};
  }
  CALVE_ASSIGN_OR_RETURN(const size_t count, reader_->Fill(sinks, capacity, offsets));
  for (size_t c = 0; c < columns_.size(); ++c) {
    if (columns_[c].type.kind == csv::TypeKind::kDouble) floats_.Look(static_cast<const double*>(sinks[c].data), count);
    if (columns_[c].type.kind == csv::TypeKind::kFloat) floats_.Look(static_cast<const float*>(sinks[c].data), count);
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
  return count;
}

}  // namespace calve::format_csv
