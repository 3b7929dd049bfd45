#include "iceberg/manifest_value.h"

#include <fmt/format.h>

#include "iceberg/manifest_schema.h"

namespace calve::iceberg {
namespace {

/// The branch that is not null, of a union of two; else the type itself.
const Json& Unwrap(const Json& type) {
  if (type.is_array() && type.size() == 2) return type[0] == "null" ? type[1] : type[0];
  return type;
}

bool HasType(const Json& type, std::string_view name) {
  const auto it = type.is_object() ? type.find("type") : type.end();
  return type.is_object() && it != type.end() && it->is_string() && it->get_ref<const std::string&>() == name;
}

std::unexpected<Error> Corrupt(int id, std::string_view why) {
  return Err(ErrorKind::kCorrupt, fmt::format("field {} {}", id, why));
}

/// Sign-extended to `size` bytes; nullopt when it does not fit.
std::optional<std::string> DecimalToFixed(Int128 unscaled, size_t size) {
  const std::string bytes = DecimalToBytes(unscaled);
  if (bytes.size() > size) return std::nullopt;
  return std::string(size - bytes.size(), unscaled < 0 ? '\xff' : '\0') + bytes;
}

}  // namespace

const Json* RecordSchemaOf(const Json& type) {
  const Json& inner = Unwrap(type);
  return HasType(inner, "record") ? &inner : nullptr;
}

const Json* ItemSchemaOf(const Json& type) {
  const Json& inner = Unwrap(type);
  if (!HasType(inner, "array")) return nullptr;
  const auto items = inner.find("items");
  return items == inner.end() ? nullptr : &*items;
}

Result<FieldMap> FieldMap::Make(const Json* record_schema, std::initializer_list<Name> known) {
  return Make(record_schema, std::vector<Name>(known));
}

Result<FieldMap> FieldMap::Make(const Json* record_schema, const std::vector<Name>& known) {
  const auto fields = record_schema == nullptr ? Json::const_iterator() : record_schema->find("fields");
  if (record_schema == nullptr || fields == record_schema->end() || !fields->is_array()) {
    return Err(ErrorKind::kCorrupt, "the Avro schema has another type where a record is expected");
  }
  FieldMap map;
  map.fields_ = &*fields;
  for (const Json& field : *fields) {
    int id = -1;
    const auto attribute = field.find("field-id");
    if (attribute != field.end() && attribute->is_number_integer()) {
      id = attribute->get<int>();
    } else if (const auto name = field.find("name"); name != field.end() && name->is_string()) {
      for (const Name& candidate : known) {
        if (candidate.name == name->get_ref<const std::string&>()) id = candidate.id;
      }
    }
    map.ids_.push_back(id);
  }
  return map;
}

std::optional<size_t> FieldMap::PositionOf(int id) const {
  for (size_t i = 0; i < ids_.size(); ++i) {
    if (ids_[i] == id) return i;
  }
  return std::nullopt;
}

const Json* FieldMap::TypeOf(int id) const {
  const auto position = PositionOf(id);
  return position ? &(*fields_)[*position].at("type") : nullptr;
}

avro::Value* FieldMap::Find(avro::Record& record, int id) const {
  const auto position = PositionOf(id);
  if (!position || *position >= record.size()) return nullptr;
  avro::Value& value = record[*position].second;
  return std::holds_alternative<std::monostate>(value.v) ? nullptr : &value;
}

template <typename T>
Result<T*> RecordReader::FindAs(int id) const {
  avro::Value* value = map_.Find(record_, id);
  if (value == nullptr) return nullptr;
  T* typed = std::get_if<T>(&value->v);
  if (typed == nullptr) return Corrupt(id, "has another type than the specification says");
  return typed;
}

Result<std::optional<int64_t>> RecordReader::FindLong(int id) const {
  CALVE_ASSIGN_OR_RETURN(const int64_t* value, FindAs<int64_t>(id));
  return value == nullptr ? std::optional<int64_t>() : std::optional<int64_t>(*value);
}

Result<std::optional<int>> RecordReader::FindInt(int id) const {
  CALVE_ASSIGN_OR_RETURN(const int64_t* value, FindAs<int64_t>(id));
  if (value == nullptr) return std::optional<int>();
  if (*value != static_cast<int32_t>(*value)) return Corrupt(id, "is out of an int's range");
  return std::optional<int>(static_cast<int>(*value));
}

Result<std::optional<std::string>> RecordReader::FindText(int id) const {
  CALVE_ASSIGN_OR_RETURN(std::string * value, FindAs<std::string>(id));
  return value == nullptr ? std::optional<std::string>() : std::optional<std::string>(std::move(*value));
}

Result<std::optional<bool>> RecordReader::FindBoolean(int id) const {
  CALVE_ASSIGN_OR_RETURN(const bool* value, FindAs<bool>(id));
  return value == nullptr ? std::optional<bool>() : std::optional<bool>(*value);
}

Result<int64_t> RecordReader::Long(int id) const {
  CALVE_ASSIGN_OR_RETURN(const std::optional<int64_t> value, FindLong(id));
  if (!value) return Corrupt(id, "is missing");
  return *value;
}

Result<int> RecordReader::Int(int id) const {
  CALVE_ASSIGN_OR_RETURN(const std::optional<int> value, FindInt(id));
  if (!value) return Corrupt(id, "is missing");
  return *value;
}

Result<std::string> RecordReader::Text(int id) const {
  CALVE_ASSIGN_OR_RETURN(std::optional<std::string> value, FindText(id));
  if (!value) return Corrupt(id, "is missing");
  return *std::move(value);
}

Result<bool> RecordReader::Boolean(int id) const {
  CALVE_ASSIGN_OR_RETURN(const std::optional<bool> value, FindBoolean(id));
  if (!value) return Corrupt(id, "is missing");
  return *value;
}

Result<avro::Record*> RecordReader::FindRecord(int id) const { return FindAs<avro::Record>(id); }
Result<avro::Array*> RecordReader::FindArray(int id) const { return FindAs<avro::Array>(id); }

Result<avro::Value> PartitionValueToAvro(const Type& type, const Literal& value) {
  if (std::holds_alternative<std::monostate>(value)) return avro::Value{};
  // The binary form checks that the value is one of the type.
  CALVE_ASSIGN_OR_RETURN([[maybe_unused]] const std::string checked, SerializeLiteral(type, value));
  if (const auto* b = std::get_if<bool>(&value)) return avro::Value{*b};
  if (const auto* i = std::get_if<int32_t>(&value)) return avro::Value{int64_t{*i}};
  if (const auto* l = std::get_if<int64_t>(&value)) return avro::Value{*l};
  if (const auto* f = std::get_if<float>(&value)) return avro::Value{*f};
  if (const auto* d = std::get_if<double>(&value)) return avro::Value{*d};
  if (const auto* s = std::get_if<std::string>(&value)) return avro::Value{*s};
  const auto fixed =
      DecimalToFixed(std::get<DecimalValue>(value).unscaled, static_cast<size_t>(DecimalRequiredBytes(type.precision)));
  if (!fixed) return Err(ErrorKind::kInternal, "a partition value has more digits than " + TypeToString(type));
  return avro::Value{*fixed};
}

Result<Literal> PartitionValueFromAvro(const Type& type, const avro::Value& value) {
  if (std::holds_alternative<std::monostate>(value.v)) return Literal();
  switch (type.id) {
    case TypeId::kBoolean:
      if (const auto* b = std::get_if<bool>(&value.v)) return Literal(*b);
      break;
    case TypeId::kInt:
    case TypeId::kDate:
      if (const auto* l = std::get_if<int64_t>(&value.v); l != nullptr && *l == static_cast<int32_t>(*l)) {
        return Literal(static_cast<int32_t>(*l));
      }
      break;
    case TypeId::kLong:
    case TypeId::kTime:
    case TypeId::kTimestamp:
    case TypeId::kTimestampTz:
      if (const auto* l = std::get_if<int64_t>(&value.v)) return Literal(*l);
      break;
    case TypeId::kFloat:
      if (const auto* f = std::get_if<float>(&value.v)) return Literal(*f);
      break;
    case TypeId::kDouble:
      if (const auto* d = std::get_if<double>(&value.v)) return Literal(*d);
      if (const auto* f = std::get_if<float>(&value.v)) return Literal(double{*f});
      break;
    default:
      if (const auto* s = std::get_if<std::string>(&value.v)) {
        if (type.id == TypeId::kUuid && s->size() == 36) {
          if (const auto bytes = UuidFromText(*s)) return Literal(*bytes);
        }
        return DeserializeLiteral(type, *s);
      }
  }
  return Err(ErrorKind::kCorrupt, "a partition value that is not of type " + TypeToString(type));
}

}  // namespace calve::iceberg
