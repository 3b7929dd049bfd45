// The fast way through well-formed records: 64 bytes at a time become bit masks, the masks the places where fields end.
// Whatever is not plainly well-formed (stray quotes, other field counts, blank lines, comments, lone CRs, escapes)
// stops it in front of the record concerned, and the record parser (record_parser.h) takes that one.
#pragma once

#include <cstddef>
#include <cstdint>

#include "csv/dialect.h"

namespace calve::csv {

/// The dialects that the fast way knows: a delimiter of one byte, one of the usual record ends.
struct FastDialect {
  char delimiter = ',';
  char quote = '"';
  bool has_quote = true;
  bool doubled = true;      ///< Two quotes in a quoted field are one.
  char newline = '\n';      ///< The byte that ends a record.
  bool pairs = false;       ///< A CR outside quotes must stand in front of LF ...
  bool pairs_only = false;  ///< ... and LF behind CR.
  char escape = '\0';       ///< A record with this byte in it is odd; '\0': none.
  char comment = '\0';

  /// False when `dialect` needs the record parser throughout.
  static bool From(const Dialect& dialect, FastDialect* out);
};

/// What one call of a tokeniser is given and gives. Positions are relative to `data`.
struct TokenizeJob {
  const char* data = nullptr;  ///< 64 bytes must be readable behind `size`.
  size_t begin = 0;            ///< A line start.
  size_t size = 0;
  size_t range_end = 0;   ///< Records that start at or behind it are left alone.
  size_t max_record = 0;  ///< Longer records stop it.
  size_t columns = 0;
  size_t max_records = 0;
  uint32_t* ends = nullptr;  ///< Room for (max_records + 1) * columns + 192 values.

  enum class Stop { kFull, kRangeEnd, kOutOfData, kOddRecord };
  size_t records = 0;  ///< Each of exactly `columns` fields, which end at ends[1 + record * columns + column];
                       ///< ends[0] is begin - 1, so that a field starts at the end before it plus one. The last field's
                       ///< end is the newline byte: the CR of a CRLF is still in front of it.
  size_t next = 0;     ///< The line start behind the last of them.
  bool quotes = false;  ///< There may be quoted fields among them.
  Stop stop = Stop::kOutOfData;
};

/// State of a pass that only looks for line starts (ScanLineStarts), under the assumption that its first byte is inside
/// quotes or not.
struct ParityState {
  bool in_quote = false;
  bool after_break = true;   ///< The byte before is a delimiter, a line's end or a quote.
  bool after_close = false;  ///< The byte before closed a quoted field, if it was not the first of two.
  bool after_cr = false;
  bool malformed = false;         ///< Not plainly well-formed behind the first line start: the pass proves nothing.
  bool malformed_before = false;  ///< The same in front of it.
  bool found = false;
  uint64_t first_line = 0;  ///< Position of the first line start, when found.
  uint64_t last_line = 0;   ///< And of the last.
  uint64_t longest = 0;     ///< Longest distance between two neighbouring line starts.
  uint64_t position = 0;    ///< Bytes seen.
};

struct Tokenizer {
  const char* name;
  void (*tokenize)(const FastDialect& dialect, TokenizeJob* job);
  /// Goes on over `size` bytes (64 readable behind them).
  void (*scan)(const FastDialect& dialect, const char* data, size_t size, ParityState* state);
};

const Tokenizer& PortableTokenizer();
#if defined(__x86_64__)
/// Only where the processor has AVX2, BMI and PCLMUL.
const Tokenizer& Avx2Tokenizer();
#endif
/// The best one for this processor.
const Tokenizer& BestTokenizer();

}  // namespace calve::csv
