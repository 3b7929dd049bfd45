#include "format_csv/table_type.h"

#include <map>

namespace calve::format_csv {

using iceberg::TypeId;

std::optional<csv::ColumnType> CsvTypeOf(const iceberg::Type& type) {
  static const std::map<TypeId, csv::TypeKind> kKinds = {
      {TypeId::kBoolean, csv::TypeKind::kBoolean},     {TypeId::kInt, csv::TypeKind::kInteger},
      {TypeId::kLong, csv::TypeKind::kBigInt},         {TypeId::kFloat, csv::TypeKind::kFloat},
      {TypeId::kDouble, csv::TypeKind::kDouble},       {TypeId::kDecimal, csv::TypeKind::kDecimal},
      {TypeId::kDate, csv::TypeKind::kDate},           {TypeId::kTime, csv::TypeKind::kTime},
      {TypeId::kTimestamp, csv::TypeKind::kTimestamp}, {TypeId::kTimestampTz, csv::TypeKind::kTimestampTz},
      {TypeId::kString, csv::TypeKind::kVarchar},      {TypeId::kUuid, csv::TypeKind::kUuid}};
  const auto it = kKinds.find(type.id);
  if (it == kKinds.end()) return std::nullopt;
  csv::ColumnType out{it->second, 0, 0};
  if (it->second == csv::TypeKind::kDecimal) {
    out.precision = static_cast<uint8_t>(type.precision);
    out.scale = static_cast<uint8_t>(type.scale);
  }
  return out;
}

}  // namespace calve::format_csv
