// Schemas and types as JSON (spec: Appendix C, "Schemas"). Members that the spec does not name are kept: those of a
// field in Field::extra, those of a nested type in Type::other, those of a schema in Schema::extra.
#include <fmt/format.h>

#include <array>
#include <charconv>
#include <set>
#include <string>

#include "iceberg/metadata_json.h"
#include "iceberg/schema.h"

namespace calve::iceberg {
namespace {

constexpr int kMaxTypeDepth = 60;

struct PrimitiveName {
  TypeId id;
  std::string_view text;
};

constexpr std::array<PrimitiveName, 12> kPrimitives{{{TypeId::kBoolean, "boolean"},
                                                     {TypeId::kInt, "int"},
                                                     {TypeId::kLong, "long"},
                                                     {TypeId::kFloat, "float"},
                                                     {TypeId::kDouble, "double"},
                                                     {TypeId::kDate, "date"},
                                                     {TypeId::kTime, "time"},
                                                     {TypeId::kTimestamp, "timestamp"},
                                                     {TypeId::kTimestampTz, "timestamptz"},
                                                     {TypeId::kString, "string"},
                                                     {TypeId::kUuid, "uuid"},
                                                     {TypeId::kBinary, "binary"}}};

/// Reads a non-negative integer with blanks around it and removes it from `text`.
bool TakeInt(std::string_view& text, int& value) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || value < 0) return false;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  while (text.starts_with(' ')) text.remove_prefix(1);
  return true;
}

bool Take(std::string_view& text, std::string_view token) {
  if (!text.starts_with(token)) return false;
  text.remove_prefix(token.size());
  return true;
}

Result<Type> PrimitiveFromText(const std::string& text) {
  for (const PrimitiveName& primitive : kPrimitives) {
    if (primitive.text == text) {
      Type type;
      type.id = primitive.id;
      return type;
    }
  }
  Type type;
  std::string_view rest = text;
  if (Take(rest, "decimal(")) {
    type.id = TypeId::kDecimal;
    if (!TakeInt(rest, type.precision) || !Take(rest, ",") || !TakeInt(rest, type.scale) || rest != ")" ||
        type.precision < 1 || type.precision > 38 || type.scale > type.precision) {
      return Err(ErrorKind::kCorrupt, fmt::format("'{}' is not a decimal(P, S) with 1 <= P <= 38, 0 <= S <= P", text));
    }
  } else if (Take(rest, "fixed[")) {
    type.id = TypeId::kFixed;
    if (!TakeInt(rest, type.length) || rest != "]" || type.length < 1) {
      return Err(ErrorKind::kCorrupt, fmt::format("'{}' is not a fixed[L] with L >= 1", text));
    }
  } else {
    type.id = TypeId::kOther;
    type.other = text;
  }
  return type;
}

/// The members of `object` that are not in `known`; a null Json when there are none.
Json Unknown(const Json& object, std::initializer_list<std::string_view> known) {
  Json extra;
  for (const auto& [key, value] : object.items()) {
    if (std::find(known.begin(), known.end(), key) == known.end()) extra[key] = value;
  }
  return extra;
}

void Append(Json& object, const Json& extra) {
  if (!extra.is_object()) return;
  for (const auto& [key, value] : extra.items()) object[key] = value;
}

Result<Type> ParseType(const Json& json, int depth);

Result<std::vector<Field>> ParseFields(const Json& json, int depth) {
  CALVE_ASSIGN_OR_RETURN(const Json* array, FindArray(json, "fields"));
  if (array == nullptr) return Err(ErrorKind::kCorrupt, "a struct has no 'fields'");
  std::vector<Field> fields;
  std::set<std::string_view> names;
  fields.reserve(array->size());
  for (const Json& item : *array) {
    Field field;
    CALVE_ASSIGN_OR_RETURN(field.id, GetInt32(item, "id"));
    CALVE_ASSIGN_OR_RETURN(field.name, JsonGet<std::string>(item, "name"));
    const auto context = [&](Error error) { return WithContext(std::move(error), "column '" + field.name + "'"); };
    auto required = JsonGet<bool>(item, "required");
    if (!required) return context(std::move(required).error());
    field.required = *required;
    auto doc = JsonFind<std::string>(item, "doc");
    if (!doc) return context(std::move(doc).error());
    field.doc = std::move(*doc).value_or("");
    const Json* type_json = FindMember(item, "type");
    if (type_json == nullptr) return context({ErrorKind::kCorrupt, "field 'type' is missing"});
    auto type = ParseType(*type_json, depth);
    if (!type) return context(std::move(type).error());
    field.type = *std::move(type);
    field.extra = Unknown(item, {"id", "name", "required", "type", "doc"});
    fields.push_back(std::move(field));
  }
  for (const Field& field : fields) {
    if (!names.insert(field.name).second) {
      return Err(ErrorKind::kCorrupt, fmt::format("two columns are named '{}'", field.name));
    }
  }
  return fields;
}

Result<Field> ParseChild(const Json& json, const std::string& name, bool always_required, int depth) {
  Field field;
  field.name = name;
  CALVE_ASSIGN_OR_RETURN(field.id, GetInt32(json, name + "-id"));
  field.required = always_required;
  if (!always_required) {
    CALVE_ASSIGN_OR_RETURN(field.required, JsonGet<bool>(json, name + "-required"));
  }
  const Json* type = FindMember(json, name);
  if (type == nullptr) return Err(ErrorKind::kCorrupt, fmt::format("field '{}' of a nested type is missing", name));
  CALVE_ASSIGN_OR_RETURN(field.type, ParseType(*type, depth));
  return field;
}

