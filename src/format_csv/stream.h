// Rows of a CSV as DuckDB's vectors.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "csv/reader.h"
#include "transform/chunk_source.h"
#include "transform/float_watch.h"

namespace calve::format_csv {

class CsvStream final : public transform::RowStream {
 public:
  /// `floats` outlives this.
  CsvStream(std::unique_ptr<csv::ChunkReader> reader, std::vector<csv::Column> columns, transform::FloatWatch& floats)
      : reader_(std::move(reader)), columns_(std::move(columns)), floats_(floats) {}

  Result<size_t> Fill(duckdb_data_chunk output, uint64_t* offsets) override;
  const csv::ReadSummary& summary() const { return reader_->summary(); }

 private:
  std::unique_ptr<csv::ChunkReader> reader_;
  std::vector<csv::Column> columns_;
  transform::FloatWatch& floats_;
  std::vector<uint64_t> validity_;  ///< Per column; copied to a vector only when it has nulls.
};

}  // namespace calve::format_csv
