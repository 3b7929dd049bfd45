#include <fmt/format.h>
#include <gtest/gtest.h>

#include "iceberg/metadata_fixtures_test.h"
#include "iceberg/table_metadata.h"

namespace calve::iceberg {
namespace {

constexpr int64_t kNow = 1'700'000'000'000;
constexpr std::string_view kBaseFile = "memory://w/t/metadata/00001-b.metadata.json";

Result<TableMetadata> Apply(const TableMetadata& base, std::initializer_list<std::string_view> updates) {
  FixedClock clock(kNow);
  std::vector<Json> parsed;
  for (const std::string_view update : updates) parsed.push_back(ParsedJson(update));
  return ApplyUpdates(base, kBaseFile, parsed, clock);
}

/// Applies and fails the test when that does not work.
TableMetadata MustApply(const TableMetadata& base, std::initializer_list<std::string_view> updates) {
  auto changed = Apply(base, updates);
  if (!changed) throw std::runtime_error(changed.error().message);
  return *std::move(changed);
}

void ExpectInvalid(const TableMetadata& base, std::initializer_list<std::string_view> updates, std::string_view part) {
  const auto changed = Apply(base, updates);
  ASSERT_FALSE(changed) << part;
  EXPECT_EQ(changed.error().kind, ErrorKind::kInvalidArgument) << changed.error().message;
  EXPECT_NE(changed.error().message.find(part), std::string::npos) << changed.error().message;
}

constexpr std::string_view kAppend =
    R"({"action":"add-snapshot","snapshot":{"snapshot-id":77,"parent-snapshot-id":3055729675574597004,
    "timestamp-ms":1700000000500,"sequence-number":35,"manifest-list":"l","schema-id":1,"summary":{"operation":"append"},
    "x-new":1}})";
constexpr std::string_view kMoveMain =
    R"({"action":"set-snapshot-ref","ref-name":"main","type":"branch","snapshot-id":77})";

TEST(ApplyUpdates, AppendsASnapshot) {
  const TableMetadata table = MustApply(ParsedTable(kRichV2), {kAppend, kMoveMain});
  EXPECT_EQ(table.current_snapshot()->snapshot_id, 77);
  EXPECT_EQ(table.last_sequence_number(), 35);
  EXPECT_EQ(table.last_updated_ms(), 1700000000500);
  EXPECT_EQ(table.json()["current-snapshot-id"], 77);
  EXPECT_EQ(table.json()["snapshots"][2]["x-new"], 1);
  EXPECT_EQ(table.json()["refs"]["main"],
            ParsedJson(R"({"snapshot-id":77,"type":"branch","max-ref-age-ms":99,"x-ref":1})"));
  EXPECT_EQ(table.json()["snapshot-log"].back(), ParsedJson(R"({"timestamp-ms":1700000000500,"snapshot-id":77})"));
  EXPECT_EQ(table.json()["metadata-log"].back(),
            ParsedJson(fmt::format(R"({{"timestamp-ms":1602638573590,"metadata-file":"{}"}})", kBaseFile)));
}

TEST(ApplyUpdates, ASnapshotOnAnotherBranchLeavesMainAlone) {
  const TableMetadata table = MustApply(
      ParsedTable(kRichV2),
      {kAppend,
       R"({"action":"set-snapshot-ref","ref-name":"audit","type":"branch","snapshot-id":77,"max-ref-age-ms":5})"});
  EXPECT_EQ(table.current_snapshot()->snapshot_id, 3055729675574597004);
  EXPECT_EQ(table.RefSnapshotId("audit"), 77);
  EXPECT_EQ(table.json()["refs"]["audit"]["max-ref-age-ms"], 5);
  EXPECT_EQ(table.json()["snapshot-log"].size(), 2U);
}

