#include "catalog/glue_columns.h"

#include <gtest/gtest.h>

#include "base/rng.h"
#include "fakes/fake_clock.h"

namespace calve::catalog {
namespace {

using iceberg::TableMetadata;

iceberg::Type TypeOf(std::string_view json) { return iceberg::TypeFromJson(ParseJson(json, "test").value()).value(); }

TEST(GlueTypeTest, EveryPrimitive) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"boolean", "boolean"},     {"int", "int"},
      {"long", "bigint"},         {"float", "float"},
      {"double", "double"},       {"decimal(10, 2)", "decimal(10,2)"},
      {"date", "date"},           {"time", "string"},
      {"timestamp", "timestamp"}, {"timestamptz", "timestamp"},
      {"string", "string"},       {"uuid", "string"},
      {"fixed[16]", "binary"},    {"binary", "binary"},
      {"variant", "variant"}};
  for (const auto& [name, glue] : cases) EXPECT_EQ(GlueType(iceberg::TypeFromJson(name).value()), glue) << name;
}

TEST(GlueTypeTest, Nested) {
  const iceberg::Type type = TypeOf(R"x({"type":"struct","fields":[
    {"id":1,"name":"a","required":true,"type":{"type":"list","element-id":3,"element":"long","element-required":false}},
    {"id":2,"name":"m","required":false,"type":{"type":"map","key-id":4,"key":"string","value-id":5,
      "value":{"type":"struct","fields":[{"id":6,"name":"d","required":false,"type":"decimal(38, 0)"}]},
      "value-required":true}}]})x");
  EXPECT_EQ(GlueType(type), "struct<a:array<bigint>,m:map<string,struct<d:decimal(38,0)>>>");
}

class GlueColumnsTest : public testing::Test {
 protected:
  FakeClock clock_;
  SeededRng rng_{1};

  TableMetadata Table() {
    iceberg::NewTable table;
    table.location = "memory://w/t";
    for (const char* name : {"id", "day"}) {
      iceberg::Field field;
      field.name = name;
      field.type = TypeOf(R"("date")");
      field.doc = name == std::string("id") ? "the key" : "";
      field.required = name == std::string("id");
      table.schema.fields.push_back(field);
    }
    table.partition_terms = {"day"};
    return iceberg::MakeTableMetadata(table, clock_, rng_).value();
  }

  /// The table with another current schema; the first stays in its list.
  TableMetadata With(const TableMetadata& table, std::string_view fields) {
    std::vector<Json> updates = {
        {{"action", "add-schema"},
         {"schema", {{"type", "struct"}, {"schema-id", 1}, {"fields", ParseJson(fields, "test").value()}}},
         {"last-column-id", 9}},
        {{"action", "set-current-schema"}, {"schema-id", -1}}};
    auto changed = iceberg::ApplyUpdates(table, "memory://m", updates, clock_);
    if (!changed) throw std::runtime_error(changed.error().message);
    return *std::move(changed);
  }
};

TEST_F(GlueColumnsTest, PartitionColumnsAreAmongThem) {
  EXPECT_EQ(GlueColumns(Table(), Json()), ParseJson(R"([
    {"Name":"id","Type":"date","Comment":"the key",
     "Parameters":{"iceberg.field.id":"1","iceberg.field.optional":"false","iceberg.field.current":"true"}},
    {"Name":"day","Type":"date",
     "Parameters":{"iceberg.field.id":"2","iceberg.field.optional":"true","iceberg.field.current":"true"}}])",
                                                    "test")
                                              .value());
}

TEST_F(GlueColumnsTest, DroppedColumnsFollowAndAreNotCurrent) {
  const TableMetadata changed = With(Table(), R"([{"id":2,"name":"day","required":false,"type":"date"},
                                                  {"id":3,"name":"n","required":false,"type":"long"}])");
  const Json columns = GlueColumns(changed, Json());
  ASSERT_EQ(columns.size(), 3U);
  EXPECT_EQ(columns[0]["Name"], "day");
  EXPECT_EQ(columns[1]["Type"], "bigint");
  EXPECT_EQ(columns[2]["Name"], "id");
  EXPECT_EQ(columns[2]["Parameters"]["iceberg.field.current"], "false");
}

TEST_F(GlueColumnsTest, WhatOthersWroteStays) {
  const Json existing = ParseJson(R"([
    {"Name":"id","Type":"string","Comment":"old","Parameters":{"iceberg.field.id":"1","owner":"me"}},
    {"Name":"day","Type":"date","Comment":"from the console","Parameters":{"iceberg.field.id":"2"}},
    {"Name":"gone","Type":"int"}])",
                                  "test")
                            .value();
  const Json columns = GlueColumns(Table(), existing);
  ASSERT_EQ(columns.size(), 2U);
  EXPECT_EQ(columns[0]["Comment"], "the key");
  EXPECT_EQ(columns[0]["Type"], "date");
  EXPECT_EQ(columns[0]["Parameters"]["owner"], "me");
  EXPECT_EQ(columns[1]["Comment"], "from the console");
}

TEST_F(GlueColumnsTest, AnotherFieldOfTheSameNameKeepsNothing) {
  const Json existing =
      ParseJson(R"([{"Name":"day","Comment":"dropped","Parameters":{"iceberg.field.id":"77"}}])", "test").value();
  EXPECT_FALSE(GlueColumns(Table(), existing)[1].contains("Comment"));
}

TEST_F(GlueColumnsTest, CommentsThatGlueWouldRefuse) {
  std::string doc = "a\nb";
  for (int i = 0; i < 300; ++i) doc += "\xc3\xa9";
  const TableMetadata changed =
      With(Table(),
           JsonText(Json::array({Json{{"id", 5}, {"name", "n"}, {"required", false}, {"type", "int"}, {"doc", doc}}})));
  const std::string comment = GlueColumns(changed, Json())[0]["Comment"];
  EXPECT_TRUE(comment.starts_with("a b\xc3\xa9"));
  EXPECT_EQ(comment.size(), 3U + 2U * 252U);
}

}  // namespace
}  // namespace calve::catalog
