#include "load/target.h"

#include <gtest/gtest.h>

#include "base/clock.h"
#include "base/rng.h"

namespace calve::load {
namespace {

iceberg::Field MakeField(const std::string& name, iceberg::TypeId id, bool required = false) {
  iceberg::Field field;
  field.name = name;
  field.type.id = id;
  field.required = required;
  return field;
}

iceberg::TableMetadata MakeTable(std::vector<iceberg::Field> fields,
                                 std::map<std::string, std::string> properties = {}) {
  iceberg::NewTable definition;
  definition.location = "memory://wh/db/t";
  definition.schema.fields = std::move(fields);
  definition.properties = std::move(properties);
  SeededRng rng(5);
  return *iceberg::MakeTableMetadata(definition, SystemClock(), rng);
}

const iceberg::TableIdentifier kTable{{"db"}, "t"};
using enum iceberg::TypeId;

TEST(BindTarget, MatchesByNameExactThenByCase) {
  const auto table = MakeTable({MakeField("VendorID", kLong), MakeField("b", kString), MakeField("extra", kDate)});
  const auto binding = BindTarget(kTable, table, {MakeField("b", kString), MakeField("vendorid", kLong)});
  ASSERT_TRUE(binding.has_value()) << binding.error().message;
  ASSERT_EQ(binding->target.columns.size(), 2U);
  EXPECT_EQ(binding->target.columns[1].name, "VendorID");
  EXPECT_EQ(binding->target.columns[1].id, 1);
  EXPECT_TRUE(binding->unknown.empty());
}

TEST(BindTarget, PromotesButNeverNarrows) {
  const auto table = MakeTable({MakeField("l", kLong), MakeField("i", kInt)});
  EXPECT_TRUE(BindTarget(kTable, table, {MakeField("l", kInt)}).has_value());
  const auto narrowed = BindTarget(kTable, table, {MakeField("i", kLong)});
  ASSERT_FALSE(narrowed.has_value());
  EXPECT_EQ(narrowed.error().kind, ErrorKind::kInvalidArgument);
  EXPECT_NE(narrowed.error().message.find("CAST(i AS"), std::string::npos);
}

TEST(BindTarget, NamesUnknownAndRequiredColumns) {
  const auto table = MakeTable({MakeField("a", kLong, true), MakeField("b", kLong)});
  EXPECT_EQ(BindTarget(kTable, table, {MakeField("b", kLong)}).error().kind, ErrorKind::kInvalidArgument);
  const auto binding = BindTarget(kTable, table, {MakeField("a", kLong), MakeField("c", kLong)});
  ASSERT_TRUE(binding.has_value());
  ASSERT_EQ(binding->unknown.size(), 1U);
  EXPECT_EQ(binding->unknown[0].name, "c");
  EXPECT_FALSE(BindTarget(kTable, table, {MakeField("x", kLong)}).has_value());
}

TEST(BindTarget, HonoursTheDataPath) {
  const auto table = MakeTable({MakeField("a", kLong)}, {{"write.data.path", "memory://elsewhere/"}});
  EXPECT_EQ(BindTarget(kTable, table, {MakeField("a", kLong)})->target.data_location, "memory://elsewhere");
}

TEST(DefaultSql, CastsOnlyWhereTheTableHasFloat) {
  const std::vector<csv::Column> columns = {{"a", "a", {csv::TypeKind::kDouble, 0, 0}, false}, {"b", "b", {}, false}};
  EXPECT_EQ(DefaultSql(columns, nullptr), "SELECT * FROM chunk");
  iceberg::Schema schema;
  schema.fields = {MakeField("a", kFloat)};
  EXPECT_EQ(DefaultSql(columns, &schema), "SELECT CAST(\"a\" AS FLOAT) AS \"a\", \"b\" FROM chunk");
}

TEST(ApplyTableProperties, TakesTheTablesCodec) {
  WriteOptions write;
  ApplyTableProperties(MakeTable({MakeField("a", kLong)}, {{"write.parquet.compression-codec", "GZIP"}}), write);
  EXPECT_EQ(write.codec, "gzip");
}

}  // namespace
}  // namespace calve::load
