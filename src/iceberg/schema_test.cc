#include "iceberg/schema.h"

#include <gtest/gtest.h>

#include "iceberg/catalog.h"

namespace calve::iceberg {
namespace {

Json Parsed(std::string_view text) {
  auto json = ParseJson(text, "test");
  EXPECT_TRUE(json.has_value()) << text;
  return json.value_or(Json());
}

Type Primitive(TypeId id) {
  Type type;
  type.id = id;
  return type;
}

Type Decimal(int precision, int scale) {
  Type type = Primitive(TypeId::kDecimal);
  type.precision = precision;
  type.scale = scale;
  return type;
}

Field Column(std::string name, Type type) {
  Field field;
  field.name = std::move(name);
  field.type = std::move(type);
  return field;
}

Type Nested(TypeId id, std::vector<Field> fields) {
  Type type = Primitive(id);
  type.fields = std::move(fields);
  return type;
}

constexpr std::string_view kNestedSchema = R"j({"type":"struct","schema-id":3,"fields":[
  {"id":1,"name":"id","required":true,"type":"long","doc":"the key","initial-default":7},
  {"id":2,"name":"tags","required":false,"type":{"type":"list","element-id":5,"element":"string",
   "element-required":true,"future":{"x":1}}},
  {"id":3,"name":"prices","required":false,"type":{"type":"map","key-id":6,"key":"string","value-id":7,
   "value":"decimal(10, 2)","value-required":false}},
  {"id":4,"name":"place","required":false,"type":{"type":"struct","fields":[
    {"id":8,"name":"lat","required":false,"type":"double"},
    {"id":9,"name":"tiles","required":false,"type":{"type":"list","element-id":10,"element":"fixed[16]",
     "element-required":false}}]}},
  {"id":11,"name":"v","required":false,"type":"variant"},
  {"id":12,"name":"g","required":false,"type":{"type":"geo-thing","crs":"x"}}],
  "identifier-field-ids":[1],"unknown":[1,2]})j";

TEST(Schema, RoundTripKeepsEverything) {
  const Json json = Parsed(kNestedSchema);
  const auto schema = SchemaFromJson(json);
  ASSERT_TRUE(schema) << schema.error().message;
  EXPECT_EQ(schema->schema_id, 3);
  ASSERT_EQ(schema->fields.size(), 6U);
  EXPECT_EQ(schema->fields[0].doc, "the key");
  EXPECT_EQ(schema->fields[0].extra["initial-default"], 7);
  EXPECT_EQ(schema->fields[4].type.id, TypeId::kOther);
  EXPECT_EQ(schema->identifier_field_ids, std::vector<int>{1});
  EXPECT_EQ(schema->HighestFieldId(), 12);
  // The same document but for the order of members.
  EXPECT_EQ(nlohmann::json::parse(SchemaToJson(*schema).dump()), nlohmann::json::parse(json.dump()));
}

TEST(Schema, FindsByNameAndIdInTheWholeTree) {
  const auto schema = SchemaFromJson(Parsed(kNestedSchema));
  ASSERT_TRUE(schema);
  EXPECT_EQ(schema->FindByName("place")->id, 4);
  EXPECT_EQ(schema->FindByName("lat"), nullptr);
  EXPECT_EQ(schema->FindByName("ID"), nullptr);
  EXPECT_EQ(schema->FindById(10)->type.length, 16);
  EXPECT_EQ(schema->FindById(6)->name, "key");
  EXPECT_TRUE(schema->FindById(6)->required);
  EXPECT_EQ(schema->FindById(99), nullptr);
}

TEST(Schema, ReadsAndWritesEveryPrimitive) {
  for (const char* text : {"boolean", "int", "long", "float", "double", "decimal(38, 38)", "date", "time", "timestamp",
                           "timestamptz", "string", "uuid", "fixed[1]", "binary"}) {
    const auto type = TypeFromJson(Json(text));
    ASSERT_TRUE(type) << text;
    EXPECT_NE(type->id, TypeId::kOther) << text;
    EXPECT_EQ(TypeToJson(*type), Json(text));
  }
  EXPECT_EQ(*TypeFromJson(Json("decimal(9,2)")), Decimal(9, 2));
  EXPECT_EQ(*TypeFromJson(Json("decimal( 9 , 2 )")), Decimal(9, 2));
  for (const char* text : {"timestamp_ns", "timestamptz_ns", "unknown", "variant", "geometry(srid:4326)", "Int"}) {
    const auto type = TypeFromJson(Json(text));
    ASSERT_TRUE(type) << text;
    EXPECT_EQ(type->id, TypeId::kOther) << text;
    EXPECT_EQ(TypeToString(*type), text);
  }
}

