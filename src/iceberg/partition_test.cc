#include "iceberg/partition.h"

#include <gtest/gtest.h>

#include <limits>

#include "iceberg/literal_time.h"

namespace calve::iceberg {
namespace {

Type Of(TypeId id) {
  Type type;
  type.id = id;
  return type;
}

Type DecimalType(int precision, int scale) {
  Type type = Of(TypeId::kDecimal);
  type.precision = precision;
  type.scale = scale;
  return type;
}

Literal Apply(std::string_view transform, const Type& source, const Literal& value) {
  const auto result = ApplyTransform(ParseTransform(transform), source, value);
  EXPECT_TRUE(result) << result.error().message;
  return result.value_or(Literal());
}

int64_t Micros(std::string_view text) { return ParseTimestamp(text, false).value(); }

std::string LongBytes(int64_t value) { return SerializeLiteral(Of(TypeId::kLong), value).value(); }

/// Spec, Appendix B: "32-bit Hash Requirements".
TEST(Murmur3, SpecTestVectors) {
  EXPECT_EQ(static_cast<int32_t>(Murmur3_32(LongBytes(34))), 2017239379);
  EXPECT_EQ(static_cast<int32_t>(Murmur3_32(DecimalToBytes(1420))), -500754589);
  EXPECT_EQ(static_cast<int32_t>(Murmur3_32(LongBytes(ParseDays("2017-11-16").value()))), -653330422);
  EXPECT_EQ(static_cast<int32_t>(Murmur3_32(LongBytes(ParseTimeOfDay("22:31:08").value()))), -662762989);
  EXPECT_EQ(static_cast<int32_t>(Murmur3_32(LongBytes(Micros("2017-11-16 22:31:08")))), -2047944441);
  EXPECT_EQ(static_cast<int32_t>(Murmur3_32(LongBytes(Micros("2017-11-16 22:31:08.000001")))), -1207196810);
  EXPECT_EQ(static_cast<int32_t>(Murmur3_32("iceberg")), 1210000089);
  EXPECT_EQ(static_cast<int32_t>(Murmur3_32(UuidFromText("f79c3e09-677c-4bbd-a479-3f349cb785e7").value())), 1488055340);
  EXPECT_EQ(static_cast<int32_t>(Murmur3_32(std::string("\x00\x01\x02\x03", 4))), -188683207);
  EXPECT_EQ(Murmur3_32(""), 0U);
}

TEST(Transform, BucketTakesTheHashOfEachType) {
  const Literal expected(int32_t{2017239379 % 16});
  EXPECT_EQ(Apply("bucket[16]", Of(TypeId::kInt), int32_t{34}), expected);
  EXPECT_EQ(Apply("bucket[16]", Of(TypeId::kLong), int64_t{34}), expected);
  const auto positive = [](int32_t hash) { return hash & std::numeric_limits<int32_t>::max(); };
  EXPECT_EQ(Apply("bucket[100]", DecimalType(9, 2), DecimalValue{1420}), Literal(positive(-500754589) % 100));
  EXPECT_EQ(Apply("bucket[7]", Of(TypeId::kString), std::string("iceberg")), Literal(int32_t{1210000089 % 7}));
  EXPECT_EQ(Apply("bucket[5]", Of(TypeId::kDate), static_cast<int32_t>(ParseDays("2017-11-16").value())),
            Literal(positive(-653330422) % 5));
  EXPECT_EQ(Apply("bucket[5]", Of(TypeId::kTimestampTz), Micros("2017-11-16 22:31:08")),
            Literal(positive(-2047944441) % 5));
}

TEST(Transform, TruncateFloors) {
  EXPECT_EQ(Apply("truncate[10]", Of(TypeId::kInt), int32_t{1}), Literal(int32_t{0}));
  EXPECT_EQ(Apply("truncate[10]", Of(TypeId::kInt), int32_t{-1}), Literal(int32_t{-10}));
  EXPECT_EQ(Apply("truncate[10]", Of(TypeId::kLong), int64_t{-10}), Literal(int64_t{-10}));
  EXPECT_EQ(Apply("truncate[10]", Of(TypeId::kLong), int64_t{-11}), Literal(int64_t{-20}));
  EXPECT_EQ(Apply("truncate[2147483647]", Of(TypeId::kInt), int32_t{2147483646}), Literal(int32_t{0}));
  EXPECT_EQ(Apply("truncate[10]", Of(TypeId::kInt), std::numeric_limits<int32_t>::min()), Literal(int32_t{2147483646}));
  EXPECT_EQ(Apply("truncate[50]", DecimalType(9, 2), DecimalValue{1065}), Literal(DecimalValue{1050}));
  EXPECT_EQ(Apply("truncate[50]", DecimalType(9, 2), DecimalValue{-5}), Literal(DecimalValue{-50}));
  EXPECT_EQ(Apply("truncate[3]", Of(TypeId::kString), std::string("iceberg")), Literal(std::string("ice")));
  EXPECT_EQ(Apply("truncate[2]", Of(TypeId::kString), std::string("\xc3\xa9\xf0\x9f\xa7\x8a!")),
            Literal(std::string("\xc3\xa9\xf0\x9f\xa7\x8a")));
  EXPECT_EQ(Apply("truncate[3]", Of(TypeId::kBinary), std::string("\x01\xff\x02\x03", 4)),
            Literal(std::string("\x01\xff\x02", 3)));
}

TEST(Transform, TimesFloorBefore1970Too) {
  const Type ts = Of(TypeId::kTimestamp);
  EXPECT_EQ(Apply("year", ts, int64_t{-1}), Literal(int32_t{-1}));
  EXPECT_EQ(Apply("month", ts, int64_t{-1}), Literal(int32_t{-1}));
  EXPECT_EQ(Apply("day", ts, int64_t{-1}), Literal(int32_t{-1}));
  EXPECT_EQ(Apply("hour", ts, int64_t{-1}), Literal(int32_t{-1}));
  EXPECT_EQ(Apply("hour", ts, int64_t{0}), Literal(int32_t{0}));
  EXPECT_EQ(Apply("year", ts, Micros("2017-11-16 22:31:08")), Literal(int32_t{47}));
  EXPECT_EQ(Apply("month", ts, Micros("2017-11-16 22:31:08")), Literal(int32_t{574}));
  EXPECT_EQ(Apply("day", ts, Micros("2017-11-16 22:31:08")), Literal(int32_t{17486}));
  EXPECT_EQ(Apply("hour", ts, Micros("2017-11-16 22:31:08")), Literal(int32_t{419686}));
  EXPECT_EQ(Apply("year", Of(TypeId::kDate), int32_t{-366}), Literal(int32_t{-2}));
  EXPECT_EQ(Apply("month", Of(TypeId::kDate), int32_t{-32}), Literal(int32_t{-2}));
  EXPECT_EQ(Apply("day", Of(TypeId::kDate), int32_t{-32}), Literal(int32_t{-32}));
  EXPECT_EQ(ApplyTransform(ParseTransform("hour"), ts, std::numeric_limits<int64_t>::min()).error().kind,
            ErrorKind::kBadData);
}

TEST(Transform, NullStaysNullAndVoidMakesNull) {
  for (const char* text : {"identity", "bucket[3]", "truncate[3]", "void"}) {
    EXPECT_EQ(Apply(text, Of(TypeId::kString), Literal()), Literal()) << text;
  }
  EXPECT_EQ(Apply("day", Of(TypeId::kDate), Literal()), Literal());
  EXPECT_EQ(Apply("void", Of(TypeId::kDate), int32_t{3}), Literal());
}

TEST(Transform, TextRoundTripsAndUnknownOnesAreKept) {
  for (const char* text : {"identity", "bucket[16]", "truncate[4]", "year", "month", "day", "hour", "void", "zorder",
                           "bucket[0]", "bucket[x]", "truncate", "bucket[99999999999]"}) {
    EXPECT_EQ(TransformToString(ParseTransform(text)), text);
  }
  EXPECT_EQ(ParseTransform("bucket[0]").kind, TransformKind::kUnknown);
  EXPECT_EQ(TransformResultType(ParseTransform("zorder"), Of(TypeId::kInt)).error().kind, ErrorKind::kInvalidArgument);
}

TEST(Transform, ResultTypes) {
  const auto id = [](std::string_view transform, TypeId source) {
    const auto type = TransformResultType(ParseTransform(transform), Of(source));
    return type ? type->id : TypeId::kOther;
  };
  EXPECT_EQ(id("identity", TypeId::kUuid), TypeId::kUuid);
  EXPECT_EQ(id("identity", TypeId::kStruct), TypeId::kOther);
  EXPECT_EQ(id("bucket[2]", TypeId::kString), TypeId::kInt);
  EXPECT_EQ(id("bucket[2]", TypeId::kDouble), TypeId::kOther);
  EXPECT_EQ(id("bucket[2]", TypeId::kBoolean), TypeId::kOther);
  EXPECT_EQ(id("truncate[2]", TypeId::kLong), TypeId::kLong);
  EXPECT_EQ(id("truncate[2]", TypeId::kDate), TypeId::kOther);
  EXPECT_EQ(id("day", TypeId::kTimestamp), TypeId::kDate);
  EXPECT_EQ(id("month", TypeId::kDate), TypeId::kInt);
  EXPECT_EQ(id("hour", TypeId::kDate), TypeId::kOther);
  EXPECT_EQ(id("year", TypeId::kTime), TypeId::kOther);
}

Schema TestSchema() {
  Schema schema;
  const auto add = [&](int id, std::string name, Type type) {
    Field field;
    field.id = id;
    field.name = std::move(name);
    field.type = std::move(type);
    schema.fields.push_back(std::move(field));
  };
  add(1, "id", Of(TypeId::kLong));
  add(2, "ts", Of(TypeId::kTimestamp));
  add(3, "name", Of(TypeId::kString));
  add(4, "fare (usd)", DecimalType(9, 2));
  add(5, "ts_day", Of(TypeId::kInt));
  add(6, "d", Of(TypeId::kDate));
  Type nested = Of(TypeId::kStruct);
  Field inner;
  inner.id = 8;
  inner.name = "city";
  inner.type = Of(TypeId::kString);
  nested.fields.push_back(inner);
  add(7, "place", nested);
  add(9, "u", Of(TypeId::kUuid));
  add(10, "tz", Of(TypeId::kTimestampTz));
  add(11, "b", Of(TypeId::kBinary));
  return schema;
}

TEST(PartitionTerm, Forms) {
  const Schema schema = TestSchema();
  const auto check = [&](std::string_view term, int source, std::string_view name, std::string_view transform) {
    const auto field = ParsePartitionTerm(term, schema, 1003);
    ASSERT_TRUE(field) << field.error().message;
    EXPECT_EQ(field->source_id, source) << term;
    EXPECT_EQ(field->field_id, 1003);
    EXPECT_EQ(field->name, name) << term;
    EXPECT_EQ(TransformToString(field->transform), transform) << term;
  };
  check("id", 1, "id", "identity");
  check(" identity( id ) ", 1, "id", "identity");
  check("bucket(16, id)", 1, "id_bucket", "bucket[16]");
  check("bucket(id, 16)", 1, "id_bucket", "bucket[16]");
  check("bucket[16](id)", 1, "id_bucket", "bucket[16]");
  check("Truncate(4,name)", 3, "name_trunc", "truncate[4]");
  check("months(ts)", 2, "ts_month", "month");
  check("days(d)", 6, "d_day", "day");
  check("hour(ts)", 2, "ts_hour", "hour");
  check("year(d)", 6, "d_year", "year");
  check("void(id)", 1, "id_null", "void");
  check("fare (usd)", 4, "fare (usd)", "identity");
  check("bucket(3, fare (usd))", 4, "fare (usd)_bucket", "bucket[3]");
  check("truncate(100, \"fare (usd)\")", 4, "fare (usd)_trunc", "truncate[100]");
  check("place.city", 8, "place.city", "identity");
  check("bucket(2, place.city)", 8, "place.city_bucket", "bucket[2]");
}

TEST(PartitionTerm, ErrorsNameWhatThereIs) {
  const Schema schema = TestSchema();
  for (const char* term :
       {"nope", "day(nope)", "day(ts", "week(ts)", "bucket(id)", "bucket(0, id)", "bucket(-3, id)", "day(3, ts)",
        "day[3](ts)", "hour(d)", "day(name)", "place", "bucket[](id)", "", "()", "truncate(2, d)", "day(ts)"}) {
    const auto field = ParsePartitionTerm(term, schema, 1000);
    ASSERT_FALSE(field) << term;
    EXPECT_EQ(field.error().kind, ErrorKind::kInvalidArgument) << term;
  }
  EXPECT_NE(ParsePartitionTerm("nope", schema, 1000).error().message.find("id, ts, name"), std::string::npos);
  EXPECT_NE(ParsePartitionTerm("week(ts)", schema, 1000).error().message.find("day(col)"), std::string::npos);
}

TEST(PartitionPath, IsSpelledAsTheReferenceImplementationDoes) {
  const Schema schema = TestSchema();
  const auto path = [&](std::string_view term, const Literal& value) {
    PartitionSpec spec;
    spec.fields.push_back(ParsePartitionTerm(term, schema, 1000).value());
    return PartitionPath(spec, schema, {value});
  };
  EXPECT_EQ(path("days(d)", int32_t{16466}), "d_day=2015-01-31");
  EXPECT_EQ(path("days(d)", Literal()), "d_day=null");
  EXPECT_EQ(path("year(d)", int32_t{-1}), "d_year=1969");
  EXPECT_EQ(path("month(ts)", int32_t{-1}), "ts_month=1969-12");
  EXPECT_EQ(path("hour(ts)", int32_t{-1}), "ts_hour=1969-12-31-23");
  EXPECT_EQ(path("bucket(16, id)", int32_t{3}), "id_bucket=3");
  EXPECT_EQ(path("id", int64_t{-3}), "id=-3");
  EXPECT_EQ(path("name", std::string("a/b c=\xc3\xa9+*")), "name=a%2Fb+c%3D%C3%A9%2B*");
  EXPECT_EQ(path("fare (usd)", DecimalValue{-5}), "fare+%28usd%29=-0.05");
  EXPECT_EQ(path("ts", Micros("2017-12-01 10:12:55.038194")), "ts=2017-12-01T10%3A12%3A55.038194");
  EXPECT_EQ(path("ts", Micros("2017-12-01 10:00:00")), "ts=2017-12-01T10%3A00");
  EXPECT_EQ(path("tz", Micros("2017-12-01 10:12:55.5")), "tz=2017-12-01T10%3A12%3A55.500Z");
  EXPECT_EQ(path("u", UuidFromText("f79c3e09-677c-4bbd-a479-3f349cb785e7").value()),
            "u=f79c3e09-677c-4bbd-a479-3f349cb785e7");
  EXPECT_EQ(path("b", std::string("\x01\x02\x03\x04", 4)), "b=AQIDBA%3D%3D");
  EXPECT_EQ(path("b", std::string()), "b=");
}

TEST(PartitionPath, LongValuesAreCutButStayApart) {
  const Schema schema = TestSchema();
  PartitionSpec spec;
  spec.fields.push_back(ParsePartitionTerm("name", schema, 1000).value());
  spec.fields.push_back(ParsePartitionTerm("id", schema, 1001).value());
  std::string wide;
  for (int i = 0; i < 300; ++i) wide += "\xc3\xa9";
  for (size_t shift = 0; shift < 6; ++shift) {
    const std::string one = PartitionPath(spec, schema, {std::string(shift, 'x') + wide + "1", int64_t{1}});
    const std::string two = PartitionPath(spec, schema, {std::string(shift, 'x') + wide + "2", int64_t{1}});
    EXPECT_NE(one, two);
    const std::string component = one.substr(0, one.find('/'));
    EXPECT_LE(component.size(), 200U);
    const size_t last = component.rfind('%');
    EXPECT_EQ(component.substr(last + 1, 2).find_first_not_of("0123456789ABCDEF"), std::string::npos);
    EXPECT_EQ(component[component.size() - 9], '-');
    EXPECT_LE(last + 3, component.size() - 9);
  }
}

TEST(PartitionSpecJson, RoundTrips) {
  const std::string text =
      R"({"spec-id":3,"fields":[{"source-id":2,"field-id":1000,"name":"ts_day","transform":"day"},)"
      R"({"source-id":1,"field-id":1001,"name":"id_bucket","transform":"bucket[16]"},)"
      R"({"source-id":1,"field-id":1002,"name":"odd","transform":"zorder[1,2]"}]})";
  const auto spec = PartitionSpecFromJson(*ParseJson(text, "test"));
  ASSERT_TRUE(spec) << spec.error().message;
  EXPECT_EQ(spec->fields[1].transform.param, 16);
  EXPECT_EQ(PartitionSpecToJson(*spec).dump(), text);
  EXPECT_EQ(PartitionFieldsToJson(*spec).dump(), ParseJson(text, "test")->at("fields").dump());
}

TEST(PartitionSpecJson, Version1NumbersFieldsAndBrokenOnesAreCorrupt) {
  const auto fields = PartitionFieldsFromJson(*ParseJson(
      R"([{"source-id":2,"name":"a","transform":"day"},{"source-id":3,"name":"b","transform":"identity"},)"
      R"({"source-ids":[4],"name":"c","transform":"day"},{"source-ids":[4,5],"name":"d","transform":"bucket[2]"}])",
      "test"));
  ASSERT_TRUE(fields) << fields.error().message;
  EXPECT_EQ((*fields)[0].field_id, 1000);
  EXPECT_EQ((*fields)[1].field_id, 1001);
  EXPECT_EQ((*fields)[2].source_id, 4);
  EXPECT_EQ((*fields)[3].transform.kind, TransformKind::kUnknown);
  for (const char* text : {R"({})", R"({"spec-id":1})", R"({"spec-id":1,"fields":7})", R"({"spec-id":1,"fields":[{}]})",
                           R"({"spec-id":1,"fields":[{"source-id":1,"field-id":5,"name":"a","transform":"day"},)"
                           R"({"source-id":1,"field-id":5,"name":"b","transform":"day"}]})",
                           R"({"spec-id":99999999999,"fields":[]})"}) {
    const auto spec = PartitionSpecFromJson(*ParseJson(text, "test"));
    ASSERT_FALSE(spec) << text;
    EXPECT_EQ(spec.error().kind, ErrorKind::kCorrupt);
  }
}

}  // namespace
}  // namespace calve::iceberg
