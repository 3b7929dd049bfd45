// Table metadata as the JSON document it is (spec: "Table Metadata", Appendix C): read through typed accessors, changed
// by patching the document, so that fields we do not know survive.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "base/rng.h"
#include "iceberg/partition.h"
#include "iceberg/schema.h"

namespace calve::iceberg {

struct Snapshot {
  int64_t snapshot_id = 0;
  std::optional<int64_t> parent_snapshot_id;
  int64_t sequence_number = 0;  ///< 0 in v1 tables.
  int64_t timestamp_ms = 0;
  std::string manifest_list;                    ///< Empty in old v1 snapshots that embed `manifests`.
  std::vector<std::string> embedded_manifests;  ///< v1's `manifests`.
  std::map<std::string, std::string> summary;   ///< "operation" among them.
  std::optional<int> schema_id;
};

/// A table's metadata, checked on parsing: every id it refers to is there. Immutable but for ApplyUpdates. Cheap to
/// move.
class TableMetadata {
 public:
  /// kCorrupt when it is not valid table metadata of format version 1, 2 or 3; kInvalidArgument for a version we cannot
  /// read. `what` names it in messages (its location).
  static Result<TableMetadata> Parse(std::string_view text, std::string_view what);
  static Result<TableMetadata> FromJson(Json json, std::string_view what);

  const Json& json() const { return json_; }
  int format_version() const { return format_version_; }
  /// Empty on version 1 tables that were written without one.
  const std::string& uuid() const { return uuid_; }
  const std::string& location() const { return location_; }
  int64_t last_sequence_number() const { return last_sequence_number_; }
  int64_t last_updated_ms() const { return last_updated_ms_; }
  int last_column_id() const { return last_column_id_; }
  int last_partition_id() const { return last_partition_id_; }
  const Schema& schema() const;  ///< The current one.
  const Schema* SchemaById(int id) const;
  const PartitionSpec& spec() const;  ///< The default one.
  const PartitionSpec* SpecById(int id) const;
  const std::vector<PartitionSpec>& specs() const { return specs_; }
  int default_sort_order_id() const { return default_sort_order_id_; }
  const std::map<std::string, std::string>& properties() const { return properties_; }
  std::string Property(std::string_view key, std::string_view fallback) const;
  const std::vector<Snapshot>& snapshots() const { return snapshots_; }
  /// The tip of `main`, or null on a table without one.
  const Snapshot* current_snapshot() const;
  const Snapshot* SnapshotById(int64_t id) const;
  /// The snapshot that a branch or tag points to, nullopt when there is none. `main` is found in old metadata without
  /// `refs` too.
  std::optional<int64_t> RefSnapshotId(std::string_view ref) const;

 private:
  TableMetadata() = default;
  Status Index();
  Status IndexSchemas();
  Status IndexSpecs();
  Status IndexSortOrders() const;
  Status IndexSnapshots();
  Status IndexRefs();

  Json json_;
  int format_version_ = 2;
  std::string uuid_;
  std::string location_;
  int64_t last_sequence_number_ = 0;
  int64_t last_updated_ms_ = 0;
  int last_column_id_ = 0;
  int last_partition_id_ = 999;
  int current_schema_id_ = 0;
  int default_spec_id_ = 0;
  int default_sort_order_id_ = 0;
  std::optional<int64_t> current_snapshot_id_;
  std::vector<Schema> schemas_;
  std::vector<PartitionSpec> specs_;
  std::vector<Snapshot> snapshots_;
  std::map<std::string, std::string> properties_;
};

/// What a new table is to be.
struct NewTable {
  std::string location;                      ///< Without a trailing slash.
  Schema schema;                             ///< Ids are assigned afresh.
  std::vector<std::string> partition_terms;  ///< As in ParsePartitionTerm.
  std::map<std::string, std::string> properties;
  int format_version = 2;  ///< 1 or 2.
};

/// Metadata of a table without snapshots.
Result<TableMetadata> MakeTableMetadata(const NewTable& table, Clock& clock, Rng& rng);

/// A change of a table as the REST catalog's specification writes it: arrays of TableUpdate ("action": "add-snapshot",
/// ...) and TableRequirement ("type": "assert-ref-snapshot-id", ...) objects. Catalogs that only swap a pointer apply
/// it themselves with the two functions below.
struct TableChange {
  std::vector<Json> updates;
  std::vector<Json> requirements;
};

/// kConflict, naming the first requirement that `base` does not meet. `base` null: the table does not exist.
/// kInvalidArgument for a requirement that is malformed or unknown.
/// assert-create, assert-table-uuid, assert-ref-snapshot-id (null: the ref must not exist), assert-current-schema-id,
/// assert-last-assigned-field-id, assert-last-assigned-partition-id, assert-default-spec-id,
/// assert-default-sort-order-id. A version 1 table without a uuid meets assert-table-uuid only for an empty or absent
/// uuid.
Status CheckRequirements(const TableMetadata* base, const std::vector<Json>& requirements);

/// `base` with the updates applied (add-schema, set-current-schema, add-spec, set-default-spec, set-properties,
/// remove-properties, add-snapshot, set-snapshot-ref, upgrade-format-version, set-location, assign-uuid): snapshot-log,
/// metadata-log
/// (`base_location` added to it, trimmed to write.metadata.previous-versions-max, 100), last-updated-ms,
/// last-sequence-number and current-snapshot-id are kept as the spec says. kInvalidArgument for an action we do not
/// know.
Result<TableMetadata> ApplyUpdates(const TableMetadata& base, std::string_view base_location,
                                   const std::vector<Json>& updates, Clock& clock);

/// Adds columns (top level, all optional) to the current schema: the change to commit. Fresh ids are assigned.
/// kInvalidArgument when a name is taken or a type cannot be written.
Result<TableChange> AddColumns(const TableMetadata& base, const std::vector<Field>& columns);

/// Widens a top-level column of the current schema to `to`: the change to commit. kInvalidArgument unless IsPromotable,
/// naming both types; kNotFound when there is no such column.
Result<TableChange> PromoteColumn(const TableMetadata& base, std::string_view column, const Type& to);

}  // namespace calve::iceberg
