// Schema evolution: builds the change that adds or widens columns. The new schema is the old one's JSON, patched.
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "iceberg/metadata_json.h"
#include "iceberg/table_metadata.h"

namespace calve::iceberg {
namespace {

Status CheckTypes(const Type& type, std::string_view column) {
  if (type.id == TypeId::kOther) {
    return Err(ErrorKind::kInvalidArgument,
               fmt::format("column '{}': the type {} cannot be written", column, TypeToString(type)));
  }
  for (const Field& child : type.fields) CALVE_RETURN_IF_ERROR(CheckTypes(child.type, column));
  return {};
}

int CountFields(const std::vector<Field>& fields) {
  int count = 0;
  for (const Field& field : fields) count += 1 + CountFields(field.type.fields);
  return count;
}

/// The current schema's JSON as the document has it.
Json CurrentSchemaJson(const TableMetadata& base) {
  const int id = base.schema().schema_id;
  if (const Json* schemas = FindMember(base.json(), "schemas"); schemas != nullptr && schemas->is_array()) {
    for (const Json& schema : *schemas) {
      if (FindInt32(schema, "schema-id").value_or(std::nullopt).value_or(0) == id) return Json(schema);
    }
  }
  const Json* single = FindMember(base.json(), "schema");
  return single == nullptr ? SchemaToJson(base.schema()) : Json(*single);
}

TableChange ReplaceSchema(const TableMetadata& base, Json schema, int last_column_id) {
  TableChange change;
  if (!base.uuid().empty()) change.requirements.push_back({{"type", "assert-table-uuid"}, {"uuid", base.uuid()}});
  change.requirements.push_back({{"type", "assert-current-schema-id"}, {"current-schema-id", base.schema().schema_id}});
  change.requirements.push_back(
      {{"type", "assert-last-assigned-field-id"}, {"last-assigned-field-id", base.last_column_id()}});
  change.updates.push_back(
      {{"action", "add-schema"}, {"schema", std::move(schema)}, {"last-column-id", last_column_id}});
  change.updates.push_back({{"action", "set-current-schema"}, {"schema-id", -1}});
  return change;
}

}  // namespace

Result<TableChange> AddColumns(const TableMetadata& base, const std::vector<Field>& columns) {
  if (columns.empty()) return Err(ErrorKind::kInvalidArgument, "there are no columns to add");
  std::vector<Field> added = columns;
  int last_id = std::max(base.last_column_id(), base.schema().HighestFieldId());
  if (last_id > std::numeric_limits<int>::max() - CountFields(added)) {
    return Err(ErrorKind::kInvalidArgument, "the table has no column ids left");
  }
  AssignFreshIds(added, &last_id);
  Json schema = CurrentSchemaJson(base);
  for (size_t i = 0; i < added.size(); ++i) {
    Field& field = added[i];
    const bool twice = std::any_of(added.begin(), added.begin() + static_cast<std::ptrdiff_t>(i),
                                   [&](const Field& other) { return other.name == field.name; });
    if (field.name.empty()) return Err(ErrorKind::kInvalidArgument, "a column to add has an empty name");
    if (twice || base.schema().FindByName(field.name) != nullptr) {
      return Err(ErrorKind::kInvalidArgument, fmt::format("there is a column '{}' already", field.name));
    }
    CALVE_RETURN_IF_ERROR(CheckTypes(field.type, field.name));
    field.required = false;  // The rows that are there have no value for it.
    Schema one;
    one.fields.push_back(field);
    schema["fields"].push_back(SchemaToJson(one)["fields"][0]);
  }
  return ReplaceSchema(base, std::move(schema), last_id);
}

Result<TableChange> PromoteColumn(const TableMetadata& base, std::string_view column, const Type& to) {
  const Field* field = base.schema().FindByName(column);
  if (field == nullptr) return Err(ErrorKind::kNotFound, fmt::format("the table has no column '{}'", column));
  if (field->type.is_nested() || !IsPromotable(field->type, to)) {
    return Err(ErrorKind::kInvalidArgument,
               fmt::format("column '{}' is {}, which cannot be widened to {}; int to long, float to double and decimal "
                           "to one of more digits and the same scale can",
                           column, TypeToString(field->type), TypeToString(to)));
  }
  Json schema = CurrentSchemaJson(base);
  for (Json& item : schema["fields"]) {
    if (item["id"] == field->id) item["type"] = TypeToJson(to);
  }
  return ReplaceSchema(base, std::move(schema), base.last_column_id());
}

}  // namespace calve::iceberg
