// Partition specs as JSON (spec: Appendix C, "Partition Specs").
#include <limits>
#include <set>

#include "iceberg/partition.h"

namespace calve::iceberg {
namespace {

constexpr int kFirstPartitionFieldId = 1000;

Result<int> GetId(const Json& json, std::string_view key) {
  CALVE_ASSIGN_OR_RETURN(const int64_t value, JsonGet<int64_t>(json, key));
  if (value < 0 || value > std::numeric_limits<int>::max()) {
    return Err(ErrorKind::kCorrupt, "field '" + std::string(key) + "' is out of range");
  }
  return static_cast<int>(value);
}

Result<PartitionField> FieldFromJson(const Json& json, int default_id) {
  PartitionField field;
  CALVE_ASSIGN_OR_RETURN(field.name, JsonGet<std::string>(json, "name"));
  CALVE_ASSIGN_OR_RETURN(const std::string transform, JsonGet<std::string>(json, "transform"));
  field.transform = ParseTransform(transform);
  field.field_id = default_id;
  if (json.contains("field-id")) {
    CALVE_ASSIGN_OR_RETURN(field.field_id, GetId(json, "field-id"));
  }
  const auto many = json.find("source-ids");
  if (!json.contains("source-id") && many != json.end() && many->is_array() && !many->empty()) {
    // Version 3 may name several sources. Of one it is the same as source-id; a transform of more is none that we know.
    CALVE_ASSIGN_OR_RETURN(field.source_id, GetId(Json{{"source-id", (*many)[0]}}, "source-id"));
    if (many->size() > 1) field.transform = Transform{TransformKind::kUnknown, 0, transform};
    return field;
  }
  CALVE_ASSIGN_OR_RETURN(field.source_id, GetId(json, "source-id"));
  return field;
}

}  // namespace

Json PartitionFieldsToJson(const PartitionSpec& spec) {
  Json fields = Json::array();
  for (const PartitionField& field : spec.fields) {
    fields.push_back({{"source-id", field.source_id},
                      {"field-id", field.field_id},
                      {"name", field.name},
                      {"transform", TransformToString(field.transform)}});
  }
  return fields;
}

Json PartitionSpecToJson(const PartitionSpec& spec) {
  return {{"spec-id", spec.spec_id}, {"fields", PartitionFieldsToJson(spec)}};
}

Result<std::vector<PartitionField>> PartitionFieldsFromJson(const Json& json) {
  if (!json.is_array()) return Err(ErrorKind::kCorrupt, "a partition spec's fields must be an array");
  std::vector<PartitionField> fields;
  std::set<int> ids;
  for (const Json& item : json) {
    const int default_id = kFirstPartitionFieldId + static_cast<int>(fields.size());
    auto field = FieldFromJson(item, default_id);
    if (!field) return WithContext(std::move(field).error(), "partition field " + std::to_string(fields.size() + 1));
    if (!ids.insert(field->field_id).second) {
      return Err(ErrorKind::kCorrupt, "two partition fields have the id " + std::to_string(field->field_id));
    }
    fields.push_back(*std::move(field));
  }
  return fields;
}

Result<PartitionSpec> PartitionSpecFromJson(const Json& json) {
  PartitionSpec spec;
  CALVE_ASSIGN_OR_RETURN(spec.spec_id, GetId(json, "spec-id"));
  CALVE_ASSIGN_OR_RETURN(const Json fields, JsonGet<Json>(json, "fields"));
  CALVE_ASSIGN_OR_RETURN(spec.fields, PartitionFieldsFromJson(fields));
  return spec;
}

}  // namespace calve::iceberg
