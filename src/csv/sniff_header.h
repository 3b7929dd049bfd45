// Where the table starts: preamble, header rows, first record.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "csv/dialect.h"
#include "csv/sniff.h"
#include "csv/sniff_records.h"

namespace calve::csv {

struct TableStart {
  bool has_header = false;
  uint32_t header_at = 0;  ///< In the head's text.
  uint32_t data_at = 0;    ///< In the head's text: the first line start behind the header.
  std::vector<std::string>
      names;  ///< Header cells (several header rows joined by a space); empty ones without a header.
  std::vector<std::string> notes;
};

/// Finds it among the head's records; a record of the table has `columns` fields. kBadData when the header is broken
/// beyond repair: the message names the flags that decide.
Result<TableStart> FindTableStart(const SniffRecords& head, const Dialect& dialect, uint32_t columns,
                                  const SniffOverrides& overrides);

}  // namespace calve::csv
