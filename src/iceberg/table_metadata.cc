#include "iceberg/table_metadata.h"

#include <fmt/format.h>

#include <algorithm>

#include "iceberg/metadata_json.h"

namespace calve::iceberg {
namespace {

constexpr int kFirstPartitionFieldId = 1000;

template <typename T, typename Id>
const T* FindId(const std::vector<T>& items, int64_t id, Id T::* member) {
  const auto it = std::find_if(items.begin(), items.end(), [&](const T& item) { return item.*member == id; });
  return it == items.end() ? nullptr : &*it;
}

Result<Snapshot> SnapshotFromJson(const Json& json) {
  Snapshot snapshot;
  CALVE_ASSIGN_OR_RETURN(snapshot.snapshot_id, JsonGet<int64_t>(json, "snapshot-id"));
  CALVE_ASSIGN_OR_RETURN(snapshot.parent_snapshot_id, JsonFind<int64_t>(json, "parent-snapshot-id"));
  CALVE_ASSIGN_OR_RETURN(const std::optional<int64_t> sequence_number, JsonFind<int64_t>(json, "sequence-number"));
  snapshot.sequence_number = sequence_number.value_or(0);
  CALVE_ASSIGN_OR_RETURN(snapshot.timestamp_ms, JsonGet<int64_t>(json, "timestamp-ms"));
  CALVE_ASSIGN_OR_RETURN(std::optional<std::string> manifest_list, JsonFind<std::string>(json, "manifest-list"));
  snapshot.manifest_list = std::move(manifest_list).value_or("");
  CALVE_ASSIGN_OR_RETURN(const Json* manifests, FindArray(json, "manifests"));
  if (manifests != nullptr) {
    for (const Json& manifest : *manifests) {
      if (!manifest.is_string()) return Err(ErrorKind::kCorrupt, "'manifests' of a snapshot holds a non-string");
      snapshot.embedded_manifests.push_back(manifest.get<std::string>());
    }
  }
  if (const Json* summary = FindMember(json, "summary")) {
    CALVE_ASSIGN_OR_RETURN(snapshot.summary, ToStringMap(*summary, "snapshot summary"));
  }
  CALVE_ASSIGN_OR_RETURN(snapshot.schema_id, FindInt32(json, "schema-id"));
  return snapshot;
}

/// Version 1 did not record partition field ids: they count from 1000 (spec: "Partition Evolution").
Json WithFieldIds(const Json& fields) {
  Json copy = fields;
  int next = kFirstPartitionFieldId;
  for (Json& field : copy) {
    if (field.is_object() && !field.contains("field-id")) field["field-id"] = next;
    ++next;
  }
  return copy;
}

}  // namespace

Result<TableMetadata> TableMetadata::Parse(std::string_view text, std::string_view what) {
  CALVE_RETURN_IF_ERROR(CheckTextDepth(text, what));
  CALVE_ASSIGN_OR_RETURN(Json json, ParseJson(text, what));
  return FromJson(std::move(json), what);
}

Result<TableMetadata> TableMetadata::FromJson(Json json, std::string_view what) {
  CALVE_RETURN_IF_ERROR(CheckValueDepth(json, what));
  TableMetadata metadata;
  metadata.json_ = std::move(json);
  if (auto status = metadata.Index(); !status) {
    return WithContext(std::move(status).error(), fmt::format("table metadata {}", what));
  }
  return metadata;
}

Status TableMetadata::Index() {
  CALVE_ASSIGN_OR_RETURN(format_version_, GetInt32(json_, "format-version"));
  if (format_version_ < 1) {
    return Err(ErrorKind::kCorrupt, fmt::format("format-version {} does not exist", format_version_));
  }
  if (format_version_ > 3) {
    return Err(ErrorKind::kInvalidArgument,
               fmt::format("format-version {} is newer than this program reads (1 to 3)", format_version_));
  }
  CALVE_ASSIGN_OR_RETURN(std::optional<std::string> uuid, JsonFind<std::string>(json_, "table-uuid"));
  uuid_ = std::move(uuid).value_or("");
  CALVE_ASSIGN_OR_RETURN(location_, JsonGet<std::string>(json_, "location"));
  CALVE_ASSIGN_OR_RETURN(last_updated_ms_, JsonGet<int64_t>(json_, "last-updated-ms"));
  CALVE_ASSIGN_OR_RETURN(last_column_id_, GetInt32(json_, "last-column-id"));
  if (format_version_ > 1) {
    if (uuid_.empty()) return Err(ErrorKind::kCorrupt, "field 'table-uuid' is missing");
    CALVE_ASSIGN_OR_RETURN(last_sequence_number_, JsonGet<int64_t>(json_, "last-sequence-number"));
  }
  if (const Json* properties = FindMember(json_, "properties")) {
    CALVE_ASSIGN_OR_RETURN(properties_, ToStringMap(*properties, "properties"));
  }
  CALVE_RETURN_IF_ERROR(IndexSchemas());
  CALVE_RETURN_IF_ERROR(IndexSpecs());
  CALVE_ASSIGN_OR_RETURN(const std::optional<int> order, FindInt32(json_, "default-sort-order-id"));
  default_sort_order_id_ = order.value_or(0);
  CALVE_RETURN_IF_ERROR(IndexSortOrders());
  CALVE_RETURN_IF_ERROR(IndexSnapshots());
  return IndexRefs();
}

Status TableMetadata::IndexSchemas() {
  CALVE_ASSIGN_OR_RETURN(const Json* array, FindArray(json_, "schemas"));
  CALVE_ASSIGN_OR_RETURN(const std::optional<int> current, FindInt32(json_, "current-schema-id"));
  if (array == nullptr) {
    const Json* single = FindMember(json_, "schema");
    if (format_version_ > 1 || single == nullptr) return Err(ErrorKind::kCorrupt, "it has no schema");
    CALVE_ASSIGN_OR_RETURN(Schema schema, SchemaFromJson(*single));
    current_schema_id_ = schema.schema_id;
    schemas_.push_back(std::move(schema));
    return {};
  }
  for (const Json& item : *array) {
    CALVE_ASSIGN_OR_RETURN(Schema schema, SchemaFromJson(item));
    if (SchemaById(schema.schema_id) != nullptr) {
      return Err(ErrorKind::kCorrupt, fmt::format("two schemas have the id {}", schema.schema_id));
    }
    schemas_.push_back(std::move(schema));
  }
  if (!current) return Err(ErrorKind::kCorrupt, "field 'current-schema-id' is missing");
  current_schema_id_ = *current;
  if (SchemaById(current_schema_id_) == nullptr) {
    return Err(ErrorKind::kCorrupt, fmt::format("current-schema-id {} is none of its schemas", current_schema_id_));
  }
  return {};
}

Status TableMetadata::IndexSpecs() {
  CALVE_ASSIGN_OR_RETURN(const Json* array, FindArray(json_, "partition-specs"));
  CALVE_ASSIGN_OR_RETURN(const std::optional<int> default_id, FindInt32(json_, "default-spec-id"));
  int highest = kFirstPartitionFieldId - 1;
  const auto add = [&](const Json& json) -> Status {
    CALVE_ASSIGN_OR_RETURN(PartitionSpec spec, PartitionSpecFromJson(json));
    if (SpecById(spec.spec_id) != nullptr) {
      return Err(ErrorKind::kCorrupt, fmt::format("two partition specs have the id {}", spec.spec_id));
    }
    for (const PartitionField& field : spec.fields) highest = std::max(highest, field.field_id);
    specs_.push_back(std::move(spec));
    return {};
  };
  if (array == nullptr) {
    CALVE_ASSIGN_OR_RETURN(const Json* fields, FindArray(json_, "partition-spec"));
    if (format_version_ > 1 || fields == nullptr) return Err(ErrorKind::kCorrupt, "it has no partition spec");
    Json spec = Json::object();
    spec["spec-id"] = 0;
    spec["fields"] = WithFieldIds(*fields);
    CALVE_RETURN_IF_ERROR(add(spec));
    default_spec_id_ = 0;
  } else {
    for (const Json& item : *array) {
      Json spec = item;
      if (format_version_ == 1 && spec.is_object() && spec.contains("fields") && spec["fields"].is_array()) {
        spec["fields"] = WithFieldIds(spec["fields"]);
      }
      CALVE_RETURN_IF_ERROR(add(spec));
    }
    if (!default_id) return Err(ErrorKind::kCorrupt, "field 'default-spec-id' is missing");
    default_spec_id_ = *default_id;
  }
  if (SpecById(default_spec_id_) == nullptr) {
    return Err(ErrorKind::kCorrupt, fmt::format("default-spec-id {} is none of its partition specs", default_spec_id_));
  }
  CALVE_ASSIGN_OR_RETURN(const std::optional<int> last, FindInt32(json_, "last-partition-id"));
  last_partition_id_ = last.value_or(highest);
  return {};
}

Status TableMetadata::IndexSortOrders() const {
  CALVE_ASSIGN_OR_RETURN(const Json* array, FindArray(json_, "sort-orders"));
  bool found = default_sort_order_id_ == 0;  // The unsorted order exists in every table.
  if (array != nullptr) {
    for (const Json& order : *array) {
      CALVE_ASSIGN_OR_RETURN(const int id, GetInt32(order, "order-id"));
      found = found || id == default_sort_order_id_;
    }
  }
  if (!found) {
    return Err(ErrorKind::kCorrupt,
               fmt::format("default-sort-order-id {} is none of its sort orders", default_sort_order_id_));
  }
  return {};
}

Status TableMetadata::IndexSnapshots() {
  CALVE_ASSIGN_OR_RETURN(const Json* array, FindArray(json_, "snapshots"));
  if (array != nullptr) {
    std::vector<int64_t> ids;
    for (const Json& item : *array) {
      CALVE_ASSIGN_OR_RETURN(Snapshot snapshot, SnapshotFromJson(item));
      if (format_version_ > 1 && snapshot.sequence_number > last_sequence_number_) {
        return Err(ErrorKind::kCorrupt,
                   fmt::format("snapshot {} has the sequence number {}, the table's last is {}", snapshot.snapshot_id,
                               snapshot.sequence_number, last_sequence_number_));
      }
      ids.push_back(snapshot.snapshot_id);
      snapshots_.push_back(std::move(snapshot));
    }
    std::sort(ids.begin(), ids.end());
    if (const auto twice = std::adjacent_find(ids.begin(), ids.end()); twice != ids.end()) {
      return Err(ErrorKind::kCorrupt, fmt::format("two snapshots have the id {}", *twice));
    }
  }
  // No snapshot is written as null, as absence, and by older writers as -1.
  CALVE_ASSIGN_OR_RETURN(current_snapshot_id_, JsonFind<int64_t>(json_, "current-snapshot-id"));
  if (current_snapshot_id_ == -1) current_snapshot_id_.reset();
  if (current_snapshot_id_ && SnapshotById(*current_snapshot_id_) == nullptr) {
    return Err(ErrorKind::kCorrupt,
               fmt::format("current-snapshot-id {} is none of its snapshots", *current_snapshot_id_));
  }
  return {};
}

Status TableMetadata::IndexRefs() {
  const Json* refs = FindMember(json_, "refs");
  if (refs == nullptr) return {};
  if (!refs->is_object()) return Err(ErrorKind::kCorrupt, "field 'refs' is not an object");
  for (const auto& [name, ref] : refs->items()) {
    CALVE_ASSIGN_OR_RETURN(const int64_t id, JsonGet<int64_t>(ref, "snapshot-id"));
    if (SnapshotById(id) == nullptr) {
      return Err(ErrorKind::kCorrupt, fmt::format("ref '{}' points to snapshot {}, which it does not have", name, id));
    }
    if (name == "main" && current_snapshot_id_ != id) {
      return Err(ErrorKind::kCorrupt,
                 fmt::format("ref 'main' points to snapshot {}, but current-snapshot-id is {}", id,
                             current_snapshot_id_ ? std::to_string(*current_snapshot_id_) : "not set"));
    }
  }
  return {};
}

const Schema& TableMetadata::schema() const { return *SchemaById(current_schema_id_); }

const Schema* TableMetadata::SchemaById(int id) const { return FindId(schemas_, id, &Schema::schema_id); }

const PartitionSpec& TableMetadata::spec() const { return *SpecById(default_spec_id_); }

const PartitionSpec* TableMetadata::SpecById(int id) const { return FindId(specs_, id, &PartitionSpec::spec_id); }

std::string TableMetadata::Property(std::string_view key, std::string_view fallback) const {
  const auto it = properties_.find(std::string(key));
  return it == properties_.end() ? std::string(fallback) : it->second;
}

const Snapshot* TableMetadata::current_snapshot() const {
  return current_snapshot_id_ ? SnapshotById(*current_snapshot_id_) : nullptr;
}

const Snapshot* TableMetadata::SnapshotById(int64_t id) const { return FindId(snapshots_, id, &Snapshot::snapshot_id); }

std::optional<int64_t> TableMetadata::RefSnapshotId(std::string_view ref) const {
  if (ref == "main") return current_snapshot_id_;
  const Json* refs = FindMember(json_, "refs");
  const Json* found = refs == nullptr ? nullptr : FindMember(*refs, ref);
  if (found == nullptr) return std::nullopt;
  return JsonFind<int64_t>(*found, "snapshot-id").value_or(std::nullopt);
}

}  // namespace calve::iceberg
