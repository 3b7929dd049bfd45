// Everything that can be set: by flag, environment, file or default, in this order of precedence.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "csv/sniff.h"
#include "load/commit_loop.h"
#include "load/plan.h"

namespace calve::app {

struct Settings {
  // Where things are.
  std::string warehouse = "./warehouse";
  std::string catalog;  ///< Default: <warehouse>/catalog.db
  std::string catalog_name = "default";
  std::string state;    ///< The ledger's prefix. Default: <warehouse>/_calve
  std::string scratch;  ///< For attempts in the making. Default: <warehouse>/_calve/tmp

  // What is loaded, and how.
  std::string table;
  std::string pipeline = "default";
  std::optional<std::string> sql;
  bool metadata_columns = false;
  csv::SniffOverrides csv;
  std::optional<uint64_t> chunk_size_bytes;
  int threads = 0;  ///< 0: the cores.
  load::CommitMode commit_mode = load::CommitMode::kLoad;
  std::optional<load::SplitMode> split_mode;  ///< Default: speculate; scan with CommitMode::kChunk.
  load::BadRecordPolicy bad_records;
  uint64_t max_record_bytes = 32U << 20U;
  load::WriteOptions write;
  bool codec_given = false;

  // The table, when it is created or evolved.
  std::vector<std::string> partition_by;
  std::map<std::string, std::string> table_properties;
  int format_version = 2;
  bool evolve_add_columns = false;

  // How it is run.
  load::CommitPolicy commit;
  std::chrono::milliseconds visibility{60'000};  ///< Of a chunk message; extended while it is worked on.
  int max_receives = 5;
  uint64_t memory_limit_bytes = 0;  ///< For all threads together; 0: half of the machine's.

  std::string Catalog() const;
  std::string State() const;
  std::string Scratch() const;
  int Threads() const;
};

}  // namespace calve::app