TEST(Schema, RefusesWhatIsNotASchema) {
  const std::pair<const char*, const char*> cases[] = {
      {R"j([])j", "'type'"},
      {R"j({"type":"list","fields":[]})j", "not 'struct'"},
      {R"j({"type":"struct"})j", "no 'fields'"},
      {R"j({"type":"struct","fields":{}})j", "not an array"},
      {R"j({"type":"struct","fields":[7]})j", "'id'"},
      {R"j({"type":"struct","fields":[{"id":"1","name":"a","required":true,"type":"int"}]})j", "'id'"},
      {R"j({"type":"struct","fields":[{"id":4294967297,"name":"a","required":true,"type":"int"}]})j", "32-bit"},
      {R"j({"type":"struct","fields":[{"id":1,"name":"a","type":"int"}]})j", "column 'a': field 'required'"},
      {R"j({"type":"struct","fields":[{"id":1,"name":"a","required":true}]})j", "'type' is missing"},
      {R"j({"type":"struct","fields":[{"id":1,"name":"a","required":true,"type":"decimal(39, 1)"}]})j", "decimal"},
      {R"j({"type":"struct","fields":[{"id":1,"name":"a","required":true,"type":"decimal(3, 4)"}]})j", "decimal"},
      {R"j({"type":"struct","fields":[{"id":1,"name":"a","required":true,"type":"decimal(3)"}]})j", "decimal"},
      {R"j({"type":"struct","fields":[{"id":1,"name":"a","required":true,"type":"fixed[0]"}]})j", "fixed"},
      {R"j({"type":"struct","fields":[{"id":1,"name":"a","required":true,"type":"fixed[99999999999]"}]})j", "fixed"},
      {R"j({"type":"struct","fields":[{"id":1,"name":"a","required":true,"type":{"type":"list"}}]})j", "element-id"},
      {R"j({"type":"struct","fields":[{"id":1,"name":"a","required":true,"type":"int"},
                                     {"id":1,"name":"b","required":true,"type":"int"}]})j",
       "id 1"},
      {R"j({"type":"struct","fields":[{"id":1,"name":"a","required":true,"type":"int"},
                                     {"id":2,"name":"a","required":true,"type":"int"}]})j",
       "named 'a'"},
      {R"j({"type":"struct","fields":[],"identifier-field-ids":[4]})j", "identifier-field-ids"},
      {R"j({"type":"struct","fields":[],"identifier-field-ids":["4"]})j", "identifier-field-ids"},
  };
  for (const auto& [text, part] : cases) {
    const auto schema = SchemaFromJson(Parsed(text));
    ASSERT_FALSE(schema) << text;
    EXPECT_EQ(schema.error().kind, ErrorKind::kCorrupt);
    EXPECT_NE(schema.error().message.find(part), std::string::npos) << schema.error().message;
  }
  std::string deep = R"("int")";
  for (int i = 0; i < 90; ++i) {
    deep = R"({"type":"list","element-id":)" + std::to_string(i + 2) + R"(,"element-required":true,"element":)" + deep +
           "}";
  }
  EXPECT_FALSE(TypeFromJson(Parsed(deep)));
}

