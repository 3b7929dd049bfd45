// A data file as manifests record it (spec: "Manifests", struct data_file; the field ids stand behind each member).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "iceberg/literal.h"

namespace calve::iceberg {

enum class FileContent { kData = 0, kPositionDeletes = 1, kEqualityDeletes = 2 };

struct DataFile {
  FileContent content = FileContent::kData;  ///< 134
  std::string file_path;                     ///< 100
  std::string file_format = "PARQUET";       ///< 101
  int spec_id = 0;                 ///< Not stored in the entry: the manifest's. The spec that `partition` is of.
  std::vector<Literal> partition;  ///< 102, one value a field of the spec
  int64_t record_count = 0;        ///< 103
  int64_t file_size_bytes = 0;     ///< 104
  std::map<int, int64_t> column_sizes_bytes;  ///< 108
  std::map<int, int64_t> value_counts;        ///< 109
  std::map<int, int64_t> null_value_counts;   ///< 110
  std::map<int, int64_t> nan_value_counts;    ///< 137
  std::map<int, std::string> lower_bounds;    ///< 125, binary single-value form
  std::map<int, std::string> upper_bounds;    ///< 128
  std::vector<int64_t> split_offsets;         ///< 132, ascending
  std::optional<int> sort_order_id;           ///< 140
};

/// JSON as chunk results in the ledger hold it (docs/ledger-format.md): bounds as base64 or hex text, partition values
/// typed. Round trip is exact.
Json DataFileToJson(const DataFile& file);
Result<DataFile> DataFileFromJson(const Json& json);

}  // namespace calve::iceberg
