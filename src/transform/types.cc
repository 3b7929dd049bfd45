#include "transform/types.h"

#include <fmt/format.h>

namespace calve::transform {
namespace {

using iceberg::Type;
using iceberg::TypeId;

Type Simple(TypeId id) {
  Type type;
  type.id = id;
  return type;
}

/// A string that DuckDB allocated.
std::string TakeString(char* text) {
  std::string copy = text == nullptr ? "" : text;
  duckdb_free(text);
  return copy;
}

std::unexpected<Error> Unsupported(const std::string& column, std::string_view type, std::string_view advice) {
  return Err(ErrorKind::kInvalidArgument, fmt::format("column {} of the SQL is {}, which Iceberg has no type for; {}",
                                                      column, type, fmt::format(fmt::runtime(advice), column)));
}

Result<iceberg::Field> Child(duckdb_logical_type type, std::string name, const std::string& path) {
  iceberg::Field field;
  field.name = std::move(name);
  CALVE_ASSIGN_OR_RETURN(field.type, IcebergType(type, path));
  return field;
}

Result<Type> Nested(duckdb_logical_type type, duckdb_type id, const std::string& column) {
  Type nested;
  if (id == DUCKDB_TYPE_LIST) {
    nested.id = TypeId::kList;
    const LogicalType element(duckdb_list_type_child_type(type));
    CALVE_ASSIGN_OR_RETURN(iceberg::Field field, Child(element.get(), "element", column + ".element"));
    nested.fields.push_back(std::move(field));
  } else if (id == DUCKDB_TYPE_MAP) {
    nested.id = TypeId::kMap;
    const LogicalType key(duckdb_map_type_key_type(type));
    const LogicalType value(duckdb_map_type_value_type(type));
    CALVE_ASSIGN_OR_RETURN(iceberg::Field key_field, Child(key.get(), "key", column + ".key"));
    CALVE_ASSIGN_OR_RETURN(iceberg::Field value_field, Child(value.get(), "value", column + ".value"));
    key_field.required = true;
    nested.fields = {std::move(key_field), std::move(value_field)};
  } else {
    nested.id = TypeId::kStruct;
    for (idx_t i = 0; i < duckdb_struct_type_child_count(type); ++i) {
      std::string name = TakeString(duckdb_struct_type_child_name(type, i));
      const LogicalType child(duckdb_struct_type_child_type(type, i));
      const std::string path = column + "." + name;
      CALVE_ASSIGN_OR_RETURN(iceberg::Field field, Child(child.get(), std::move(name), path));
      nested.fields.push_back(std::move(field));
    }
  }
  return nested;
}

}  // namespace

Result<Type> IcebergType(duckdb_logical_type type, const std::string& column) {
  const duckdb_type id = duckdb_get_type_id(type);
  switch (id) {
    case DUCKDB_TYPE_BOOLEAN:
      return Simple(TypeId::kBoolean);
    case DUCKDB_TYPE_TINYINT:
    case DUCKDB_TYPE_SMALLINT:
    case DUCKDB_TYPE_INTEGER:
    case DUCKDB_TYPE_UTINYINT:
    case DUCKDB_TYPE_USMALLINT:
      return Simple(TypeId::kInt);
    case DUCKDB_TYPE_UINTEGER:
    case DUCKDB_TYPE_BIGINT:
      return Simple(TypeId::kLong);
    case DUCKDB_TYPE_FLOAT:
      return Simple(TypeId::kFloat);
    case DUCKDB_TYPE_DOUBLE:
      return Simple(TypeId::kDouble);
    case DUCKDB_TYPE_DECIMAL: {
      Type decimal = Simple(TypeId::kDecimal);
      decimal.precision = duckdb_decimal_width(type);
      decimal.scale = duckdb_decimal_scale(type);
      return decimal;
    }
    case DUCKDB_TYPE_DATE:
      return Simple(TypeId::kDate);
    case DUCKDB_TYPE_TIME:
      return Simple(TypeId::kTime);
    case DUCKDB_TYPE_TIMESTAMP:
      return Simple(TypeId::kTimestamp);
    case DUCKDB_TYPE_TIMESTAMP_TZ:
      return Simple(TypeId::kTimestampTz);
    case DUCKDB_TYPE_VARCHAR:
      return Simple(TypeId::kString);
    case DUCKDB_TYPE_UUID:
      return Simple(TypeId::kUuid);
    case DUCKDB_TYPE_BLOB:
      return Simple(TypeId::kBinary);
    case DUCKDB_TYPE_LIST:
    case DUCKDB_TYPE_MAP:
    case DUCKDB_TYPE_STRUCT:
      return Nested(type, id, column);
    case DUCKDB_TYPE_HUGEINT:
      return Unsupported(column, "HUGEINT", "cast it: CAST({} AS BIGINT) or AS DECIMAL(38,0)");
    case DUCKDB_TYPE_UHUGEINT:
      return Unsupported(column, "UHUGEINT", "cast it: CAST({} AS DECIMAL(38,0))");
    case DUCKDB_TYPE_UBIGINT:
      return Unsupported(column, "UBIGINT", "cast it: CAST({} AS BIGINT) or AS DECIMAL(20,0)");
    case DUCKDB_TYPE_TIMESTAMP_S:
    case DUCKDB_TYPE_TIMESTAMP_MS:
    case DUCKDB_TYPE_TIMESTAMP_NS:
      return Unsupported(column, "a TIMESTAMP of another precision than microseconds",
                         "cast it: CAST({} AS TIMESTAMP)");
    case DUCKDB_TYPE_TIME_TZ:
      return Unsupported(column, "TIME WITH TIME ZONE", "cast it: CAST({} AS TIME) or AS VARCHAR");
    case DUCKDB_TYPE_INTERVAL:
      return Unsupported(column, "INTERVAL", "cast it: CAST({0} AS VARCHAR), or epoch_us({0})");
    case DUCKDB_TYPE_ENUM:
      return Unsupported(column, "an ENUM", "cast it: CAST({} AS VARCHAR)");
    case DUCKDB_TYPE_BIT:
      return Unsupported(column, "BIT", "cast it: CAST({} AS VARCHAR)");
    case DUCKDB_TYPE_ARRAY:
      return Unsupported(column, "an ARRAY of fixed length", "cast it to a list, e.g. CAST({} AS DOUBLE[])");
    case DUCKDB_TYPE_SQLNULL:
      return Unsupported(column, "NULL without a type", "say which: CAST(NULL AS VARCHAR) AS {}");
    default:
      return Unsupported(column, fmt::format("of DuckDB's type number {}", static_cast<int>(id)),
                         "cast it, e.g. CAST({} AS VARCHAR)");
  }
}

std::string SqlType(const Type& type) {
  switch (type.id) {
    case TypeId::kBoolean:
      return "BOOLEAN";
    case TypeId::kInt:
      return "INTEGER";
    case TypeId::kLong:
      return "BIGINT";
    case TypeId::kFloat:
      return "FLOAT";
    case TypeId::kDouble:
      return "DOUBLE";
    case TypeId::kDecimal:
      return fmt::format("DECIMAL({},{})", type.precision, type.scale);
    case TypeId::kDate:
      return "DATE";
    case TypeId::kTime:
      return "TIME";
    case TypeId::kTimestamp:
      return "TIMESTAMP";
    case TypeId::kTimestampTz:
      return "TIMESTAMP WITH TIME ZONE";
    case TypeId::kUuid:
      return "UUID";
    case TypeId::kFixed:
    case TypeId::kBinary:
      return "BLOB";
    case TypeId::kList:
      return SqlType(type.fields.at(0).type) + "[]";
    case TypeId::kMap:
      return fmt::format("MAP({}, {})", SqlType(type.fields.at(0).type), SqlType(type.fields.at(1).type));
    case TypeId::kStruct: {
      std::string text = "STRUCT(";
      for (const iceberg::Field& field : type.fields) {
        if (text.size() > 7) text += ", ";
        text += SqlName(field.name) + " " + SqlType(field.type);
      }
      return text + ")";
    }
    case TypeId::kString:
    case TypeId::kOther:
      break;
  }
  return "VARCHAR";
}

std::string TypeName(duckdb_logical_type type) {
  switch (duckdb_get_type_id(type)) {
    case DUCKDB_TYPE_BOOLEAN:
      return "BOOLEAN";
    case DUCKDB_TYPE_TINYINT:
      return "TINYINT";
    case DUCKDB_TYPE_SMALLINT:
      return "SMALLINT";
    case DUCKDB_TYPE_INTEGER:
      return "INTEGER";
    case DUCKDB_TYPE_BIGINT:
      return "BIGINT";
    case DUCKDB_TYPE_UTINYINT:
      return "UTINYINT";
    case DUCKDB_TYPE_USMALLINT:
      return "USMALLINT";
    case DUCKDB_TYPE_UINTEGER:
      return "UINTEGER";
    case DUCKDB_TYPE_UBIGINT:
      return "UBIGINT";
    case DUCKDB_TYPE_HUGEINT:
      return "HUGEINT";
    case DUCKDB_TYPE_FLOAT:
      return "FLOAT";
    case DUCKDB_TYPE_DOUBLE:
      return "DOUBLE";
    case DUCKDB_TYPE_DECIMAL:
      return fmt::format("DECIMAL({},{})", duckdb_decimal_width(type), duckdb_decimal_scale(type));
    case DUCKDB_TYPE_DATE:
      return "DATE";
    case DUCKDB_TYPE_TIME:
      return "TIME";
    case DUCKDB_TYPE_TIMESTAMP:
      return "TIMESTAMP";
    case DUCKDB_TYPE_TIMESTAMP_TZ:
      return "TIMESTAMPTZ";
    case DUCKDB_TYPE_UUID:
      return "UUID";
    case DUCKDB_TYPE_BLOB:
      return "BLOB";
    case DUCKDB_TYPE_INTERVAL:
      return "INTERVAL";
    case DUCKDB_TYPE_LIST:
      return "LIST";
    case DUCKDB_TYPE_STRUCT:
      return "STRUCT";
    case DUCKDB_TYPE_MAP:
      return "MAP";
    default:
      return "VARCHAR";
  }
}

}  // namespace calve::transform
