// Iceberg schemas: types, fields, ids (spec: "Schemas and Data Types", Appendix C "Schemas").
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/json.h"

namespace calve::iceberg {

enum class TypeId {
  kBoolean,
  kInt,
  kLong,
  kFloat,
  kDouble,
  kDecimal,
  kDate,
  kTime,
  kTimestamp,
  kTimestampTz,
  kString,
  kUuid,
  kFixed,
  kBinary,
  kStruct,
  kList,
  kMap,
  kOther,  ///< A type we read past but cannot write (v3's variant, timestamp_ns ...); `other` holds its JSON.
};

struct Field;

/// A type by value. Nested ones own their fields: struct: the fields; list: one ("element"); map: two ("key", "value").
struct Type {
  TypeId id = TypeId::kString;
  int precision = 0;  ///< decimal(P,S)
  int scale = 0;
  int length = 0;             ///< fixed[L]
  std::vector<Field> fields;  ///< Children of a nested type.
  Json other;                 ///< kOther: the type itself. Nested types: unknown members, kept on rewriting.

  friend bool operator==(const Type&, const Type&);
  bool is_nested() const { return id == TypeId::kStruct || id == TypeId::kList || id == TypeId::kMap; }
};

struct Field {
  int id = 0;
  std::string name;
  bool required = false;
  Type type;
  std::string doc;
  Json extra;  ///< Unknown members (initial-default ...), kept on rewriting.

  friend bool operator==(const Field&, const Field&);
};

struct Schema {
  int schema_id = 0;
  std::vector<Field> fields;
  std::vector<int> identifier_field_ids;
  Json extra;  ///< Unknown members, kept on rewriting.

  /// Top-level field of that name (exact match), or null.
  const Field* FindByName(std::string_view name) const;
  /// Field anywhere in the tree, or null.
  const Field* FindById(int id) const;
  /// The highest id in the tree, 0 when empty.
  int HighestFieldId() const;
};

/// "decimal(10, 2)", "timestamptz", "list<string>" ...: for messages.
std::string TypeToString(const Type& type);

Json SchemaToJson(const Schema& schema);
Result<Schema> SchemaFromJson(const Json& json);
Json TypeToJson(const Type& type);
Result<Type> TypeFromJson(const Json& json);

/// Gives fresh ids to every field, depth by depth as the reference implementation does (all fields of a struct before
/// their children), starting behind `*last_id`, which is advanced.
void AssignFreshIds(std::vector<Field>& fields, int* last_id);

/// Whether data of `from` may be read as `to` under the spec's promotions (int -> long, float -> double, decimal(P,S)
/// -> decimal(P',S) with P' > P), or they are equal but for ids, docs and names.
bool IsPromotable(const Type& from, const Type& to);

}  // namespace calve::iceberg
