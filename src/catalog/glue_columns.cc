#include "catalog/glue_columns.h"

#include <fmt/format.h>

#include <set>

#include "catalog/json_members.h"

namespace calve::catalog {
namespace {

using iceberg::Field;
using iceberg::Type;
using iceberg::TypeId;

constexpr const char* kFieldId = "iceberg.field.id";
constexpr size_t kMaxCommentCharacters = 255;  // Glue refuses longer ones, and control characters.

std::string Children(const Type& type, bool named) {
  std::string text;
  for (const Field& field : type.fields) {
    if (!text.empty()) text += ',';
    if (named) text += field.name + ':';
    text += GlueType(field.type);
  }
  return text;
}

std::string Comment(std::string_view doc) {
  std::string text;
  size_t characters = 0;
  for (const char c : doc) {
    const auto byte = static_cast<unsigned char>(c);
    const bool starts_character = (byte & 0xC0U) != 0x80U;
    if (starts_character && ++characters > kMaxCommentCharacters) break;
    text += (byte < 0x20 && c != '\t') || byte == 0x7f ? ' ' : c;
  }
  return text;
}

/// The column of that name, or null.
const Json* FindColumn(const Json& columns, const std::string& name) {
  for (const Json& column : columns) {
    if (TextOf(column, "Name") == name) return &column;
  }
  return nullptr;
}

/// False when the column there is another field's, which was dropped or renamed away.
bool IsSameField(const Json& column, const std::string& id) {
  const std::string found = TextOf(MemberOf(column, "Parameters"), kFieldId);
  return found.empty() || found == id;  // Without an id it is not ours, but of that name.
}

Json Column(const Field& field, bool current, const Json& existing) {
  const std::string id = std::to_string(field.id);
  const Json* before = FindColumn(existing, field.name);
  Json column = before != nullptr && IsSameField(*before, id) ? *before : Json::object();
  column["Name"] = field.name;
  column["Type"] = GlueType(field.type);
  if (!field.doc.empty()) column["Comment"] = Comment(field.doc);
  Json& parameters = column["Parameters"];
  if (!parameters.is_object()) parameters = Json::object();
  parameters[kFieldId] = id;
  parameters["iceberg.field.optional"] = field.required ? "false" : "true";
  parameters["iceberg.field.current"] = current ? "true" : "false";
  return column;
}

}  // namespace

std::string GlueType(const Type& type) {
  switch (type.id) {
    case TypeId::kBoolean:
      return "boolean";
    case TypeId::kInt:
      return "int";
    case TypeId::kLong:
      return "bigint";
    case TypeId::kFloat:
      return "float";
    case TypeId::kDouble:
      return "double";
    case TypeId::kDecimal:
      return fmt::format("decimal({},{})", type.precision, type.scale);
    case TypeId::kDate:
      return "date";
    case TypeId::kTimestamp:
    case TypeId::kTimestampTz:
      return "timestamp";
    case TypeId::kTime:
    case TypeId::kString:
    case TypeId::kUuid:
      return "string";
    case TypeId::kFixed:
    case TypeId::kBinary:
      return "binary";
    case TypeId::kStruct:
      return fmt::format("struct<{}>", Children(type, true));
    case TypeId::kList:
      return fmt::format("array<{}>", Children(type, false));
    case TypeId::kMap:
      return fmt::format("map<{}>", Children(type, false));
    case TypeId::kOther:
      return type.other.is_string() ? type.other.get<std::string>() : "string";
  }
  return "string";
}

Json GlueColumns(const iceberg::TableMetadata& metadata, const Json& existing) {
  Json columns = Json::array();
  std::set<std::string> names;
  const auto add = [&](const iceberg::Schema& schema, bool current) {
    for (const Field& field : schema.fields) {
      if (names.insert(field.name).second) columns.push_back(Column(field, current, existing));
    }
  };
  add(metadata.schema(), true);
  for (const Json& json : ListOf(metadata.json(), "schemas")) {
    const Json& id = MemberOf(json, "schema-id");
    const iceberg::Schema* schema = metadata.SchemaById(id.is_number_integer() ? id.get<int>() : 0);
    if (schema != nullptr && schema->schema_id != metadata.schema().schema_id) add(*schema, false);
  }
  return columns;
}

}  // namespace calve::catalog
