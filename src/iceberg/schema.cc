#include "iceberg/schema.h"

#include <fmt/format.h>

#include <algorithm>

namespace calve::iceberg {
namespace {

const Field* FindIn(const std::vector<Field>& fields, int id) {
  for (const Field& field : fields) {
    if (field.id == id) return &field;
    if (const Field* found = FindIn(field.type.fields, id)) return found;
  }
  return nullptr;
}

int HighestIn(const std::vector<Field>& fields) {
  int highest = 0;
  for (const Field& field : fields) highest = std::max({highest, field.id, HighestIn(field.type.fields)});
  return highest;
}

}  // namespace

bool operator==(const Type& a, const Type& b) {
  return a.id == b.id && a.precision == b.precision && a.scale == b.scale && a.length == b.length &&
         a.fields == b.fields && a.other == b.other;
}

bool operator==(const Field& a, const Field& b) {
  return a.id == b.id && a.name == b.name && a.required == b.required && a.type == b.type && a.doc == b.doc &&
         a.extra == b.extra;
}

const Field* Schema::FindByName(std::string_view name) const {
  const auto it = std::find_if(fields.begin(), fields.end(), [&](const Field& field) { return field.name == name; });
  return it == fields.end() ? nullptr : &*it;
}

const Field* Schema::FindById(int id) const { return FindIn(fields, id); }

int Schema::HighestFieldId() const { return HighestIn(fields); }

std::string TypeToString(const Type& type) {
  switch (type.id) {
    case TypeId::kBoolean:
      return "boolean";
    case TypeId::kInt:
      return "int";
    case TypeId::kLong:
      return "long";
    case TypeId::kFloat:
      return "float";
    case TypeId::kDouble:
      return "double";
    case TypeId::kDecimal:
      return fmt::format("decimal({}, {})", type.precision, type.scale);
    case TypeId::kDate:
      return "date";
    case TypeId::kTime:
      return "time";
    case TypeId::kTimestamp:
      return "timestamp";
    case TypeId::kTimestampTz:
      return "timestamptz";
    case TypeId::kString:
      return "string";
    case TypeId::kUuid:
      return "uuid";
    case TypeId::kFixed:
      return fmt::format("fixed[{}]", type.length);
    case TypeId::kBinary:
      return "binary";
    case TypeId::kStruct: {
      std::string text = "struct<";
      for (const Field& field : type.fields) {
        if (text.back() != '<') text += ", ";
        text += field.name + ": " + TypeToString(field.type);
      }
      return text + ">";
    }
    case TypeId::kList:
      return fmt::format("list<{}>", type.fields.empty() ? "?" : TypeToString(type.fields[0].type));
    case TypeId::kMap:
      return type.fields.size() != 2
                 ? "map<?, ?>"
                 : fmt::format("map<{}, {}>", TypeToString(type.fields[0].type), TypeToString(type.fields[1].type));
    case TypeId::kOther:
      return type.other.is_string() ? type.other.get<std::string>()
                                    : type.other.dump(-1, ' ', false, Json::error_handler_t::replace);
  }
  return "?";
}

void AssignFreshIds(std::vector<Field>& fields, int* last_id) {
  for (Field& field : fields) field.id = ++*last_id;
  for (Field& field : fields) AssignFreshIds(field.type.fields, last_id);
}

bool IsPromotable(const Type& from, const Type& to) {
  if (from.id == TypeId::kInt && to.id == TypeId::kLong) return true;
  if (from.id == TypeId::kFloat && to.id == TypeId::kDouble) return true;
  if (from.id != to.id) return false;
  switch (from.id) {
    case TypeId::kDecimal:
      return from.scale == to.scale && to.precision >= from.precision;
    case TypeId::kFixed:
      return from.length == to.length;
    case TypeId::kOther:
      return from.other == to.other;
    case TypeId::kStruct:
    case TypeId::kList:
    case TypeId::kMap:
      return std::equal(
          from.fields.begin(), from.fields.end(), to.fields.begin(), to.fields.end(),
          [](const Field& a, const Field& b) { return (a.required || !b.required) && IsPromotable(a.type, b.type); });
    default:
      return true;
  }
}

}  // namespace calve::iceberg
