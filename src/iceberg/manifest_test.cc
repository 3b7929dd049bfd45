#include "iceberg/manifest.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "avro/object_container.h"
#include "iceberg/manifest_list.h"
#include "iceberg/manifest_reader.h"
#include "iceberg/manifest_schema.h"
#include "iceberg/manifest_summary.h"
#include "iceberg/manifest_writer.h"

namespace calve::iceberg {
namespace {

Type TypeOf(std::string_view text) { return TypeFromJson(Json(text)).value(); }

/// One column and one identity partition field a type.
struct Fixture {
  Schema schema;
  PartitionSpec spec;
  std::vector<Type> types;

  explicit Fixture(const std::vector<std::string>& type_names) {
    spec.spec_id = 2;
    for (const std::string& name : type_names) {
      Field field;
      field.id = static_cast<int>(schema.fields.size()) + 1;
      field.name = "c" + std::to_string(field.id);
      field.type = TypeOf(name);
      schema.fields.push_back(field);
      spec.fields.push_back({field.id, 999 + field.id, field.name, ParseTransform("identity")});
    }
    types = PartitionTypes(spec, schema).value();
  }

  ManifestContext Context(int version) const { return {schema, spec, types, version, ManifestContent::kData}; }
};

const std::vector<std::string> kAllTypes = {
    "boolean", "int",  "long",      "float",        "double", "decimal(9, 2)", "decimal(38, 10)",
    "date",    "time", "timestamp", "timestamptz",  "string", "uuid",          "fixed[3]",
    "binary",  "uuid", "fixed[3]",  "decimal(9, 2)"};

std::vector<Literal> AllValues() {
  return {true,
          int32_t{-7},
          int64_t{1} << 40,
          -1.5F,
          2.25,
          DecimalValue{-12345},
          DecimalValue{static_cast<Int128>(1) << 120},
          int32_t{16466},
          int64_t{1000},
          int64_t{-1},
          int64_t{1'422'698'400'000'000},
          std::string("\xc3\xa9"),
          std::string(16, '\x9f'),
          std::string("abc"),
          std::string("\x00\xff", 2),
          std::string(16, '\x01'),
          std::string("xyz"),
          DecimalValue{0}};
}

ManifestEntry Entry(EntryStatus status, const std::string& path, std::vector<Literal> partition) {
  ManifestEntry entry;
  entry.status = status;
  entry.snapshot_id = 77;
  entry.file.file_path = path;
  entry.file.spec_id = 2;
  entry.file.partition = std::move(partition);
  entry.file.record_count = 10;
  entry.file.file_size_bytes = 1000;
  return entry;
}

ManifestEntry FullEntry(std::vector<Literal> partition) {
  ManifestEntry entry = Entry(EntryStatus::kExisting, "s3://b/data/1.parquet", std::move(partition));
  entry.sequence_number = 5;
  entry.file_sequence_number = 6;
  entry.key_metadata = std::string("\x01\x02", 2);
  entry.file.column_sizes_bytes = {{1, 100}, {2, 200}};
  entry.file.value_counts = {{1, 10}};
  entry.file.null_value_counts = {{1, 0}};
  entry.file.nan_value_counts = {{4, 1}};
  entry.file.lower_bounds = {{1, std::string("\0", 1)}};
  entry.file.upper_bounds = {{1, std::string("\1", 1)}};
  entry.file.split_offsets = {4, 900};
  entry.file.sort_order_id = 0;
  return entry;
}

TEST(Manifest, RoundTripsAllTypesInBothVersions) {
  const Fixture fixture(kAllTypes);
  for (const int version : {1, 2}) {
    SeededRng rng(1);
    const std::vector<ManifestEntry> entries = {
        FullEntry(AllValues()), Entry(EntryStatus::kAdded, "p2", std::vector<Literal>(kAllTypes.size()))};
    const auto bytes = EncodeManifest(fixture.Context(version), entries, rng);
    ASSERT_TRUE(bytes) << bytes.error().message;
    const auto header = ReadManifestHeader(*bytes, "m.avro");
    ASSERT_TRUE(header) << header.error().message;
    EXPECT_EQ(header->format_version, version);
    EXPECT_EQ(header->spec_id, 2);
    EXPECT_EQ(header->fields, fixture.spec.fields);
    EXPECT_EQ(header->schema->fields.size(), kAllTypes.size());
    EXPECT_EQ(header->content, ManifestContent::kData);

    const auto read = ReadManifestEntries(*bytes, "m.avro", fixture.spec, &fixture.types, nullptr);
    ASSERT_TRUE(read) << read.error().message;
    ASSERT_EQ(read->size(), 2U);
    const ManifestEntry& one = (*read)[0];
    EXPECT_EQ(one.status, EntryStatus::kExisting);
    EXPECT_EQ(one.snapshot_id, 77);
    EXPECT_EQ(one.sequence_number, version == 1 ? std::nullopt : std::optional<int64_t>(5));
    EXPECT_EQ(one.file_sequence_number, version == 1 ? std::nullopt : std::optional<int64_t>(6));
    EXPECT_EQ(one.key_metadata, entries[0].key_metadata);
    EXPECT_EQ(one.file.partition, entries[0].file.partition);
    EXPECT_EQ(one.file.column_sizes_bytes, entries[0].file.column_sizes_bytes);
    EXPECT_EQ(one.file.nan_value_counts, entries[0].file.nan_value_counts);
    EXPECT_EQ(one.file.lower_bounds, entries[0].file.lower_bounds);
    EXPECT_EQ(one.file.upper_bounds, entries[0].file.upper_bounds);
    EXPECT_EQ(one.file.split_offsets, entries[0].file.split_offsets);
    EXPECT_EQ(one.file.sort_order_id, 0);
    EXPECT_EQ((*read)[1].file.partition, entries[1].file.partition);
    EXPECT_TRUE((*read)[1].file.lower_bounds.empty());
    EXPECT_EQ((*read)[1].file.sort_order_id, std::nullopt);
  }
}

/// All "field-id"s of a schema, in order of appearance, element ids among them.
void CollectIds(const Json& json, std::vector<int>& ids) {
  if (json.is_array()) {
    for (const Json& item : json) CollectIds(item, ids);
  } else if (json.is_object()) {
    if (json.contains("field-id")) ids.push_back(json["field-id"].get<int>());
    if (json.contains("element-id")) ids.push_back(json["element-id"].get<int>());
    for (const auto& [key, value] : json.items()) {
      if (value.is_structured()) CollectIds(value, ids);
    }
  }
}

TEST(Manifest, SchemasHaveTheSpecsFieldIds) {
  const auto ids = [](const Json& schema) {
    std::vector<int> list;
    CollectIds(schema, list);
    return std::set<int>(list.begin(), list.end());
  };
  const Fixture fixture({"int"});
  const std::set<int> common = {0,   1,   2,   100, 101, 102, 103, 104, 108, 109, 110, 117, 118, 119, 120, 121,
                                122, 125, 126, 127, 128, 129, 130, 131, 132, 133, 137, 138, 139, 140, 1000};
  std::set<int> v1 = common;
  v1.insert(105);
  std::set<int> v2 = common;
  v2.insert({3, 4, 134, 135, 136, 143});
  EXPECT_EQ(ids(*ManifestEntrySchema(1, fixture.spec, fixture.types)), v1);
  EXPECT_EQ(ids(*ManifestEntrySchema(2, fixture.spec, fixture.types)), v2);
  const std::set<int> list1 = {500, 501, 502, 503, 504, 505, 506, 507, 508, 509, 510, 511, 512, 513, 514, 518, 519};
  std::set<int> list2 = list1;
  list2.insert({515, 516, 517});
  EXPECT_EQ(ids(ManifestListSchema(1)), list1);
  EXPECT_EQ(ids(ManifestListSchema(2)), list2);
}

TEST(Manifest, NamesAreMadeFitForAvro) {
  EXPECT_EQ(AvroName("plain_1"), "plain_1");
  EXPECT_EQ(AvroName("1st"), "_1st");
  EXPECT_EQ(AvroName("fare (usd)"), "fare_x20_x28usd_x29");
  EXPECT_EQ(AvroName("a-b.c"), "a_x2Db_x2Ec");
  EXPECT_EQ(AvroName("\xc3\xa9\xf0\x9f\xa7\x8a"), "_xE9_x1F9CA");
  EXPECT_EQ(AvroName(""), "_");

  Fixture fixture({"int", "int"});
  fixture.spec.fields[0].name = "a-b";
  fixture.spec.fields[1].name = "a_x2Db";  // Would collide with the first one's Avro name.
  SeededRng rng(1);
  const auto bytes =
      EncodeManifest(fixture.Context(2), {Entry(EntryStatus::kAdded, "p", {int32_t{1}, int32_t{2}})}, rng);
  ASSERT_TRUE(bytes) << bytes.error().message;
  const auto read = ReadManifestEntries(*bytes, "m", fixture.spec, &fixture.types, nullptr);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ((*read)[0].file.partition, (std::vector<Literal>{int32_t{1}, int32_t{2}}));
}

TEST(Manifest, DecimalsHaveTheReferenceImplementationsSizes) {
  const int expected[] = {1, 1, 2, 2, 3, 3, 4, 4, 4, 5, 5, 6, 6, 6, 7, 7, 8, 8, 9};
  for (int precision = 1; precision <= 19; ++precision)
    EXPECT_EQ(DecimalRequiredBytes(precision), expected[precision - 1]) << precision;
  EXPECT_EQ(DecimalRequiredBytes(38), 16);
}

TEST(Manifest, NumbersAreInherited) {
  const Fixture fixture({});
  SeededRng rng(1);
  ManifestEntry added = Entry(EntryStatus::kAdded, "added", {});
  added.snapshot_id.reset();
  ManifestEntry existing = Entry(EntryStatus::kExisting, "existing", {});
  existing.sequence_number = 3;
  ManifestFile listed;
  listed.added_snapshot_id = 9;
  listed.sequence_number = 8;
  const auto read = [&](const std::vector<ManifestEntry>& entries, int version) {
    const auto bytes = EncodeManifest(fixture.Context(version), entries, rng);
    return ReadManifestEntries(bytes.value(), "m.avro", fixture.spec, &fixture.types, &listed);
  };
  const auto entries = read({added, existing}, 2);
  ASSERT_TRUE(entries) << entries.error().message;
  EXPECT_EQ((*entries)[0].snapshot_id, 9);
  EXPECT_EQ((*entries)[0].sequence_number, 8);
  EXPECT_EQ((*entries)[0].file_sequence_number, 8);
  EXPECT_EQ((*entries)[1].snapshot_id, 77);
  EXPECT_EQ((*entries)[1].sequence_number, 3);
  EXPECT_EQ((*entries)[1].file_sequence_number, std::nullopt);

  existing.sequence_number.reset();
  const auto odd = read({existing}, 2);
  ASSERT_FALSE(odd);
  EXPECT_EQ(odd.error().kind, ErrorKind::kCorrupt);
  EXPECT_NE(odd.error().message.find("m.avro"), std::string::npos);

  listed.sequence_number = 0;  // A manifest of version 1, in a table that is of version 2 by now.
  const auto old = read({existing}, 1);
  ASSERT_TRUE(old) << old.error().message;
  EXPECT_EQ((*old)[0].sequence_number, 0);
  EXPECT_EQ((*old)[0].file_sequence_number, 0);
}

TEST(Manifest, SnapshotIdIsWantedInVersion1) {
  const Fixture fixture({});
  SeededRng rng(1);
  ManifestEntry entry = Entry(EntryStatus::kAdded, "p", {});
  entry.snapshot_id.reset();
  EXPECT_EQ(EncodeManifest(fixture.Context(1), {entry}, rng).error().kind, ErrorKind::kInternal);
}

TEST(Manifest, PartitionTuplesMustFitTheSpec) {
  const Fixture fixture({"int"});
  SeededRng rng(1);
  for (const auto& partition :
       std::vector<std::vector<Literal>>{{}, {int32_t{1}, int32_t{2}}, {int64_t{1}}, {std::string("x")}}) {
    EXPECT_EQ(EncodeManifest(fixture.Context(2), {Entry(EntryStatus::kAdded, "p", partition)}, rng).error().kind,
              ErrorKind::kInternal);
  }
}

/// What some writers leave out or call otherwise: no field ids, lower-case formats, an int where the column is a long
/// by now.
TEST(Manifest, ReadsByNameWhereThereAreNoIds) {
  const Json schema = *ParseJson(R"({"type":"record","name":"manifest_entry","fields":[
    {"name":"status","type":"int"},{"name":"snapshot_id","type":["long","null"]},
    {"name":"data_file","type":{"type":"record","name":"r2","fields":[
      {"name":"file_path","type":"string"},{"name":"file_format","type":"string"},
      {"name":"partition","type":{"type":"record","name":"r102","fields":[{"name":"other","type":"int"},{"name":"c1","type":["null","int"]}]}},
      {"name":"record_count","type":"long"},{"name":"file_size_in_bytes","type":"long"},{"name":"unheard_of","type":"string"}]}}]})",
                                 "test");
  const auto record = [](int64_t status, int64_t count) {
    return avro::Value{
        avro::Record{{"status", {status}},
                     {"snapshot_id", {int64_t{4}}},
                     {"data_file",
                      {avro::Record{{"file_path", {std::string("p")}},
                                    {"file_format", {std::string("parquet")}},
                                    {"partition", {avro::Record{{"other", {int64_t{1}}}, {"c1", {int64_t{5}}}}}},
                                    {"record_count", {count}},
                                    {"file_size_in_bytes", {int64_t{9}}},
                                    {"unheard_of", {std::string("x")}}}}}}};
  };
  const Fixture fixture({"long"});
  SeededRng rng(1);
  const auto read = [&](int64_t status, int64_t count) {
    const auto bytes = avro::WriteContainer(schema, {}, {record(status, count)}, avro::Codec::kNull, rng);
    return ReadManifestEntries(bytes.value(), "m", fixture.spec, &fixture.types, nullptr);
  };
  const auto entries = read(1, 3);
  ASSERT_TRUE(entries) << entries.error().message;
  EXPECT_EQ((*entries)[0].status, EntryStatus::kAdded);
  EXPECT_EQ((*entries)[0].snapshot_id, 4);
  EXPECT_EQ((*entries)[0].file.file_format, "PARQUET");
  EXPECT_EQ((*entries)[0].file.content, FileContent::kData);
  EXPECT_EQ((*entries)[0].file.partition, (std::vector<Literal>{int64_t{5}}));
  EXPECT_EQ(read(3, 3).error().kind, ErrorKind::kCorrupt);
  EXPECT_EQ(read(1, -3).error().kind, ErrorKind::kCorrupt);

