// One update of a commit after the other, applied to the metadata document in place. Private to this module.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "iceberg/table_metadata.h"

namespace calve::iceberg {

class UpdateApplier {
 public:
  UpdateApplier(const TableMetadata& base, int64_t now_ms);

  /// Applies one update. kInvalidArgument or kCorrupt when it is malformed, unknown or does not fit the table.
  Status Apply(const Json& update);
  /// Brings the logs and last-updated-ms up to date and hands the document over.
  Result<Json> Finish(std::string_view base_location) &&;

 private:
  Status AssignUuid(const Json& update);
  Status UpgradeFormatVersion(const Json& update);
  Status AddSchema(const Json& update);
  Status SetCurrentSchema(const Json& update);
  Status AddSpec(const Json& update);
  Status SetDefaultSpec(const Json& update);
  Status AddSnapshot(const Json& update);
  Status SetSnapshotRef(const Json& update);
  Status SetProperties(const Json& update);
  Status RemoveProperties(const Json& update);
  Status SetLocation(const Json& update);

  Json& List(std::string_view key);
  void EnsureSchemaList();
  void EnsureSpecList();
  Status AssignPartitionFieldIds(Json& fields, int* last_partition_id);
  const Json* SnapshotById(int64_t id) const;
  Status LogSnapshot();
  Status LogMetadata(std::string_view base_location);

  const TableMetadata& base_;
  Json json_;
  int format_version_;
  int64_t now_ms_;
  int64_t last_updated_ms_;
  int last_column_id_;
  int last_partition_id_;
  std::optional<int> last_added_schema_;
  std::optional<int> last_added_spec_;
  std::set<int64_t> added_snapshots_;
  std::optional<int64_t> main_before_;
  std::optional<int64_t> main_now_;
};

}  // namespace calve::iceberg
