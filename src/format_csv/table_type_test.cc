#include "format_csv/table_type.h"

#include <gtest/gtest.h>

namespace calve::format_csv {
namespace {

iceberg::Type Of(iceberg::TypeId id) {
  iceberg::Type type;
  type.id = id;
  return type;
}

TEST(CsvTypeOf, AFloatIsReadAsOne) {
  EXPECT_EQ(CsvTypeOf(Of(iceberg::TypeId::kFloat))->kind, csv::TypeKind::kFloat);
  EXPECT_EQ(CsvTypeOf(Of(iceberg::TypeId::kStruct)), std::nullopt);
}

}  // namespace
}  // namespace calve::format_csv
