// Metadata of a table that is about to be created, with the members that the reference implementations write.
#include <fmt/format.h>

#include <map>
#include <set>

#include "iceberg/metadata_json.h"
#include "iceberg/table_metadata.h"

namespace calve::iceberg {
namespace {

Status CheckWritable(const std::vector<Field>& fields) {
  std::set<std::string_view> names;
  for (const Field& field : fields) {
    if (field.name.empty()) return Err(ErrorKind::kInvalidArgument, "a column has an empty name");
    if (!names.insert(field.name).second) {
      return Err(ErrorKind::kInvalidArgument, fmt::format("two columns are named '{}'", field.name));
    }
    if (field.type.id == TypeId::kOther) {
      return Err(ErrorKind::kInvalidArgument,
                 fmt::format("column '{}' has the type {}, which tables of format version 1 and 2 cannot hold",
                             field.name, TypeToString(field.type)));
    }
    CALVE_RETURN_IF_ERROR(CheckWritable(field.type.fields));
  }
  return {};
}

void CollectIds(const std::vector<Field>& before, const std::vector<Field>& after, std::map<int, int>& fresh) {
  for (size_t i = 0; i < before.size(); ++i) {
    fresh[before[i].id] = after[i].id;
    CollectIds(before[i].type.fields, after[i].type.fields, fresh);
  }
}

/// The schema with id 0 and fresh column ids; identifier columns follow their columns.
Result<Schema> FreshSchema(const Schema& wanted, int* last_id) {
  CALVE_RETURN_IF_ERROR(CheckWritable(wanted.fields));
  Schema schema = wanted;
  schema.schema_id = 0;
  AssignFreshIds(schema.fields, last_id);
  std::map<int, int> fresh;
  CollectIds(wanted.fields, schema.fields, fresh);
  for (int& id : schema.identifier_field_ids) {
    const auto it = fresh.find(id);
    if (it == fresh.end()) {
      return Err(ErrorKind::kInvalidArgument, fmt::format("identifier column id {} is not in the schema", id));
    }
    id = it->second;
  }
  return schema;
}

Result<PartitionSpec> MakeSpec(const std::vector<std::string>& terms, const Schema& schema) {
  PartitionSpec spec;
  for (const std::string& term : terms) {
    const int field_id = 1000 + static_cast<int>(spec.fields.size());
    CALVE_ASSIGN_OR_RETURN(PartitionField field, ParsePartitionTerm(term, schema, field_id));
    for (const PartitionField& other : spec.fields) {
      if (other.name == field.name) {
        return Err(ErrorKind::kInvalidArgument,
                   fmt::format("partition term '{}': there is a partition field '{}' already", term, field.name));
      }
    }
    const Field* column = schema.FindByName(field.name);
    if (column != nullptr && (field.transform.kind != TransformKind::kIdentity || column->id != field.source_id)) {
      return Err(ErrorKind::kInvalidArgument,
                 fmt::format("partition term '{}' needs the name '{}', which a column has; rename the column", term,
                             field.name));
    }
    spec.fields.push_back(std::move(field));
  }
  return spec;
}

}  // namespace

Result<TableMetadata> MakeTableMetadata(const NewTable& table, Clock& clock, Rng& rng) {
  if (table.format_version != 1 && table.format_version != 2) {
    return Err(ErrorKind::kInvalidArgument,
               fmt::format("tables are created with format version 1 or 2, not {}", table.format_version));
  }
  std::string location = table.location;
  while (location.size() > 1 && location.ends_with('/')) location.pop_back();
  if (location.empty()) return Err(ErrorKind::kInvalidArgument, "a new table needs a location");
  int last_column_id = 0;
  CALVE_ASSIGN_OR_RETURN(const Schema schema, FreshSchema(table.schema, &last_column_id));
  CALVE_ASSIGN_OR_RETURN(const PartitionSpec spec, MakeSpec(table.partition_terms, schema));
  const bool v1 = table.format_version == 1;

  Json json = Json::object();
  json["format-version"] = table.format_version;
  json["table-uuid"] = NewUuid(rng);
  json["location"] = location;
  if (!v1) json["last-sequence-number"] = 0;
  json["last-updated-ms"] = ToMillis(clock.Now());
  json["last-column-id"] = last_column_id;
  if (v1) json["schema"] = SchemaToJson(schema);
  json["current-schema-id"] = 0;
  json["schemas"] = Json::array({SchemaToJson(schema)});
  if (v1) json["partition-spec"] = PartitionFieldsToJson(spec);
  json["default-spec-id"] = 0;
  json["partition-specs"] = Json::array({PartitionSpecToJson(spec)});
  json["last-partition-id"] = 999 + static_cast<int>(spec.fields.size());
  json["default-sort-order-id"] = 0;
  json["sort-orders"] = Json::array({Json{{"order-id", 0}, {"fields", Json::array()}}});
  json["properties"] = Json(table.properties);
  if (table.properties.empty()) json["properties"] = Json::object();
  // Older readers want the member, and know "none" as -1 only; every reader takes that.
  json["current-snapshot-id"] = -1;
  json["refs"] = Json::object();
  for (const char* list : {"snapshots", "statistics", "partition-statistics", "snapshot-log", "metadata-log"}) {
    json[list] = Json::array();
  }
  if (auto text = DumpJson(json, "the new table's metadata"); !text) return std::unexpected(std::move(text).error());
  return TableMetadata::FromJson(std::move(json), "of the new table " + location);
}

}  // namespace calve::iceberg
