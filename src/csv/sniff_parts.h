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
/// Whether it is a well-formed record of a table of `columns` columns. It may have more fields than those, or fewer,
/// where the dialect lets it.
bool Fits(const SniffRecord& record, uint32_t columns, const Dialect& dialect);
/// How many fields it has, an empty one behind a last delimiter not counted where the dialect knows such.
uint32_t Width(const SniffRecord& record, const Dialect& dialect);
/// The record's text, without a byte order mark.
std::string_view RecordText(const SniffRecords& part, const SniffRecord& record);

/// The first sample is split from `head_from` on.
Parts Split(const SampledText& sampled, size_t head_from, const Dialect& dialect);

}  // namespace calve::csv
