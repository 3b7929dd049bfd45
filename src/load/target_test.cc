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

std::vector<SourceColumn> Columns(std::initializer_list<std::pair<const char*, const char*>> names) {
  std::vector<SourceColumn> columns;
  for (const auto& [name, source] : names) columns.push_back({name, source, "VARCHAR", {}});
  return columns;
}

iceberg::Schema SchemaOf(std::initializer_list<const char*> names) {
  iceberg::Schema schema;
  for (const char* name : names) schema.fields.push_back(MakeField(name, kLong));
  return schema;
}

TEST(DefaultSql, CallsColumnsAsTheTableDoes) {
  const auto columns = Columns({{"order_id", "Order ID"}, {"grosse_cm", "Grosse (cm)"}, {"v", "v"}});
  EXPECT_EQ(DefaultSql(columns, nullptr), "SELECT * FROM chunk");
  const iceberg::Schema same = SchemaOf({"Order_Id", "v"});
  EXPECT_EQ(DefaultSql(columns, &same), "SELECT * FROM chunk");
  const iceberg::Schema spaces = SchemaOf({"Order ID", "Grosse \"cm\"", "v"});
  EXPECT_EQ(DefaultSql(columns, &spaces),
            "SELECT \"order_id\" AS \"Order ID\", \"grosse_cm\" AS \"Grosse \"\"cm\"\"\", \"v\" FROM chunk");
}

TEST(ColumnIndex, AnExactMatchNeverLoses) {
  const iceberg::Schema schema = SchemaOf({"order_id", "Order Id", "ID", "a b", "A-B"});
  const ColumnIndex index(schema);
  const auto matched =
      index.Match(Columns({{"order_id_2", "Order Id"}, {"order_id", "order_id"}, {"id", "Id"}, {"a_b", "A b"}}));
  EXPECT_EQ(matched[0], &schema.fields[1]);
  EXPECT_EQ(matched[1], &schema.fields[0]);
  EXPECT_EQ(matched[2], &schema.fields[2]);
  EXPECT_EQ(matched[3], nullptr);  // Two could be meant.
  EXPECT_EQ(index.Find("ORDER_ID"), &schema.fields[0]);
  EXPECT_EQ(index.Find("x"), nullptr);
}

TEST(ApplyTableProperties, TakesTheTablesCodec) {
  WriteOptions write;
  ApplyTableProperties(MakeTable({MakeField("a", kLong)}, {{"write.parquet.compression-codec", "GZIP"}}), write);
  EXPECT_EQ(write.codec, "gzip");
}

}  // namespace
}  // namespace calve::load
