// The updates of schemas and partition specs: equal ones are used again, new ones get the next id.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "iceberg/metadata_json.h"
#include "iceberg/update_apply.h"

namespace calve::iceberg {
namespace {

std::optional<int> IdOf(const Json& item, std::string_view key) { return FindInt32(item, key).value_or(std::nullopt); }

Result<int> NextId(const Json& list, std::string_view key) {
  int64_t next = 0;
  for (const Json& item : list) next = std::max(next, int64_t{IdOf(item, key).value_or(-1)} + 1);
  if (!std::in_range<int>(next)) return Err(ErrorKind::kInvalidArgument, fmt::format("no '{}' is left", key));
  return static_cast<int>(next);
}

const Json* FindItem(const Json& list, std::string_view key, int id) {
  const auto it = std::find_if(list.begin(), list.end(), [&](const Json& item) { return IdOf(item, key) == id; });
  return it == list.end() ? nullptr : &*it;
}

bool SameSchema(Schema a, const Schema& b) {
  a.schema_id = b.schema_id;
  return a.fields == b.fields && a.identifier_field_ids == b.identifier_field_ids && a.extra == b.extra;
}

/// -1 stands for what this change added last.
Result<int> Resolve(const Json& update, std::string_view key, const std::optional<int>& last_added) {
  CALVE_ASSIGN_OR_RETURN(const int id, GetInt32(update, key));
  if (id != -1) return id;
  if (!last_added) {
    return Err(ErrorKind::kInvalidArgument, fmt::format("'{}' -1 means the last added one, but none was added", key));
  }
  return *last_added;
}

}  // namespace

Status UpdateApplier::AddSchema(const Json& update) {
  const Json* given = FindMember(update, "schema");
  if (given == nullptr) return Err(ErrorKind::kInvalidArgument, "field 'schema' is missing");
  CALVE_ASSIGN_OR_RETURN(const Schema schema, SchemaFromJson(*given));
  CALVE_ASSIGN_OR_RETURN(const std::optional<int> stated_last, FindInt32(update, "last-column-id"));
  EnsureSchemaList();
  last_column_id_ = std::max({last_column_id_, schema.HighestFieldId(), stated_last.value_or(0)});
  json_["last-column-id"] = last_column_id_;
  Json& schemas = json_["schemas"];
  for (const Json& item : schemas) {
    CALVE_ASSIGN_OR_RETURN(const Schema existing, SchemaFromJson(item));
    if (SameSchema(schema, existing)) {
      last_added_schema_ = existing.schema_id;
      return {};
    }
  }
  CALVE_ASSIGN_OR_RETURN(const int id, NextId(schemas, "schema-id"));
  Json added = *given;
  added["schema-id"] = id;
  schemas.push_back(std::move(added));
  last_added_schema_ = id;
  return {};
}

Status UpdateApplier::SetCurrentSchema(const Json& update) {
  CALVE_ASSIGN_OR_RETURN(const int id, Resolve(update, "schema-id", last_added_schema_));
  EnsureSchemaList();
  const Json* schema = FindItem(json_["schemas"], "schema-id", id);
  if (schema == nullptr) return Err(ErrorKind::kInvalidArgument, fmt::format("the table has no schema {}", id));
  json_["current-schema-id"] = id;
  if (format_version_ == 1) json_["schema"] = Json(*schema);
  return {};
}

/// Gives ids to the fields that have none: the one that an earlier spec has for the same source and transform, so that
/// their values stay comparable, else the next.
Status UpdateApplier::AssignPartitionFieldIds(Json& fields, int* last_partition_id) {
  for (Json& field : fields) {
    if (!field.is_object() || FindMember(field, "field-id") != nullptr) continue;
    CALVE_ASSIGN_OR_RETURN(const int source, GetInt32(field, "source-id"));
    CALVE_ASSIGN_OR_RETURN(const std::string transform, JsonGet<std::string>(field, "transform"));
    std::optional<int> found;
    for (const PartitionSpec& spec : base_.specs()) {
      for (const PartitionField& known : spec.fields) {
        const bool same = known.source_id == source && TransformToString(known.transform) == transform;
        const bool taken = std::any_of(fields.begin(), fields.end(),
                                       [&](const Json& other) { return IdOf(other, "field-id") == known.field_id; });
        if (same && !taken && format_version_ > 1) found = known.field_id;
      }
    }
    if (!found) {
      if (*last_partition_id >= 2147483647) return Err(ErrorKind::kInvalidArgument, "no partition field id is left");
      found = ++*last_partition_id;
    }
    field["field-id"] = *found;
  }
  return {};
}

Status UpdateApplier::AddSpec(const Json& update) {
  const Json* given = FindMember(update, "spec");
  if (given == nullptr) return Err(ErrorKind::kInvalidArgument, "field 'spec' is missing");
  CALVE_ASSIGN_OR_RETURN(const Json* given_fields, FindArray(*given, "fields"));
  if (given_fields == nullptr) return Err(ErrorKind::kInvalidArgument, "a partition spec has no 'fields'");
  EnsureSchemaList();
  EnsureSpecList();
  int last_partition_id = last_partition_id_;
  Json added = *given;
  CALVE_RETURN_IF_ERROR(AssignPartitionFieldIds(added["fields"], &last_partition_id));
  Json& specs = json_["partition-specs"];
  CALVE_ASSIGN_OR_RETURN(const int id, NextId(specs, "spec-id"));
  added["spec-id"] = id;
  CALVE_ASSIGN_OR_RETURN(const PartitionSpec spec, PartitionSpecFromJson(added));
  const Json* current = FindItem(json_["schemas"], "schema-id", IdOf(json_, "current-schema-id").value_or(0));
  CALVE_ASSIGN_OR_RETURN(const Schema schema, SchemaFromJson(current == nullptr ? Json() : *current));
  for (size_t i = 0; i < spec.fields.size(); ++i) {
    const PartitionField& field = spec.fields[i];
    if (schema.FindById(field.source_id) == nullptr && field.transform.kind != TransformKind::kVoid) {
      return Err(ErrorKind::kInvalidArgument,
                 fmt::format("partition field '{}': the current schema has no column {}", field.name, field.source_id));
    }
    for (size_t j = 0; j < i; ++j) {
      if (spec.fields[j].name == field.name || spec.fields[j].field_id == field.field_id) {
        return Err(ErrorKind::kInvalidArgument, fmt::format("partition field '{}' is there twice", field.name));
      }
    }
    last_partition_id = std::max(last_partition_id, field.field_id);
  }
  for (const Json& item : specs) {
    const auto existing = PartitionSpecFromJson(item);
    if (existing && existing->fields == spec.fields) {
      last_added_spec_ = existing->spec_id;
      return {};
    }
  }
  specs.push_back(std::move(added));
  last_added_spec_ = id;
  last_partition_id_ = last_partition_id;
  json_["last-partition-id"] = last_partition_id_;
  return {};
}

Status UpdateApplier::SetDefaultSpec(const Json& update) {
  CALVE_ASSIGN_OR_RETURN(const int id, Resolve(update, "spec-id", last_added_spec_));
  EnsureSpecList();
  const Json* spec = FindItem(json_["partition-specs"], "spec-id", id);
  if (spec == nullptr) return Err(ErrorKind::kInvalidArgument, fmt::format("the table has no partition spec {}", id));
  json_["default-spec-id"] = id;
  if (format_version_ == 1) {
    const Json* fields = FindMember(*spec, "fields");
    json_["partition-spec"] = fields == nullptr ? Json::array() : Json(*fields);
  }
  return {};
}

}  // namespace calve::iceberg