TEST(ApplyUpdates, RefusesSnapshotsThatDoNotFit) {
  const TableMetadata base = ParsedTable(kRichV2);
  const auto with = [](std::string_view members) {
    return fmt::format(R"({{"action":"add-snapshot","snapshot":{{{}}}}})", members);
  };
  ExpectInvalid(
      base, {with(R"("snapshot-id":3051729675574597004,"timestamp-ms":1,"sequence-number":35,"manifest-list":"l")")},
      "already");
  ExpectInvalid(base, {with(R"("snapshot-id":7,"timestamp-ms":1,"sequence-number":34,"manifest-list":"l")")},
                "not above");
  ExpectInvalid(base, {with(R"("snapshot-id":7,"timestamp-ms":1,"manifest-list":"l")")}, "not above");
  ExpectInvalid(base, {with(R"("snapshot-id":7,"timestamp-ms":1,"sequence-number":35)")}, "manifest-list");
  ExpectInvalid(base, {with(R"("snapshot-id":7,"sequence-number":35,"manifest-list":"l")")}, "timestamp-ms");
  ExpectInvalid(base, {with(R"("snapshot-id":-7,"timestamp-ms":1,"sequence-number":35,"manifest-list":"l")")},
                "negative");
  ExpectInvalid(
      base,
      {with(R"("snapshot-id":7,"parent-snapshot-id":8,"timestamp-ms":1,"sequence-number":35,"manifest-list":"l")")},
      "parent 8");
  ExpectInvalid(base,
                {with(R"("snapshot-id":7,"schema-id":8,"timestamp-ms":1,"sequence-number":35,"manifest-list":"l")")},
                "schema 8");
  ExpectInvalid(base, {kAppend, kAppend}, "update 2 (add-snapshot)");
  ExpectInvalid(base, {kMoveMain}, "snapshot 77 is not in the table");
  ExpectInvalid(base, {kAppend, R"({"action":"set-snapshot-ref","ref-name":"main","type":"tag","snapshot-id":77})"},
                "branch");
  ExpectInvalid(base, {kAppend, R"({"action":"set-snapshot-ref","ref-name":"old","type":"branch","snapshot-id":77})"},
                "cannot become");
  ExpectInvalid(base, {kAppend, R"({"action":"set-snapshot-ref","ref-name":"o","type":"twig","snapshot-id":77})"},
                "twig");
}

TEST(ApplyUpdates, SetsAndRemovesProperties) {
  const TableMetadata table =
      MustApply(ParsedTable(kRichV2), {R"({"action":"set-properties","updates":{"owner":"you","new":"1"}})",
                                       R"({"action":"remove-properties","removals":["x.y","absent"]})"});
  EXPECT_EQ(table.properties(), (std::map<std::string, std::string>{{"owner", "you"}, {"new", "1"}}));
  EXPECT_EQ(table.last_updated_ms(), kNow);
  ExpectInvalid(table, {R"({"action":"set-properties","updates":{"n":1}})"}, "'n' is not a string");
  ExpectInvalid(table, {R"({"action":"set-properties"})"}, "'updates'");
  ExpectInvalid(table, {R"({"action":"remove-properties","removals":[1]})"}, "non-string");
}

TEST(ApplyUpdates, RefusesWhatItDoesNotKnow) {
  const TableMetadata base = ParsedTable(kRichV2);
  ExpectInvalid(base, {R"({"action":"remove-snapshots","snapshot-ids":[1]})"}, "remove-snapshots");
  ExpectInvalid(base, {R"({"no":"action"})"}, "'action'");
  ExpectInvalid(base, {R"([])"}, "object");
  ExpectInvalid(base, {R"({"action":"upgrade-format-version","format-version":1})"},
                "version 2 cannot be made version 1");
  ExpectInvalid(base, {R"({"action":"upgrade-format-version","format-version":3})"}, "cannot be made version 3");
  ExpectInvalid(base, {R"({"action":"assign-uuid","uuid":"another"})"}, "cannot become");
  ExpectInvalid(base, {R"({"action":"set-current-schema","schema-id":-1})"}, "none was added");
  ExpectInvalid(base, {R"({"action":"set-default-spec","spec-id":8})"}, "no partition spec 8");
  ExpectInvalid(base, {R"({"action":"set-location","location":""})"}, "empty");
}

