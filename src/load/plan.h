// The plan: the immutable description of one load. Whoever writes it first wins; everyone else obeys the one that is
// there. Its JSON form is documented in docs/plan-format.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "iceberg/history.h"
#include "iceberg/partition.h"
#include "iceberg/schema.h"
#include "load/encoding.h"

namespace calve::load {

/// One object version that landed.
struct Source {
  std::string uri;
  std::string version;
  uint64_t size_bytes = 0;

  friend bool operator==(const Source&, const Source&) = default;
};

/// A top-level column of a source.
struct SourceColumn {
  std::string name;         ///< Normalised and unique: what SQL sees.
  std::string source_name;  ///< As the source has it.
  std::string type;         ///< The engine's SQL text of its type, e.g. "STRUCT(a BIGINT, b VARCHAR[])".
  Json details;             ///< What its format says of it besides; null: nothing.

  friend bool operator==(const SourceColumn&, const SourceColumn&) = default;
};

enum class CommitMode {
  kLoad,   ///< One snapshot for the whole source.
  kChunk,  ///< One snapshot a chunk; needs exact chunk boundaries (Cuts::exact).
};

/// When bad records make a load fail as a whole.
struct BadRecordPolicy {
  bool fail = false;                  ///< The first one fails the load; else they go to quarantine.
  std::optional<uint64_t> max_count;  ///< More than this many fail the load (with CommitMode::kChunk: a chunk).
  std::optional<double> max_share;    ///< A larger share of the records (0..1) fails it; judged when all are read.
  uint64_t share_from_records = 0;    ///< With fewer records than this only the share of all of them fails it.

  /// Whether `bad` of `records` are more than max_count or max_share allow; the message says so, with `example`,
  /// and names the flags that help.
  std::optional<std::string> Exceeded(uint64_t bad, uint64_t records, std::string_view example) const;
};

/// How data files are written.
struct WriteOptions {
  std::string codec = "zstd";
  int codec_level = 1;
  int64_t row_group_rows = 122'880;
  int64_t dictionary_size_limit = 4'096;  ///< Distinct values above which a column chunk is not dictionary-encoded.
  int parquet_version = 1;                ///< 2 also uses the delta encodings, which not every reader knows.
};

/// The table, as it was when the load was planned. Data files carry these field ids.
struct Target {
  std::string identifier;  ///< "ns.table"
  std::string table_uuid;
  std::string data_location;  ///< Where data files go, without a trailing slash.
  int schema_id = 0;
  iceberg::PartitionSpec spec;
  std::vector<iceberg::Field> partition_sources;  ///< The fields the spec's transforms read, in the spec's order.
  std::vector<iceberg::Field> columns;  ///< What the SQL yields, in its order, with the table's names, types, ids.
  iceberg::CleanPoint base;             ///< The table's state before the first commit attempt could be.
};

/// A byte range of the source: the records whose first byte lies in [start, end), or those of the units (row groups)
/// whose first byte does.
struct Chunk {
  int index = 0;
  uint64_t start_bytes = 0;
  uint64_t end_bytes = 0;
  bool exact = false;  ///< A record (or unit) is known to start at start_bytes: always so for chunk 0.
};

/// Where a source is cut into chunks, in bytes.
struct Cuts {
  uint64_t first = 0;   ///< Where its data begins.
  uint64_t extent = 0;  ///< Where it ends.
  uint64_t step = 0;    ///< A chunk's size, as it was wished for.
  /// Where each chunk begins, strictly ascending, as far as that is known to be a record's (or a unit's) start. Empty:
  /// cut at `first` and all `step` bytes; each consumer guesses its first record, and stitching verifies.
  std::vector<uint64_t> starts;

  bool exact() const { return !starts.empty(); }
  /// At least one: a header alone is a load too, of no rows.
  int count() const;
  /// Precondition: 0 <= index < count().
  Chunk At(int index) const;
};

struct Plan {
  static constexpr int kVersion = 3;  ///< Older ones are read, too (UpgradePlan).

  std::string load_id;
  int generation = 0;  ///< Counts the plans of this load: a new one only after the one before has failed for good.
  std::string pipeline;
  Source source;
  std::string format;                 ///< SourceFormat::name of how it is written.
  Json pin;                           ///< What that format must know to read it; nobody else looks inside.
  std::vector<SourceColumn> columns;  ///< Of the relation `chunk`.
  std::optional<Encoding> encoding;   ///< Of a compressed source: then all offsets are in its text.
  Cuts cuts;
  std::string sql;                ///< One SELECT over `chunk`.
  bool row_preserving = false;    ///< The SQL is the default one: rows out = rows in, checked.
  bool metadata_columns = false;  ///< `chunk` also has _file, _offset, _loaded_at.
  Target target;
  CommitMode commit_mode = CommitMode::kLoad;
  BadRecordPolicy bad_records;
  WriteOptions write;
  uint64_t max_record_bytes = 32U << 20U;
  int64_t created_us = 0;         ///< Microseconds since the epoch: `_loaded_at` of every row.
  std::string created_by;         ///< "calve 0.1.0"
  bool records_attempts = false;  ///< No commit of this load is sent that the ledger does not know of (plans of an
                                  ///< older calve: not so).

  int chunk_count() const { return cuts.count(); }
  Chunk ChunkAt(int index) const { return cuts.At(index); }
};

/// First 128 bits, in hex, of SHA-256 over pipeline, table identifier, source URI, version and size (each on a line).
std::string MakeLoadId(const std::string& pipeline, const std::string& table, const Source& source);

/// Whether `text` is what MakeLoadId gives: 32 lower-case hexadecimal digits. What comes from outside and is not may
/// not become part of a path.
bool IsLoadId(std::string_view text);

Json PlanToJson(const Plan& plan);
/// Plans of older versions too. kCorrupt naming the field; kInvalidArgument for a version newer than ours.
Result<Plan> PlanFromJson(const Json& json);
/// A plan of version 1 (CSV) or 2 (Parquet) as one of version 3 says the same; others stay as they are. kCorrupt.
Result<Json> UpgradePlan(const Json& json);

}  // namespace calve::load