Result<Type> ParseType(const Json& json, int depth) {
  if (depth > kMaxTypeDepth) {
    return Err(ErrorKind::kCorrupt, fmt::format("a type is nested deeper than {} levels", kMaxTypeDepth));
  }
  if (json.is_string()) return PrimitiveFromText(json.get_ref<const std::string&>());
  CALVE_ASSIGN_OR_RETURN(const std::string name, JsonGet<std::string>(json, "type"));
  Type type;
  if (name == "struct") {
    type.id = TypeId::kStruct;
    CALVE_ASSIGN_OR_RETURN(type.fields, ParseFields(json, depth + 1));
    type.other = Unknown(json, {"type", "fields"});
  } else if (name == "list") {
    type.id = TypeId::kList;
    CALVE_ASSIGN_OR_RETURN(Field element, ParseChild(json, "element", false, depth + 1));
    type.fields.push_back(std::move(element));
    type.other = Unknown(json, {"type", "element-id", "element", "element-required"});
  } else if (name == "map") {
    type.id = TypeId::kMap;
    CALVE_ASSIGN_OR_RETURN(Field key, ParseChild(json, "key", true, depth + 1));
    CALVE_ASSIGN_OR_RETURN(Field value, ParseChild(json, "value", false, depth + 1));
    type.fields.push_back(std::move(key));
    type.fields.push_back(std::move(value));
    type.other = Unknown(json, {"type", "key-id", "key", "value-id", "value", "value-required"});
  } else {
    type.id = TypeId::kOther;
    type.other = json;
  }
  return type;
}

Status CheckIds(const std::vector<Field>& fields, std::set<int>& seen) {
  for (const Field& field : fields) {
    if (!seen.insert(field.id).second) {
      return Err(ErrorKind::kCorrupt, fmt::format("two columns have the id {}, one is '{}'", field.id, field.name));
    }
    CALVE_RETURN_IF_ERROR(CheckIds(field.type.fields, seen));
  }
  return {};
}

/// A list's or map's child; an empty field when a caller built the type without it.
const Field& Child(const Type& type, size_t index) {
  static const Field kMissing;
  return index < type.fields.size() ? type.fields[index] : kMissing;
}

Json FieldToJson(const Field& field) {
  Json json = Json::object();
  json["id"] = field.id;
  json["name"] = field.name;
  json["required"] = field.required;
  json["type"] = TypeToJson(field.type);
  if (!field.doc.empty()) json["doc"] = field.doc;
  Append(json, field.extra);
  return json;
}

Json FieldsToJson(const std::vector<Field>& fields) {
  Json array = Json::array();
  for (const Field& field : fields) array.push_back(FieldToJson(field));
  return array;
}

}  // namespace

Json TypeToJson(const Type& type) {
  Json json = Json::object();
  switch (type.id) {
    case TypeId::kStruct:
      json["type"] = "struct";
      json["fields"] = FieldsToJson(type.fields);
      break;
    case TypeId::kList:
      json["type"] = "list";
      json["element-id"] = Child(type, 0).id;
      json["element"] = TypeToJson(Child(type, 0).type);
      json["element-required"] = Child(type, 0).required;
      break;
    case TypeId::kMap:
      json["type"] = "map";
      json["key-id"] = Child(type, 0).id;
      json["key"] = TypeToJson(Child(type, 0).type);
      json["value-id"] = Child(type, 1).id;
      json["value"] = TypeToJson(Child(type, 1).type);
      json["value-required"] = Child(type, 1).required;
      break;
    case TypeId::kOther:
      return type.other;
    default:
      return TypeToString(type);
  }
  Append(json, type.other);
  return json;
}

Result<Type> TypeFromJson(const Json& json) { return ParseType(json, 0); }

Json SchemaToJson(const Schema& schema) {
  Json json = Json::object();
  json["type"] = "struct";
  json["schema-id"] = schema.schema_id;
  json["fields"] = FieldsToJson(schema.fields);
  if (!schema.identifier_field_ids.empty()) json["identifier-field-ids"] = schema.identifier_field_ids;
  Append(json, schema.extra);
  return json;
}

Result<Schema> SchemaFromJson(const Json& json) {
  CALVE_RETURN_IF_ERROR(CheckValueDepth(json, "schema"));
  CALVE_ASSIGN_OR_RETURN(const std::string type, JsonGet<std::string>(json, "type"));
  if (type != "struct") return Err(ErrorKind::kCorrupt, fmt::format("a schema's type is '{}', not 'struct'", type));
  Schema schema;
  CALVE_ASSIGN_OR_RETURN(const std::optional<int> id, FindInt32(json, "schema-id"));
  schema.schema_id = id.value_or(0);
  CALVE_ASSIGN_OR_RETURN(schema.fields, ParseFields(json, 0));
  std::set<int> ids;
  CALVE_RETURN_IF_ERROR(CheckIds(schema.fields, ids));
  CALVE_ASSIGN_OR_RETURN(const Json* identifiers, FindArray(json, "identifier-field-ids"));
  if (identifiers != nullptr) {
    for (const Json& item : *identifiers) {
      if (!item.is_number_integer() || !ids.contains(item.get<int>())) {
        return Err(ErrorKind::kCorrupt, "'identifier-field-ids' names a column id that the schema does not have");
      }
      schema.identifier_field_ids.push_back(item.get<int>());
    }
  }
  schema.extra = Unknown(json, {"type", "schema-id", "fields", "identifier-field-ids"});
  return schema;
}

}  // namespace calve::iceberg