TEST(ApplyUpdates, EvolvesSchemaAndSpec) {
  const TableMetadata table =
      MustApply(ParsedTable(kRichV2),
                {R"({"action":"add-schema","schema":{"type":"struct","schema-id":0,"identifier-field-ids":[1],"fields":[
            {"id":1,"name":"x","required":true,"type":"int"},{"id":4,"name":"day","required":false,"type":"date"}]}})",
                 R"({"action":"set-current-schema","schema-id":-1})",
                 R"({"action":"add-spec","spec":{"fields":[{"source-id":1,"name":"x4","transform":"bucket[4]"},
            {"source-id":4,"name":"day_month","transform":"month"}]}})",
                 R"({"action":"set-default-spec","spec-id":-1})"});
  EXPECT_EQ(table.schema().schema_id, 2);
  EXPECT_EQ(table.last_column_id(), 4);
  EXPECT_EQ(table.spec().spec_id, 1);
  EXPECT_EQ(table.spec().fields[0].field_id, 1000);  // As before for the same source and transform.
  EXPECT_EQ(table.spec().fields[1].field_id, 1001);
  EXPECT_EQ(table.last_partition_id(), 1001);
  // What is there already is used again.
  const Json& old = table.json()["schemas"][1];
  const TableMetadata back = MustApply(
      table,
      {Json{{"action", "add-schema"}, {"schema", old}}.dump(), R"({"action":"set-current-schema","schema-id":-1})",
       R"({"action":"add-spec","spec":{"fields":[{"source-id":1,"field-id":1000,"name":"x_bucket","transform":"bucket[4]"}]}})",
       R"({"action":"set-default-spec","spec-id":-1})"});
  EXPECT_EQ(back.schema().schema_id, 1);
  EXPECT_EQ(back.spec().spec_id, 0);
  EXPECT_EQ(back.json()["schemas"].size(), 3U);
  EXPECT_EQ(back.last_column_id(), 4);
  ExpectInvalid(table,
                {R"({"action":"add-spec","spec":{"fields":[{"source-id":44,"name":"a","transform":"identity"}]}})"},
                "no column 44");
  ExpectInvalid(table, {R"({"action":"add-spec","spec":{"fields":[{"source-id":1,"name":"a","transform":"identity"},
                    {"source-id":1,"name":"a","transform":"bucket[2]"}]}})"},
                "twice");
  ExpectInvalid(table, {R"({"action":"add-schema","schema":{"type":"struct"}})"}, "no 'fields'");
}

TEST(ApplyUpdates, Version1KeepsItsSingleMembersInStep) {
  const TableMetadata base = ParsedTable(kBareV1);
  const TableMetadata table = MustApply(
      base,
      {R"({"action":"add-schema","schema":{"type":"struct","fields":[{"id":1,"name":"x","required":true,"type":"long"},
                 {"id":2,"name":"y","required":true,"type":"long"}]}})",
       R"({"action":"set-current-schema","schema-id":-1})",
       R"({"action":"add-spec","spec":{"fields":[{"source-id":2,"name":"y","transform":"identity"}]}})",
       R"({"action":"set-default-spec","spec-id":-1})",
       R"({"action":"add-snapshot","snapshot":{"snapshot-id":5,"timestamp-ms":1700000000001,"sequence-number":0,
                 "manifest-list":"l","summary":{"operation":"append"}}})",
       R"({"action":"set-snapshot-ref","ref-name":"main","type":"branch","snapshot-id":5})"});
  EXPECT_EQ(table.schema().schema_id, 1);
  EXPECT_EQ(table.json()["schema"]["schema-id"], 1);
  EXPECT_EQ(table.json()["schema"]["fields"].size(), 2U);
  EXPECT_EQ(table.json()["schemas"][0]["x-schema"], 1);
  EXPECT_EQ(table.spec().fields[0].field_id, 1002);
  EXPECT_EQ(table.json()["partition-spec"][0]["field-id"], 1002);
  EXPECT_FALSE(table.json()["snapshots"][0].contains("sequence-number"));
  EXPECT_EQ(table.current_snapshot()->snapshot_id, 5);
  EXPECT_FALSE(table.json().contains("last-sequence-number"));
  ExpectInvalid(
      base,
      {R"({"action":"add-snapshot","snapshot":{"snapshot-id":5,"timestamp-ms":1,"sequence-number":1,"manifest-list":"l"}})"},
      "no sequence number");
}

