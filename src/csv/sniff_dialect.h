// Which delimiter, quote, escape and record delimiter: candidates tried on a part of the samples, and scored.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/error.h"
#include "csv/dialect.h"
#include "csv/sniff.h"
#include "csv/sniff_text.h"

namespace calve::csv {

struct DialectChoice {
  Dialect dialect;
  bool single_column = false;  ///< No delimiter splits the records.
  std::vector<std::string> notes;
};

/// The dialect that makes the most consistent table of the samples; `head_from` is where the head's records begin
/// (behind skipped lines). kBadData, naming the flag, when several do equally well or none does.
Result<DialectChoice> ChooseDialect(const SampledText& sampled, size_t head_from, const SniffOverrides& overrides);

/// Where records may be read from in a sample: 0 for the head, behind the first line end for the others.
size_t SafeStart(const SampledText& sampled, size_t sample, const Dialect& dialect);

}  // namespace calve::csv
