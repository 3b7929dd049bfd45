#include "iceberg/update_apply.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/whole_number.h"
#include "iceberg/metadata_json.h"

namespace calve::iceberg {
namespace {

std::optional<int64_t> IdOf(const Json& item, std::string_view key) {
  return JsonFind<int64_t>(item, key).value_or(std::nullopt);
}

/// The item of `list` whose member `key` is `id`, or null.
const Json* FindItem(const Json* list, std::string_view key, int64_t id) {
  if (list == nullptr) return nullptr;
  for (const Json& item : *list) {
    if (IdOf(item, key) == id) return &item;
  }
  return nullptr;
}

Status Invalid(std::string message) { return Err(ErrorKind::kInvalidArgument, std::move(message)); }

Result<const Json*> Required(const Json& update, std::string_view key) {
  const Json* member = FindMember(update, key);
  if (member == nullptr) return Err(ErrorKind::kInvalidArgument, fmt::format("field '{}' is missing", key));
  return member;
}

}  // namespace

UpdateApplier::UpdateApplier(const TableMetadata& base, int64_t now_ms)
    : base_(base),
      json_(base.json()),
      format_version_(base.format_version()),
      now_ms_(std::max(now_ms, base.last_updated_ms())),
      last_updated_ms_(now_ms_),
      last_column_id_(base.last_column_id()),
      last_partition_id_(base.last_partition_id()),
      main_before_(base.RefSnapshotId("main")),
      main_now_(main_before_) {}

Status UpdateApplier::Apply(const Json& update) {
  CALVE_RETURN_IF_ERROR(CheckValueDepth(update, "update"));
  CALVE_ASSIGN_OR_RETURN(const std::string action, JsonGet<std::string>(update, "action"));
  if (action == "assign-uuid") return AssignUuid(update);
  if (action == "upgrade-format-version") return UpgradeFormatVersion(update);
  if (action == "add-schema") return AddSchema(update);
  if (action == "set-current-schema") return SetCurrentSchema(update);
  if (action == "add-spec") return AddSpec(update);
  if (action == "set-default-spec") return SetDefaultSpec(update);
  if (action == "add-snapshot") return AddSnapshot(update);
  if (action == "set-snapshot-ref") return SetSnapshotRef(update);
  if (action == "set-properties") return SetProperties(update);
  if (action == "remove-properties") return RemoveProperties(update);
  if (action == "set-location") return SetLocation(update);
  return Invalid(fmt::format("'{}' is not an update that this program can apply", action));
}

Json& UpdateApplier::List(std::string_view key) {
  Json& list = json_[std::string(key)];
  if (!list.is_array()) list = Json::array();
  return list;
}

/// Version 1 tables may have the single `schema` alone; the list takes it over.
void UpdateApplier::EnsureSchemaList() {
  if (FindMember(json_, "schemas") != nullptr) return;
  Json schema = json_.at("schema");
  schema["schema-id"] = base_.schema().schema_id;
  json_["schemas"] = Json::array({std::move(schema)});
  json_["current-schema-id"] = base_.schema().schema_id;
}

void UpdateApplier::EnsureSpecList() {
  if (FindMember(json_, "partition-specs") == nullptr) {
    json_["partition-specs"] = Json::array({PartitionSpecToJson(base_.spec())});
    json_["default-spec-id"] = base_.spec().spec_id;
  }
  json_["last-partition-id"] = last_partition_id_;
}

Status UpdateApplier::AssignUuid(const Json& update) {
  CALVE_ASSIGN_OR_RETURN(const std::string uuid, JsonGet<std::string>(update, "uuid"));
  const std::optional<std::string> now = JsonFind<std::string>(json_, "table-uuid").value_or(std::nullopt);
  if (uuid.empty() || now.value_or(uuid) != uuid) {
    return Invalid(fmt::format("the table's uuid is '{}', it cannot become '{}'", now.value_or(""), uuid));
  }
  json_["table-uuid"] = uuid;
  return {};
}

Status UpdateApplier::UpgradeFormatVersion(const Json& update) {
  CALVE_ASSIGN_OR_RETURN(const int version, GetInt32(update, "format-version"));
  if (version == format_version_) return {};
  if (version != 2 || format_version_ != 1) {
    return Invalid(
        fmt::format("a table of format version {} cannot be made version {}; 1 to 2 is the one upgrade there is",
                    format_version_, version));
  }
  if (FindMember(json_, "table-uuid") == nullptr) {
    return Invalid("a table without a uuid cannot be made version 2; put an assign-uuid update before");
  }
  EnsureSchemaList();
  EnsureSpecList();
  if (FindMember(json_, "sort-orders") == nullptr) {
    json_["default-sort-order-id"] = 0;
    json_["sort-orders"] = Json::array({Json{{"order-id", 0}, {"fields", Json::array()}}});
  }
  Json& specs = json_["partition-specs"];
  for (Json& spec : specs) {  // Version 2 wants the field ids that version 1 left to be counted.
    const PartitionSpec* parsed = base_.SpecById(static_cast<int>(IdOf(spec, "spec-id").value_or(0)));
    if (parsed == nullptr || !spec.contains("fields")) continue;
    Json& fields = spec["fields"];
    for (size_t i = 0; i < fields.size() && i < parsed->fields.size(); ++i) {
      if (!fields[i].contains("field-id")) fields[i]["field-id"] = parsed->fields[i].field_id;
    }
  }
  json_.erase("schema");
  json_.erase("partition-spec");
  json_["format-version"] = 2;
  json_["last-sequence-number"] = 0;
  format_version_ = 2;
  return {};
}

Status UpdateApplier::AddSnapshot(const Json& update) {
  CALVE_ASSIGN_OR_RETURN(const Json* given, Required(update, "snapshot"));
  if (format_version_ > 2) return Invalid("snapshots are added to tables of format version 1 and 2 only");
  CALVE_ASSIGN_OR_RETURN(const int64_t id, JsonGet<int64_t>(*given, "snapshot-id"));
  CALVE_ASSIGN_OR_RETURN(const int64_t timestamp_ms, JsonGet<int64_t>(*given, "timestamp-ms"));
  CALVE_ASSIGN_OR_RETURN(const std::optional<int64_t> sequence, JsonFind<int64_t>(*given, "sequence-number"));
  CALVE_ASSIGN_OR_RETURN(const std::optional<int64_t> parent, JsonFind<int64_t>(*given, "parent-snapshot-id"));
  CALVE_ASSIGN_OR_RETURN(const std::optional<int> schema_id, FindInt32(*given, "schema-id"));
  CALVE_ASSIGN_OR_RETURN(const std::string manifest_list, JsonGet<std::string>(*given, "manifest-list"));
  if (id < 0) return Invalid(fmt::format("snapshot id {} is negative", id));
  if (SnapshotById(id) != nullptr) return Invalid(fmt::format("the table has a snapshot {} already", id));
  if (parent && SnapshotById(*parent) == nullptr) {
    return Invalid(fmt::format("snapshot {}: its parent {} is not in the table", id, *parent));
  }
  const Json* schemas = FindMember(json_, "schemas");
  if (schema_id && FindItem(schemas, "schema-id", *schema_id) == nullptr &&
      (schemas != nullptr || base_.SchemaById(*schema_id) == nullptr)) {
    return Invalid(fmt::format("snapshot {}: its schema {} is not in the table", id, *schema_id));
  }
  Json snapshot = *given;
  if (format_version_ == 1) {
    if (sequence.value_or(0) != 0) return Invalid("snapshots of a version 1 table have no sequence number");
    snapshot.erase("sequence-number");
  } else {
    const int64_t last = IdOf(json_, "last-sequence-number").value_or(0);
    if (sequence.value_or(0) <= last) {
      return Invalid(fmt::format("snapshot {} has the sequence number {}, which is not above the table's last, {}", id,
                                 sequence.value_or(0), last));
    }
    json_["last-sequence-number"] = *sequence;
  }
  List("snapshots").push_back(std::move(snapshot));
  added_snapshots_.insert(id);
  last_updated_ms_ = std::max(last_updated_ms_, timestamp_ms);
  return {};
}

Status UpdateApplier::SetSnapshotRef(const Json& update) {
  CALVE_ASSIGN_OR_RETURN(const std::string name, JsonGet<std::string>(update, "ref-name"));
  CALVE_ASSIGN_OR_RETURN(const std::string type, JsonGet<std::string>(update, "type"));
  CALVE_ASSIGN_OR_RETURN(const int64_t id, JsonGet<int64_t>(update, "snapshot-id"));
  if (SnapshotById(id) == nullptr) return Invalid(fmt::format("ref '{}': snapshot {} is not in the table", name, id));
  if (type != "branch" && type != "tag") return Invalid(fmt::format("ref '{}' is of unknown type '{}'", name, type));
  if (name == "main" && type != "branch") return Invalid("ref 'main' must be a branch");
  Json& refs = json_["refs"];
  if (!refs.is_object()) refs = Json::object();
  Json& ref = refs[name];
  if (!ref.is_object()) ref = Json::object();
  if (const Json* before = FindMember(ref, "type"); before != nullptr && *before != type) {
    return Invalid(fmt::format("ref '{}' cannot become a {}", name, type));
  }
  // The rest of an existing ref, such as its retention, stays unless the update sets it.
  ref["snapshot-id"] = id;
  ref["type"] = type;
  for (const char* key : {"min-snapshots-to-keep", "max-snapshot-age-ms", "max-ref-age-ms"}) {
    if (const Json* value = FindMember(update, key)) ref[key] = *value;
  }
  if (name == "main") {
    json_["current-snapshot-id"] = id;
    main_now_ = id;
  }
  return {};
}

Status UpdateApplier::SetProperties(const Json& update) {
  CALVE_ASSIGN_OR_RETURN(const Json* given, Required(update, "updates"));
  CALVE_ASSIGN_OR_RETURN(const auto updates, ToStringMap(*given, "updates"));
  Json& properties = json_["properties"];
  if (!properties.is_object()) properties = Json::object();
  for (const auto& [key, value] : updates) properties[key] = value;
  return {};
}

Status UpdateApplier::RemoveProperties(const Json& update) {
  CALVE_ASSIGN_OR_RETURN(const Json* removals, FindArray(update, "removals"));
  if (removals == nullptr) return Invalid("field 'removals' is missing");
  Json& properties = json_["properties"];
  if (!properties.is_object()) properties = Json::object();
  for (const Json& key : *removals) {
    if (!key.is_string()) return Invalid("'removals' holds a non-string");
    properties.erase(key.get<std::string>());
  }
  return {};
}

Status UpdateApplier::SetLocation(const Json& update) {
  CALVE_ASSIGN_OR_RETURN(std::string location, JsonGet<std::string>(update, "location"));
  while (location.size() > 1 && location.ends_with('/')) location.pop_back();
  if (location.empty()) return Invalid("the location is empty");
  json_["location"] = location;
  return {};
}

const Json* UpdateApplier::SnapshotById(int64_t id) const {
  return FindItem(FindMember(json_, "snapshots"), "snapshot-id", id);
}

Status UpdateApplier::LogSnapshot() {
  if (!main_now_ || main_now_ == main_before_) return {};
  int64_t timestamp_ms = now_ms_;
  if (added_snapshots_.contains(*main_now_)) {
    timestamp_ms = IdOf(*SnapshotById(*main_now_), "timestamp-ms").value_or(now_ms_);
  }
  Json entry = Json::object();
  entry["timestamp-ms"] = timestamp_ms;
  entry["snapshot-id"] = *main_now_;
  List("snapshot-log").push_back(std::move(entry));
  return {};
}

Status UpdateApplier::LogMetadata(std::string_view base_location) {
  if (base_location.empty()) return {};
  size_t keep = 100;
  const Json* properties = FindMember(json_, "properties");
  const Json* setting =
      properties == nullptr ? nullptr : FindMember(*properties, "write.metadata.previous-versions-max");
  if (setting != nullptr && setting->is_string()) {
    const std::string& text = setting->get_ref<const std::string&>();
    const auto number = WholeNumber<size_t>(text);
    if (!number) {
      return Invalid(fmt::format("table property write.metadata.previous-versions-max is '{}', not a number", text));
    }
    keep = std::max<size_t>(*number, 1);
  }
  Json& log = List("metadata-log");
  Json entry = Json::object();
  entry["timestamp-ms"] = base_.last_updated_ms();
  entry["metadata-file"] = std::string(base_location);
  log.push_back(std::move(entry));
  if (log.size() > keep) log.erase(log.begin(), log.end() - static_cast<Json::difference_type>(keep));
  return {};
}

Result<Json> UpdateApplier::Finish(std::string_view base_location) && {
  CALVE_RETURN_IF_ERROR(LogSnapshot());
  CALVE_RETURN_IF_ERROR(LogMetadata(base_location));
  json_["last-updated-ms"] = last_updated_ms_;
  return std::move(json_);
}

Result<TableMetadata> ApplyUpdates(const TableMetadata& base, std::string_view base_location,
                                   const std::vector<Json>& updates, Clock& clock) {
  UpdateApplier applier(base, ToMillis(clock.Now()));
  // Whatever is wrong here is wrong with the change: `base` was checked when it was parsed.
  const auto invalid = [](Error error, std::string_view context) {
    if (error.kind == ErrorKind::kCorrupt) error.kind = ErrorKind::kInvalidArgument;
    return WithContext(std::move(error), context);
  };
  for (size_t i = 0; i < updates.size(); ++i) {
    if (auto status = applier.Apply(updates[i]); !status) {
      const auto action = JsonFind<std::string>(updates[i], "action").value_or(std::nullopt);
      return invalid(std::move(status).error(), fmt::format("update {} ({})", i + 1, action.value_or("?")));
    }
  }
  CALVE_ASSIGN_OR_RETURN(Json json, std::move(applier).Finish(base_location));
  if (auto text = DumpJson(json, "the changed metadata"); !text) return std::unexpected(std::move(text).error());
  auto changed = TableMetadata::FromJson(std::move(json), "after the change");
  if (!changed) return invalid(std::move(changed).error(), "the change makes invalid metadata");
  return *std::move(changed);
}

}  // namespace calve::iceberg
