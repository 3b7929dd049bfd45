#include "iceberg/table_metadata.h"

#include <gtest/gtest.h>

#include <functional>

#include "iceberg/metadata_fixtures_test.h"

namespace calve::iceberg {
namespace {

TEST(TableMetadata, ReadsVersion2) {
  const TableMetadata table = ParsedTable(kRichV2);
  EXPECT_EQ(table.format_version(), 2);
  EXPECT_EQ(table.uuid(), "9c12d441-03fe-4693-9a96-a0705ddf69c1");
  EXPECT_EQ(table.location(), "memory://w/t");
  EXPECT_EQ(table.last_sequence_number(), 34);
  EXPECT_EQ(table.last_column_id(), 3);
  EXPECT_EQ(table.last_partition_id(), 1000);
  EXPECT_EQ(table.schema().schema_id, 1);
  ASSERT_NE(table.SchemaById(0), nullptr);
  EXPECT_EQ(table.SchemaById(7), nullptr);
  EXPECT_EQ(table.spec().fields.size(), 1U);
  EXPECT_EQ(table.SpecById(9), nullptr);
  EXPECT_EQ(table.default_sort_order_id(), 3);
  EXPECT_EQ(table.Property("owner", "nobody"), "me");
  EXPECT_EQ(table.Property("absent", "fallback"), "fallback");
  ASSERT_NE(table.current_snapshot(), nullptr);
  EXPECT_EQ(table.current_snapshot()->snapshot_id, 3055729675574597004);
  EXPECT_EQ(table.current_snapshot()->parent_snapshot_id, 3051729675574597004);
  EXPECT_EQ(table.current_snapshot()->summary.at("operation"), "append");
  EXPECT_EQ(table.current_snapshot()->schema_id, 1);
  EXPECT_EQ(table.RefSnapshotId("old"), 3051729675574597004);
  EXPECT_EQ(table.RefSnapshotId("none"), std::nullopt);
}

TEST(TableMetadata, ReadsBareVersion1) {
  const TableMetadata table = ParsedTable(kBareV1);
  EXPECT_EQ(table.format_version(), 1);
  EXPECT_EQ(table.uuid(), "");
  EXPECT_EQ(table.schema().fields.size(), 3U);
  EXPECT_EQ(table.schema().schema_id, 0);
  ASSERT_EQ(table.spec().fields.size(), 2U);
  EXPECT_EQ(table.spec().fields[0].field_id, 1000);
  EXPECT_EQ(table.spec().fields[1].field_id, 1001);
  EXPECT_EQ(table.last_partition_id(), 1001);
  EXPECT_EQ(table.current_snapshot(), nullptr);
  EXPECT_EQ(table.last_sequence_number(), 0);
}

TEST(TableMetadata, NoCurrentSnapshotHasThreeSpellings) {
  for (const char* spelling : {"-1", "null", ""}) {
    Json json = ParsedJson(kBareV1);
    if (*spelling == '\0') {
      json.erase("current-snapshot-id");
    } else {
      json["current-snapshot-id"] = ParsedJson(spelling);
    }
    const auto table = TableMetadata::FromJson(json, "test");
    ASSERT_TRUE(table) << table.error().message;
    EXPECT_EQ(table->current_snapshot(), nullptr);
    EXPECT_EQ(table->RefSnapshotId("main"), std::nullopt);
  }
}

TEST(TableMetadata, ReadsEmbeddedManifestsOfOldSnapshots) {
  Json json = ParsedJson(kBareV1);
  json["current-snapshot-id"] = 5;
  json["snapshots"] = ParsedJson(R"([{"snapshot-id":5,"timestamp-ms":1,"manifests":["a.avro","b.avro"]}])");
  const auto table = TableMetadata::FromJson(json, "test");
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_EQ(table->current_snapshot()->manifest_list, "");
  EXPECT_EQ(table->current_snapshot()->embedded_manifests, (std::vector<std::string>{"a.avro", "b.avro"}));
}

TEST(TableMetadata, RefusesWhatContradictsItself) {
  struct Case {
    const char* part;  ///< Of the message.
    std::function<void(Json&)> damage;
    ErrorKind kind = ErrorKind::kCorrupt;
  };
  const Case cases[] = {
      {"format-version", [](Json& j) { j.erase("format-version"); }},
      {"format-version", [](Json& j) { j["format-version"] = "2"; }},
      {"format-version 0", [](Json& j) { j["format-version"] = 0; }},
      {"format-version 4", [](Json& j) { j["format-version"] = 4; }, ErrorKind::kInvalidArgument},
      {"table-uuid", [](Json& j) { j.erase("table-uuid"); }},
      {"location", [](Json& j) { j["location"] = nullptr; }},
      {"last-sequence-number", [](Json& j) { j.erase("last-sequence-number"); }},
      {"last-updated-ms", [](Json& j) { j["last-updated-ms"] = 1.5; }},
      {"last-column-id", [](Json& j) { j.erase("last-column-id"); }},
      {"schema", [](Json& j) { j.erase("schemas"); }},
      {"'schemas'", [](Json& j) { j["schemas"] = Json::object(); }},
      {"current-schema-id", [](Json& j) { j.erase("current-schema-id"); }},
      {"current-schema-id 8", [](Json& j) { j["current-schema-id"] = 8; }},
      {"two schemas", [](Json& j) { j["schemas"][1]["schema-id"] = 0; }},
      {"partition spec", [](Json& j) { j.erase("partition-specs"); }},
      {"default-spec-id 5", [](Json& j) { j["default-spec-id"] = 5; }},
      {"two partition specs", [](Json& j) { j["partition-specs"].push_back(Json(j["partition-specs"][0])); }},
      {"default-sort-order-id 2", [](Json& j) { j["default-sort-order-id"] = 2; }},
      {"properties", [](Json& j) { j["properties"] = Json::array(); }},
      {"properties: 'n'", [](Json& j) { j["properties"]["n"] = 5; }},
      {"current-snapshot-id 7", [](Json& j) { j["current-snapshot-id"] = 7; }},
      {"two snapshots", [](Json& j) { j["snapshots"].push_back(Json(j["snapshots"][0])); }},
      {"sequence number 34", [](Json& j) { j["last-sequence-number"] = 33; }},
      {"timestamp-ms", [](Json& j) { j["snapshots"][0].erase("timestamp-ms"); }},
      {"summary", [](Json& j) { j["snapshots"][0]["summary"]["n"] = 1; }},
      {"ref 'old' points to snapshot 9", [](Json& j) { j["refs"]["old"]["snapshot-id"] = 9; }},
      {"current-snapshot-id is 3055", [](Json& j) { j["refs"]["main"]["snapshot-id"] = 3051729675574597004; }},
      {"current-snapshot-id is not set", [](Json& j) { j["current-snapshot-id"] = -1; }},
      {"'refs'", [](Json& j) { j["refs"] = Json::array(); }},
  };
  for (const Case& c : cases) {
    Json json = ParsedJson(kRichV2);
    c.damage(json);
    const auto table = TableMetadata::FromJson(json, "memory://w/t/x.metadata.json");
    ASSERT_FALSE(table) << c.part;
    EXPECT_EQ(table.error().kind, c.kind) << c.part;
    EXPECT_NE(table.error().message.find(c.part), std::string::npos) << table.error().message;
    EXPECT_NE(table.error().message.find("memory://w/t/x.metadata.json"), std::string::npos) << table.error().message;
  }
}

TEST(TableMetadata, RefusesTextThatIsNotMetadata) {
  for (const char* text : {"", "{", "[]", "7", "\"x\"", "null", "{}", "{\"format-version\":2"}) {
    const auto table = TableMetadata::Parse(text, "there");
    ASSERT_FALSE(table) << text;
    EXPECT_EQ(table.error().kind, ErrorKind::kCorrupt);
  }
  const std::string deep(1'000'000, '[');
  const auto table = TableMetadata::Parse(deep, "there");
  ASSERT_FALSE(table);
  EXPECT_NE(table.error().message.find("nested deeper"), std::string::npos);
}

TEST(TableMetadata, Version3IsReadAndLeftAlone) {
  Json json = ParsedJson(kRichV2);
  json["format-version"] = 3;
  json["next-row-id"] = 5;
  json["schemas"][1]["fields"][0]["type"] = "timestamp_ns";
  const auto table = TableMetadata::FromJson(json, "test");
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_EQ(table->schema().fields[0].type.id, TypeId::kOther);
  EXPECT_EQ(table->json(), json);
}

NewTable TwoColumns(int format_version) {
  NewTable table;
  table.location = "memory://w/new/";
  table.format_version = format_version;
  table.properties = {{"a", "b"}};
  Field at;
  at.id = 17;
  at.name = "at";
  at.required = true;
  at.type.id = TypeId::kTimestamp;
  Field n;
  n.id = 4;
  n.name = "n";
  n.type.id = TypeId::kLong;
  table.schema.schema_id = 9;
  table.schema.fields = {at, n};
  table.schema.identifier_field_ids = {17};
  table.partition_terms = {"day(at)", "bucket(4, n)"};
  return table;
}

TEST(MakeTableMetadata, IsAnEmptyTableOfThatShape) {
  for (const int version : {1, 2}) {
    FixedClock clock(1'700'000'000'000);
    SeededRng rng(1);
    const auto table = MakeTableMetadata(TwoColumns(version), clock, rng);
    ASSERT_TRUE(table) << table.error().message;
    EXPECT_EQ(table->format_version(), version);
    EXPECT_EQ(table->uuid().size(), 36U);
    EXPECT_EQ(table->location(), "memory://w/new");
    EXPECT_EQ(table->last_updated_ms(), 1'700'000'000'000);
    EXPECT_EQ(table->last_column_id(), 2);
    EXPECT_EQ(table->last_partition_id(), 1001);
    EXPECT_EQ(table->schema().schema_id, 0);
    EXPECT_EQ(table->schema().FindByName("at")->id, 1);
    EXPECT_EQ(table->schema().FindByName("n")->id, 2);
    EXPECT_EQ(table->schema().identifier_field_ids, std::vector<int>{1});
    ASSERT_EQ(table->spec().fields.size(), 2U);
    EXPECT_EQ(table->spec().fields[0].name, "at_day");
    EXPECT_EQ(table->spec().fields[0].source_id, 1);
    EXPECT_EQ(table->spec().fields[1].field_id, 1001);
    EXPECT_EQ(table->Property("a", ""), "b");
    EXPECT_EQ(table->current_snapshot(), nullptr);
    EXPECT_EQ(table->default_sort_order_id(), 0);
    EXPECT_EQ(table->json().contains("schema"), version == 1);
    EXPECT_EQ(table->json().contains("last-sequence-number"), version == 2);
  }
}

TEST(MakeTableMetadata, RefusesWhatCannotBeATable) {
  FixedClock clock(1);
  SeededRng rng(1);
  const auto kind = [&](const std::function<void(NewTable&)>& change) {
    NewTable table = TwoColumns(2);
    change(table);
    const auto made = MakeTableMetadata(table, clock, rng);
    return made ? ErrorKind::kInternal : made.error().kind;
  };
  EXPECT_EQ(kind([](NewTable& t) { t.format_version = 3; }), ErrorKind::kInvalidArgument);
  EXPECT_EQ(kind([](NewTable& t) { t.location = ""; }), ErrorKind::kInvalidArgument);
  EXPECT_EQ(kind([](NewTable& t) { t.schema.fields[1].name = "at"; }), ErrorKind::kInvalidArgument);
  EXPECT_EQ(kind([](NewTable& t) { t.schema.fields[1].name = ""; }), ErrorKind::kInvalidArgument);
  EXPECT_EQ(kind([](NewTable& t) { t.schema.fields[1].type.id = TypeId::kOther; }), ErrorKind::kInvalidArgument);
  EXPECT_EQ(kind([](NewTable& t) { t.schema.fields[1].name = "\xff"; }), ErrorKind::kInvalidArgument);
  EXPECT_EQ(kind([](NewTable& t) { t.schema.identifier_field_ids = {5}; }), ErrorKind::kInvalidArgument);
  EXPECT_EQ(kind([](NewTable& t) { t.partition_terms = {"day(nowhere)"}; }), ErrorKind::kInvalidArgument);
  EXPECT_EQ(kind([](NewTable& t) { t.partition_terms = {"day(at)", "day(at)"}; }), ErrorKind::kInvalidArgument);
  EXPECT_EQ(kind([](NewTable& t) {
              t.schema.fields[1].name = "at_day";
              t.partition_terms = {"day(at)"};
            }),
            ErrorKind::kInvalidArgument);
}

}  // namespace
}  // namespace calve::iceberg