TEST(ApplyUpdates, UpgradesVersion1To2) {
  const TableMetadata base = ParsedTable(kBareV1);
  ExpectInvalid(base, {R"({"action":"upgrade-format-version","format-version":2})"}, "assign-uuid");
  const TableMetadata table = MustApply(
      base, {R"({"action":"assign-uuid","uuid":"u-1"})", R"({"action":"upgrade-format-version","format-version":2})"});
  EXPECT_EQ(table.format_version(), 2);
  EXPECT_EQ(table.uuid(), "u-1");
  EXPECT_FALSE(table.json().contains("schema"));
  EXPECT_FALSE(table.json().contains("partition-spec"));
  EXPECT_EQ(table.spec().fields[1].field_id, 1001);
  EXPECT_EQ(table.last_partition_id(), 1001);
  EXPECT_EQ(table.json()["x-top"], 1);
}

TEST(ApplyUpdates, MetadataLogIsTrimmed) {
  TableMetadata table = ParsedTable(kRichV2);
  table = MustApply(table, {R"({"action":"set-properties","updates":{"write.metadata.previous-versions-max":"3"}})"});
  for (int i = 0; i < 5; ++i) table = MustApply(table, {});
  EXPECT_EQ(table.json()["metadata-log"].size(), 3U);
  table = MustApply(table, {R"({"action":"set-properties","updates":{"write.metadata.previous-versions-max":"0"}})"});
  EXPECT_EQ(table.json()["metadata-log"].size(), 1U);
  ExpectInvalid(table, {R"({"action":"set-properties","updates":{"write.metadata.previous-versions-max":"many"}})"},
                "many");
}

TEST(ApplyUpdates, TimeNeverRunsBackwards) {
  FixedClock clock(5);
  const TableMetadata base = ParsedTable(kRichV2);
  const auto changed =
      ApplyUpdates(base, kBaseFile, {ParsedJson(R"({"action":"set-properties","updates":{}})")}, clock);
  ASSERT_TRUE(changed);
  EXPECT_EQ(changed->last_updated_ms(), base.last_updated_ms());
}

/// Every member of `before` is in `after`: objects by key, arrays by position (logs and lists only grow here).
void ExpectContains(const Json& before, const Json& after, const std::string& where) {
  if (before.is_object()) {
    ASSERT_TRUE(after.is_object()) << where;
    for (const auto& [key, value] : before.items()) {
      ASSERT_TRUE(after.contains(key)) << where << "/" << key;
      ExpectContains(value, after[key], where + "/" + key);
    }
  } else if (before.is_array()) {
    ASSERT_GE(after.size(), before.size()) << where;
    for (size_t i = 0; i < before.size(); ++i) ExpectContains(before[i], after[i], where + "/" + std::to_string(i));
  } else if (!where.ends_with("/last-updated-ms") && !where.ends_with("/last-sequence-number") &&
             !where.ends_with("current-snapshot-id") && !where.ends_with("/main/snapshot-id") &&
             !where.ends_with("/current-schema-id") && !where.ends_with("/last-column-id") &&
             !where.ends_with("/default-spec-id") && !where.ends_with("/last-partition-id")) {
    EXPECT_EQ(before, after) << where;
  }
}