  const Fixture other({"long", "long"});  // The file has no second partition field.
  const auto bytes = avro::WriteContainer(schema, {}, {record(1, 1)}, avro::Codec::kNull, rng);
  EXPECT_EQ(ReadManifestEntries(bytes.value(), "m", other.spec, &other.types, nullptr).error().kind,
            ErrorKind::kCorrupt);
}

TEST(Manifest, OtherAvroFilesAreCorrupt) {
  const Fixture fixture({});
  SeededRng rng(1);
  for (const char* schema : {R"("string")", R"({"type":"record","name":"r","fields":[]})",
                             R"({"type":"record","name":"r","fields":[{"name":"data_file","type":"int"}]})"}) {
    const auto bytes = avro::WriteContainer(*ParseJson(schema, "test"), {}, {}, avro::Codec::kNull, rng);
    EXPECT_EQ(ReadManifestEntries(bytes.value(), "m", fixture.spec, &fixture.types, nullptr).error().kind,
              ErrorKind::kCorrupt);
  }
  EXPECT_EQ(ReadManifestEntries("", "m", fixture.spec, &fixture.types, nullptr).error().kind, ErrorKind::kCorrupt);
  for (const auto& [key, value] :
       std::vector<std::pair<std::string, std::string>>{{"schema", "{"},
                                                        {"schema", std::string(100'000, '[')},
                                                        {"partition-spec", "7"},
                                                        {"partition-spec-id", "x"},
                                                        {"format-version", "1x"},
                                                        {"content", "both"}}) {
    const auto bytes = avro::WriteContainer("int", {{key, value}}, {}, avro::Codec::kNull, rng);
    EXPECT_EQ(ReadManifestHeader(bytes.value(), "m").error().kind, ErrorKind::kCorrupt) << key;
  }
}

TEST(ManifestSummary, CountsAndBounds) {
  const Fixture fixture({"int", "double", "string"});
  std::vector<ManifestEntry> entries = {Entry(EntryStatus::kAdded, "1", {int32_t{5}, std::nan(""), std::string("b")}),
                                        Entry(EntryStatus::kExisting, "2", {int32_t{-5}, 0.0, std::string("\xc3\xa9")}),
                                        Entry(EntryStatus::kExisting, "3", {Literal(), -0.0, std::string("a")}),
                                        Entry(EntryStatus::kDeleted, "4", {int32_t{9}, 3.0, std::string("c")})};
  entries[1].sequence_number = 4;
  entries[2].sequence_number = 6;
  entries[3].sequence_number = 1;
  const auto file = SummarizeEntries(entries, &fixture.types, 42, 10);
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->added_snapshot_id, 42);
  EXPECT_EQ(file->sequence_number, 10);
  EXPECT_EQ(file->min_sequence_number, 4);  // Of live files alone.
  EXPECT_EQ(file->added_files, 1);
  EXPECT_EQ(file->existing_files, 2);
  EXPECT_EQ(file->deleted_files, 1);
  EXPECT_EQ(file->added_rows, 10);
  EXPECT_EQ(file->existing_rows, 20);
  EXPECT_EQ(file->deleted_rows, 10);
  const auto& parts = *file->partitions;
  ASSERT_EQ(parts.size(), 3U);
  EXPECT_TRUE(parts[0].contains_null);
  EXPECT_EQ(parts[0].contains_nan, false);
  EXPECT_EQ(parts[0].lower, SerializeLiteral(fixture.types[0], int32_t{-5}).value());
  EXPECT_EQ(parts[0].upper, SerializeLiteral(fixture.types[0], int32_t{9}).value());
  EXPECT_EQ(parts[1].contains_nan, true);
  EXPECT_EQ(parts[1].lower, SerializeLiteral(fixture.types[1], -0.0).value());
  EXPECT_FALSE(parts[2].contains_null);
  EXPECT_EQ(parts[2].lower, "a");
  EXPECT_EQ(parts[2].upper, "\xc3\xa9");
}

TEST(ManifestSummary, UuidsHaveBoundsOnlyWhereReadersAgree) {
  const Fixture fixture({"uuid"});
  const std::string low(16, '\x10');
  const std::string high(16, '\xf0');
  const auto summary = [&](const std::vector<std::string>& uuids) {
    std::vector<ManifestEntry> entries;
    for (const std::string& uuid : uuids) entries.push_back(Entry(EntryStatus::kAdded, uuid, {uuid}));
    return SummarizeEntries(entries, &fixture.types, 1, 1).value().partitions->at(0);
  };
  EXPECT_EQ(summary({low, low}).lower, low);
  EXPECT_EQ(summary({low, high}).lower, std::nullopt);
  EXPECT_EQ(summary({low, high}).upper, std::nullopt);
}

ManifestFile FullList() {
  ManifestFile manifest;
  manifest.path = "s3://b/m0.avro";
  manifest.length_bytes = 1234;
  manifest.spec_id = 2;
  manifest.content = ManifestContent::kDeletes;
  manifest.sequence_number = 9;
  manifest.min_sequence_number = 3;
  manifest.added_snapshot_id = 55;
  manifest.added_files = 1;
  manifest.existing_files = 2;
  manifest.deleted_files = 3;
  manifest.added_rows = 10;
  manifest.existing_rows = 20;
  manifest.deleted_rows = 30;
  manifest.partitions = {{true, false, "a", "b"}, {false, std::nullopt, std::nullopt, std::nullopt}};
  manifest.key_metadata = "key";
  return manifest;
}

void ExpectSame(const ManifestFile& a, const ManifestFile& b) {
  EXPECT_EQ(a.path, b.path);
  EXPECT_EQ(a.length_bytes, b.length_bytes);
  EXPECT_EQ(a.spec_id, b.spec_id);
  EXPECT_EQ(a.content, b.content);
  EXPECT_EQ(a.sequence_number, b.sequence_number);
  EXPECT_EQ(a.min_sequence_number, b.min_sequence_number);
  EXPECT_EQ(a.added_snapshot_id, b.added_snapshot_id);
  EXPECT_EQ(a.added_files, b.added_files);
  EXPECT_EQ(a.existing_files, b.existing_files);
  EXPECT_EQ(a.deleted_files, b.deleted_files);
  EXPECT_EQ(a.added_rows, b.added_rows);
  EXPECT_EQ(a.existing_rows, b.existing_rows);
  EXPECT_EQ(a.deleted_rows, b.deleted_rows);
  EXPECT_EQ(a.key_metadata, b.key_metadata);
  ASSERT_EQ(a.partitions.has_value(), b.partitions.has_value());
  if (!a.partitions) return;
  ASSERT_EQ(a.partitions->size(), b.partitions->size());
  for (size_t i = 0; i < a.partitions->size(); ++i) {
    EXPECT_EQ((*a.partitions)[i].contains_null, (*b.partitions)[i].contains_null);
    EXPECT_EQ((*a.partitions)[i].contains_nan, (*b.partitions)[i].contains_nan);
    EXPECT_EQ((*a.partitions)[i].lower, (*b.partitions)[i].lower);
    EXPECT_EQ((*a.partitions)[i].upper, (*b.partitions)[i].upper);
  }
}

TEST(ManifestList, RoundTripsVersion2) {
  SeededRng rng(1);
  const auto bytes = EncodeManifestList({2, 55, 44, 9}, {FullList()}, rng);
  ASSERT_TRUE(bytes) << bytes.error().message;
  const auto read = ReadManifestList(*bytes, "list");
  ASSERT_TRUE(read) << read.error().message;
  ASSERT_EQ(read->size(), 1U);
  ExpectSame((*read)[0], FullList());
  const auto file = avro::ReadContainer(*bytes, "list");
  EXPECT_EQ(file->metadata.at("snapshot-id"), "55");
  EXPECT_EQ(file->metadata.at("parent-snapshot-id"), "44");
  EXPECT_EQ(file->metadata.at("sequence-number"), "9");
  EXPECT_EQ(file->metadata.at("format-version"), "2");
  ManifestFile uncounted = FullList();
  uncounted.added_rows.reset();
  EXPECT_EQ(EncodeManifestList({2, 55, 44, 9}, {uncounted}, rng).error().kind, ErrorKind::kInternal);
}

TEST(ManifestList, RoundTripsVersion1) {
  SeededRng rng(1);
  ManifestFile manifest = FullList();
  EXPECT_EQ(EncodeManifestList({1, 55, std::nullopt, 0}, {manifest}, rng).error().kind, ErrorKind::kInternal);
  manifest.content = ManifestContent::kData;
  manifest.sequence_number = 0;
  manifest.min_sequence_number = 0;
  manifest.added_rows.reset();
  const auto bytes = EncodeManifestList({1, 55, std::nullopt, 0}, {manifest}, rng);
  ASSERT_TRUE(bytes) << bytes.error().message;
  const auto read = ReadManifestList(*bytes, "list");
  ASSERT_TRUE(read) << read.error().message;
  ExpectSame((*read)[0], manifest);
  EXPECT_EQ(avro::ReadContainer(*bytes, "list")->metadata.at("parent-snapshot-id"), "null");
}

TEST(ManifestList, OldNamesAndDamage) {
  SeededRng rng(1);
  const Json schema = *ParseJson(R"({"type":"record","name":"manifest_file","fields":[
    {"name":"manifest_path","type":"string"},{"name":"manifest_length","type":"long"},{"name":"partition_spec_id","type":"int"},
    {"name":"added_snapshot_id","type":["null","long"]},{"name":"added_data_files_count","type":["null","int"]}]})",
                                 "test");
  const auto read = [&](avro::Value snapshot_id, int64_t length) {
    const auto bytes = avro::WriteContainer(schema, {},
                                            {{avro::Record{{"manifest_path", {std::string("p")}},
                                                           {"manifest_length", {length}},
                                                           {"partition_spec_id", {int64_t{0}}},
                                                           {"added_snapshot_id", std::move(snapshot_id)},
                                                           {"added_data_files_count", {int64_t{7}}}}}},
                                            avro::Codec::kNull, rng);
    return ReadManifestList(bytes.value(), "list");
  };
  EXPECT_EQ(read({int64_t{3}}, 5).value().at(0).added_files, 7);
  EXPECT_EQ(read({int64_t{3}}, 5).value().at(0).existing_files, std::nullopt);
  EXPECT_EQ(read({}, 5).error().kind, ErrorKind::kCorrupt);
  EXPECT_EQ(read({int64_t{3}}, -5).error().kind, ErrorKind::kCorrupt);
  EXPECT_EQ(ReadManifestList("no Avro", "list").error().kind, ErrorKind::kCorrupt);
}

}  // namespace
}  // namespace calve::iceberg
