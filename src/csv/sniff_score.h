// How table-like the records are that a candidate dialect makes.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "csv/dialect.h"
#include "csv/sniff_records.h"

namespace calve::csv {

/// A part of a sample that candidates are tried on.
struct Piece {
  std::string_view text;
  bool at_end = false;
};

struct Score {
  uint32_t columns = 0;         ///< The commonest field count.
  double consistency = 0;       ///< 0..1: share of records with that count, forgiving a preamble or a second table.
  double quality = 0;           ///< 0..1: do the cells look like values, or like pieces of a line cut wrongly?
  double typed_columns = 0;     ///< Share of columns whose cells are nearly all numbers, dates or times.
  uint32_t filled_columns = 0;  ///< Columns in which something stands in more than one record.
  uint64_t records = 0;
  uint64_t alike = 0;         ///< Well-formed records with `columns` fields.
  bool first_alike = false;   ///< The first record is one of them: a header, as a rule.
  uint64_t quoted_cells = 0;  ///< Without quoting: cells that begin and end with a double quote all the same.

  /// Every record but one in a hundred has the same number of fields, two or more, the first one too.
  bool nearly_perfect() const { return PerfectBut(records / 100); }
  bool perfect() const { return PerfectBut(0); }
  double total() const;

 private:
  bool PerfectBut(uint64_t others) const {
    return columns >= 2 && records >= 2 && first_alike && alike + others >= records;
  }
};

Score ScoreDialect(std::span<const Piece> pieces, const Dialect& dialect);

/// Digits with the signs of numbers, dates and times, nothing else.
bool LooksTyped(std::string_view cell);

/// A whole line that is one value: a number, a time stamp, a URL.
bool IsOneValue(std::string_view line);

}  // namespace calve::csv
