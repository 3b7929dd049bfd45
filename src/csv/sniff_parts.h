// All samples of a source split into records by one dialect, and the table's width.
#pragma once

#include <cstdint>
#include <vector>

#include "csv/sniff_records.h"
#include "csv/sniff_text.h"

namespace calve::csv {

/// All samples split by one dialect.
struct Parts {
  std::vector<SniffRecords> parts;
  uint32_t columns = 1;
  uint64_t fitting = 0;
  uint64_t records = 0;
};

/// Whether it is neither blank nor a comment.
bool Counts(const SniffRecord& record);
/// Whether it is a well-formed record of a table of `columns` columns.
bool Fits(const SniffRecord& record, uint32_t columns, Ragged ragged);

/// The first sample is split from `head_from` on.
Parts Split(const SampledText& sampled, size_t head_from, const Dialect& dialect);

}  // namespace calve::csv
