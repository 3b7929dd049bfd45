// Finds dialect and columns from samples of the source, robust against bad records.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "csv/dialect.h"

namespace calve::csv {

/// Bytes of the source at an offset. The first sample is the head (offset 0); the others begin anywhere, also inside a
/// quoted field or in the middle of a multi-byte character.
struct Sample {
  uint64_t offset_bytes = 0;
  std::string_view bytes;
  bool at_end = false;  ///< It reaches the end of the object.
};

/// What the user says, which is never overruled.
struct SniffOverrides {
  std::optional<std::string> delimiter;
  std::optional<char> quote;  ///< '\0': no quoting.
  std::optional<char> escape;
  std::optional<bool> header;
  std::optional<Newline> newline;
  std::optional<std::string> custom_newline;
  std::optional<char> comment;
  std::optional<Encoding> encoding;
  std::string charset;  ///< With Encoding::kCharset.
  std::optional<Ragged> ragged;
  std::vector<std::string> null_strings;  ///< Empty: the default.
  std::optional<uint64_t> header_rows;    ///< How many records are the header, joined; with `header` alone: one.
  std::optional<uint64_t> skip_lines;     ///< Lines before the header (or the first record).
  bool all_varchar = false;
  bool trim = false;
  std::optional<bool> literal_quotes;         ///< Quotes inside unquoted fields.
  std::map<std::string, ColumnType> columns;  ///< By normalised or source name; an unknown name is kInvalidArgument.
};

struct SniffResult {
  Dialect dialect;
  std::vector<Column> columns;
  std::vector<std::string> notes;  ///< For a person: duplicate names made unique, preamble skipped, header assumed ...
  uint64_t sampled_records = 0;
  uint64_t sampled_bad_records = 0;  ///< Records in the samples that do not fit the outcome.
  std::string bad_example;           ///< What is wrong with the first of them.
  double mean_record_bytes = 0;
};

/// kBadData when it is not a CSV at all (binary, NUL bytes), is empty, or cannot be told: the message names the flag
/// that decides. kInvalidArgument when an override cannot be. `size_bytes` is the whole object's.
Result<SniffResult> Sniff(std::span<const Sample> samples, uint64_t size_bytes, const SniffOverrides& overrides);

}  // namespace calve::csv
