// What one attempt at a chunk produced, as the ledger keeps it (docs/ledger-format.md).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "iceberg/data_file.h"

namespace calve::load {

/// The first bad record of an attempt, for `calve status`.
struct FirstBadRecord {
  uint64_t offset_bytes = 0;
  std::string column;
  std::string reason;
};

/// Published in a chunk's place when it can never succeed: as the key is taken, no success can be published any more,
/// so the plan is proven never to commit.
struct ChunkFailure {
  std::string kind;  ///< ErrorKindName.
  std::string message;
};

struct ChunkResult {
  static constexpr int kVersion = 1;

  std::string load_id;
  int chunk = 0;
  std::string attempt_id;                ///< A fresh uuid: whose result this is.
  std::optional<uint64_t> pinned_start;  ///< The start it was told to use, when it was told.
  bool undecided = false;                ///< No line start was seen in the window: to be run again, pinned.
  uint64_t first_offset_bytes = 0;       ///< [first, end): line starts.
  uint64_t end_offset_bytes = 0;
  uint64_t records = 0;   ///< Good and bad.
  uint64_t rows_in = 0;   ///< Good ones: what the SQL saw.
  uint64_t rows_out = 0;  ///< What the SQL yielded: rows of the data files.
  uint64_t quarantined = 0;
  uint64_t repeated_headers = 0;  ///< Records that were the header again, set aside, not among `records`.
  std::string quarantine_uri;     ///< Empty when quarantined is 0.
  std::optional<FirstBadRecord> first_bad;
  std::vector<iceberg::DataFile> files;
  std::optional<ChunkFailure>
      failure;         ///< When set, nothing else of the counts means anything, and there are no files.
  double seconds = 0;  ///< For people.
};

Json FirstBadRecordToJson(const FirstBadRecord& bad);
/// The one that stands in `json`, a result's or a ledger entry's, as "first-bad-record"; nullopt: none.
Result<std::optional<FirstBadRecord>> FindFirstBadRecord(const Json& json);
Json ChunkResultToJson(const ChunkResult& result);
Result<ChunkResult> ChunkResultFromJson(const Json& json);

}  // namespace calve::load