TEST(ApplyUpdates, MembersWeDoNotKnowSurviveEveryUpdate) {
  const TableMetadata base = ParsedTable(kRichV2);
  const std::initializer_list<std::string_view> changes[] = {
      {kAppend, kMoveMain},
      {R"({"action":"set-properties","updates":{"new":"1"}})"},
      {R"({"action":"add-schema","schema":{"type":"struct","fields":[{"id":1,"name":"x","required":true,"type":"int"}]}})",
       R"({"action":"set-current-schema","schema-id":-1})"},
      {R"({"action":"add-spec","spec":{"fields":[]}})", R"({"action":"set-default-spec","spec-id":-1})"},
      {R"({"action":"upgrade-format-version","format-version":2})"},
      {},
  };
  for (const auto& change : changes) ExpectContains(base.json(), MustApply(base, change).json(), "");
  const auto columns = AddColumns(base, {[] {
                                    Field field;
                                    field.name = "added";
                                    return field;
                                  }()});
  ASSERT_TRUE(columns) << columns.error().message;
  FixedClock clock(kNow);
  const auto evolved = ApplyUpdates(base, kBaseFile, columns->updates, clock);
  ASSERT_TRUE(evolved) << evolved.error().message;
  ExpectContains(base.json(), evolved->json(), "");
  // And the new schema is the old one with one column more.
  ExpectContains(base.json()["schemas"][1]["fields"], evolved->json()["schemas"][2]["fields"], "");
  EXPECT_EQ(evolved->json()["schemas"][2]["x-schema"], ParsedJson(R"({"k":"v"})"));
}

Field NewColumn(std::string name, TypeId type) {
  Field field;
  field.name = std::move(name);
  field.type.id = type;
  field.required = true;
  return field;
}

TEST(AddColumns, AddsOptionalColumnsWithFreshIds) {
  for (const std::string_view text : {kRichV2, kBareV1}) {
    const TableMetadata base = ParsedTable(text);
    Field list = NewColumn("l", TypeId::kList);
    list.type.fields.push_back(NewColumn("element", TypeId::kString));
    const auto change = AddColumns(base, {list, NewColumn("n", TypeId::kLong)});
    ASSERT_TRUE(change) << change.error().message;
    EXPECT_TRUE(CheckRequirements(&base, change->requirements));
    FixedClock clock(kNow);
    const auto table = ApplyUpdates(base, "", change->updates, clock);
    ASSERT_TRUE(table) << table.error().message;
    EXPECT_EQ(table->schema().FindByName("l")->id, 4);
    EXPECT_EQ(table->schema().FindByName("n")->id, 5);
    EXPECT_EQ(table->schema().FindByName("l")->type.fields[0].id, 6);
    EXPECT_EQ(table->last_column_id(), 6);
    EXPECT_FALSE(table->schema().FindByName("n")->required);
    EXPECT_FALSE(CheckRequirements(&*table, change->requirements));
  }
  const TableMetadata base = ParsedTable(kRichV2);
  for (const auto& columns : {std::vector<Field>{},
                              {NewColumn("x", TypeId::kInt)},
                              {NewColumn("", TypeId::kInt)},
                              {NewColumn("o", TypeId::kOther)},
                              {NewColumn("a", TypeId::kInt), NewColumn("a", TypeId::kInt)}}) {
    const auto change = AddColumns(base, columns);
    ASSERT_FALSE(change);
    EXPECT_EQ(change.error().kind, ErrorKind::kInvalidArgument);
  }
}

TEST(PromoteColumn, WidensWhatMayBeWidened) {
  const TableMetadata base = ParsedTable(kRichV2);
  Type wide;
  wide.id = TypeId::kLong;
  const auto change = PromoteColumn(base, "x", wide);
  ASSERT_TRUE(change) << change.error().message;
  FixedClock clock(kNow);
  const auto table = ApplyUpdates(base, "", change->updates, clock);
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_EQ(table->schema().FindByName("x")->type.id, TypeId::kLong);
  EXPECT_EQ(table->schema().FindByName("x")->doc, "d");
  EXPECT_EQ(table->last_column_id(), base.last_column_id());
  EXPECT_EQ(PromoteColumn(base, "absent", wide).error().kind, ErrorKind::kNotFound);
  wide.id = TypeId::kString;
  EXPECT_EQ(PromoteColumn(base, "x", wide).error().kind, ErrorKind::kInvalidArgument);
}

