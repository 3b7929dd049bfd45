// What a user asks of a load.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "csv/sniff.h"
#include "iceberg/catalog.h"
#include "load/plan.h"

namespace calve::load {

/// How the chunks' first records are found, where the format leaves a choice.
enum class SplitMode {
  kSpeculate,  ///< Cut at multiples of the chunk size; each consumer guesses its first record, stitching verifies.
  kScan,       ///< The planner finds the exact boundaries in one pass.
};

/// How the source is read.
struct ReadWishes {
  csv::SniffOverrides csv;
  std::optional<uint64_t> chunk_size_bytes;  ///< Default: from the source's size and the threads.
  std::optional<SplitMode> split_mode;       ///< Default: speculate; scan with CommitMode::kChunk.
  uint64_t max_record_bytes = 32U << 20U;
};

/// What is made of it.
struct SqlWishes {
  std::optional<std::string> sql;  ///< Default: every column.
  bool per_chunk = false;          ///< SQL that is not row-wise is meant to be run over each chunk by itself.
  bool metadata_columns = false;
};

/// The table, when it is created or evolved.
struct TableWishes {
  std::vector<std::string> partition_by;
  std::map<std::string, std::string> properties;
  int format_version = 2;
  bool add_columns = false;  ///< --evolve add-columns
};

/// Everything that can be said about how a source is loaded. The same group in the settings and in a request.
struct LoadWishes {
  std::string pipeline = "default";
  ReadWishes read;
  SqlWishes sql;
  TableWishes table;
  CommitMode commit_mode = CommitMode::kLoad;
  /// By default a file of which more than a tenth does not fit is read wrongly, rather than bad; of a few records one
  /// may well be.
  BadRecordPolicy bad_records{.fail = false, .max_count = {}, .max_share = 0.1, .share_from_records = 20};
  WriteOptions write;
  bool codec_given = false;  ///< The user chose write.codec: the table's property does not change it.
};

struct PlanRequest {
  std::string source_uri;
  iceberg::TableIdentifier table;
  LoadWishes wishes;
  int threads = 1;
  bool dry_run = false;  ///< `calve plan`: writes nothing, creates nothing.
  std::string created_by;
};

}  // namespace calve::load