TEST(Schema, FreshIdsGoStructByStruct) {
  // Columns a, s {x, l [element]}, m {key, value {y}}: the reference gives a, s, m their ids before any child.
  std::vector<Field> fields = {
      Column("a", Primitive(TypeId::kInt)),
      Column("s", Nested(TypeId::kStruct,
                         {Column("x", Primitive(TypeId::kInt)),
                          Column("l", Nested(TypeId::kList, {Column("element", Primitive(TypeId::kInt))}))})),
      Column("m",
             Nested(TypeId::kMap, {Column("key", Primitive(TypeId::kString)),
                                   Column("value", Nested(TypeId::kStruct, {Column("y", Primitive(TypeId::kInt))}))}))};
  int last_id = 100;
  AssignFreshIds(fields, &last_id);
  EXPECT_EQ(fields[0].id, 101);
  EXPECT_EQ(fields[1].id, 102);
  EXPECT_EQ(fields[2].id, 103);
  EXPECT_EQ(fields[1].type.fields[0].id, 104);
  EXPECT_EQ(fields[1].type.fields[1].id, 105);
  EXPECT_EQ(fields[1].type.fields[1].type.fields[0].id, 106);
  EXPECT_EQ(fields[2].type.fields[0].id, 107);
  EXPECT_EQ(fields[2].type.fields[1].id, 108);
  EXPECT_EQ(fields[2].type.fields[1].type.fields[0].id, 109);
  EXPECT_EQ(last_id, 109);
}

TEST(Schema, PromotionsOfTheSpecAndNoOthers) {
  const auto promotable = [](TypeId from, TypeId to) { return IsPromotable(Primitive(from), Primitive(to)); };
  EXPECT_TRUE(promotable(TypeId::kInt, TypeId::kLong));
  EXPECT_TRUE(promotable(TypeId::kFloat, TypeId::kDouble));
  EXPECT_TRUE(promotable(TypeId::kString, TypeId::kString));
  EXPECT_FALSE(promotable(TypeId::kLong, TypeId::kInt));
  EXPECT_FALSE(promotable(TypeId::kInt, TypeId::kDouble));
  EXPECT_FALSE(promotable(TypeId::kDate, TypeId::kTimestamp));
  EXPECT_FALSE(promotable(TypeId::kString, TypeId::kBinary));
  EXPECT_TRUE(IsPromotable(Decimal(9, 2), Decimal(12, 2)));
  EXPECT_TRUE(IsPromotable(Decimal(9, 2), Decimal(9, 2)));
  EXPECT_FALSE(IsPromotable(Decimal(9, 2), Decimal(8, 2)));
  EXPECT_FALSE(IsPromotable(Decimal(9, 2), Decimal(12, 3)));
  const auto list = [](TypeId id, bool required) {
    Field element = Column("element", Primitive(id));
    element.required = required;
    return Nested(TypeId::kList, {element});
  };
  EXPECT_TRUE(IsPromotable(list(TypeId::kInt, true), list(TypeId::kLong, false)));
  EXPECT_FALSE(IsPromotable(list(TypeId::kInt, false), list(TypeId::kInt, true)));
  EXPECT_FALSE(IsPromotable(list(TypeId::kInt, false), Nested(TypeId::kStruct, {})));
}

TEST(Schema, WritingAHalfBuiltTypeDoesNotThrow) {
  EXPECT_TRUE(TypeToJson(Nested(TypeId::kMap, {})).is_object());
  EXPECT_EQ(TypeToString(Nested(TypeId::kList, {})), "list<?>");
  EXPECT_EQ(TypeToString(Nested(TypeId::kStruct, {Column("a", Primitive(TypeId::kInt)), Column("b", Decimal(3, 1))})),
            "struct<a: int, b: decimal(3, 1)>");
}

TEST(TableIdentifier, ParsesAndPrints) {
  const auto one = TableIdentifier::Parse("nyc.trips");
  ASSERT_TRUE(one);
  EXPECT_EQ(one->ns, std::vector<std::string>{"nyc"});
  EXPECT_EQ(one->name, "trips");
  const auto nested = TableIdentifier::Parse("a.b.c.t");
  ASSERT_TRUE(nested);
  EXPECT_EQ(nested->ns.size(), 3U);
  EXPECT_EQ(nested->ToString(), "a.b.c.t");
  for (const char* text : {"", "t", ".t", "a.", "a..t", ".", "a.\tb"}) {
    const auto bad = TableIdentifier::Parse(text);
    ASSERT_FALSE(bad) << text;
    EXPECT_EQ(bad.error().kind, ErrorKind::kInvalidArgument);
  }
}

}  // namespace
}  // namespace calve::iceberg