TEST(CheckRequirements, EveryKind) {
  const TableMetadata table = ParsedTable(kRichV2);
  const TableMetadata empty = ParsedTable(kBareV1);
  const auto check = [](const TableMetadata* base, std::string_view requirement) -> std::string {
    const auto status = CheckRequirements(base, {ParsedJson(requirement)});
    return status ? "met" : std::string(ErrorKindName(status.error().kind));
  };
  EXPECT_EQ(check(nullptr, R"({"type":"assert-create"})"), "met");
  EXPECT_EQ(check(&table, R"({"type":"assert-create"})"), "conflict");
  EXPECT_EQ(check(nullptr, R"({"type":"assert-table-uuid","uuid":"x"})"), "conflict");
  EXPECT_EQ(check(&table, R"({"type":"assert-table-uuid","uuid":"9c12d441-03fe-4693-9a96-a0705ddf69c1"})"), "met");
  EXPECT_EQ(check(&table, R"({"type":"assert-table-uuid","uuid":"x"})"), "conflict");
  EXPECT_EQ(check(&table, R"({"type":"assert-table-uuid"})"), "conflict");
  EXPECT_EQ(check(&empty, R"({"type":"assert-table-uuid","uuid":""})"), "met");
  EXPECT_EQ(check(&empty, R"({"type":"assert-table-uuid","uuid":"x"})"), "conflict");
  EXPECT_EQ(check(&table, R"({"type":"assert-ref-snapshot-id","ref":"main","snapshot-id":3055729675574597004})"),
            "met");
  EXPECT_EQ(check(&table, R"({"type":"assert-ref-snapshot-id","ref":"main","snapshot-id":1})"), "conflict");
  EXPECT_EQ(check(&table, R"({"type":"assert-ref-snapshot-id","ref":"main","snapshot-id":null})"), "conflict");
  EXPECT_EQ(check(&empty, R"({"type":"assert-ref-snapshot-id","ref":"main","snapshot-id":null})"), "met");
  EXPECT_EQ(check(&empty, R"({"type":"assert-ref-snapshot-id","ref":"main","snapshot-id":1})"), "conflict");
  EXPECT_EQ(check(&table, R"({"type":"assert-ref-snapshot-id","ref":"absent","snapshot-id":null})"), "met");
  EXPECT_EQ(check(&table, R"({"type":"assert-ref-snapshot-id","ref":"old","snapshot-id":3051729675574597004})"), "met");
  EXPECT_EQ(check(&table, R"({"type":"assert-current-schema-id","current-schema-id":1})"), "met");
  EXPECT_EQ(check(&table, R"({"type":"assert-current-schema-id","current-schema-id":0})"), "conflict");
  EXPECT_EQ(check(&table, R"({"type":"assert-last-assigned-field-id","last-assigned-field-id":3})"), "met");
  EXPECT_EQ(check(&table, R"({"type":"assert-last-assigned-field-id","last-assigned-field-id":2})"), "conflict");
  EXPECT_EQ(check(&table, R"({"type":"assert-last-assigned-partition-id","last-assigned-partition-id":1000})"), "met");
  EXPECT_EQ(check(&table, R"({"type":"assert-last-assigned-partition-id","last-assigned-partition-id":999})"),
            "conflict");
  EXPECT_EQ(check(&table, R"({"type":"assert-default-spec-id","default-spec-id":0})"), "met");
  EXPECT_EQ(check(&table, R"({"type":"assert-default-spec-id","default-spec-id":1})"), "conflict");
  EXPECT_EQ(check(&table, R"({"type":"assert-default-sort-order-id","default-sort-order-id":3})"), "met");
  EXPECT_EQ(check(&table, R"({"type":"assert-default-sort-order-id","default-sort-order-id":0})"), "conflict");
  EXPECT_EQ(check(&table, R"({"type":"assert-the-moon"})"), "invalid-argument");
  EXPECT_EQ(check(&table, R"({"type":"assert-default-spec-id"})"), "invalid-argument");
  EXPECT_EQ(check(&table, R"(7)"), "invalid-argument");
}

}  // namespace
}  // namespace calve::iceberg
