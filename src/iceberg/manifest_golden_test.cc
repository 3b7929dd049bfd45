// Manifests and manifest lists that PyIceberg wrote, against what PyIceberg reads in them; tests/golden/make_golden.py
// makes them.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <span>
#include <sstream>

#include "base/hash.h"
#include "iceberg/literal_time.h"
#include "iceberg/manifest_list.h"
#include "iceberg/manifest_reader.h"
#include "iceberg/manifest_schema.h"
#include "iceberg/manifest_summary.h"

namespace calve::iceberg {
namespace {

std::string ReadGolden(const std::string& name) {
  const auto path = std::filesystem::path(CALVE_GOLDEN_DIR) / name;
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.good()) << path;
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

Json Expected(const std::string& name) { return ParseJson(ReadGolden("expected.json"), "expected.json")->at(name); }

Json HexOrNull(const std::optional<std::string>& bytes) {
  if (!bytes) return nullptr;
  return Hex(std::span(reinterpret_cast<const uint8_t*>(bytes->data()), bytes->size()));
}

Json SummariesToJson(const ManifestFile& manifest) {
  Json partitions = Json::array();
  for (const PartitionFieldSummary& part : *manifest.partitions) {
    partitions.push_back({{"contains_null", part.contains_null},
                          {"contains_nan", part.contains_nan.value_or(false)},
                          {"lower", HexOrNull(part.lower)},
                          {"upper", HexOrNull(part.upper)}});
  }
  return partitions;
}

void ExpectListed(const ManifestFile& manifest, const Json& expected) {
  EXPECT_EQ(manifest.path, expected["manifest_path"]);
  EXPECT_EQ(manifest.length_bytes, expected["manifest_length"]);
  EXPECT_EQ(manifest.spec_id, expected["partition_spec_id"]);
  EXPECT_EQ(static_cast<int>(manifest.content), expected["content"]);
  EXPECT_EQ(manifest.sequence_number, expected["sequence_number"]);
  EXPECT_EQ(manifest.min_sequence_number, expected["min_sequence_number"]);
  EXPECT_EQ(manifest.added_snapshot_id, expected["added_snapshot_id"]);
  EXPECT_EQ(manifest.added_files, expected["added_files_count"].get<int64_t>());
  EXPECT_EQ(manifest.existing_files, expected["existing_files_count"].get<int64_t>());
  EXPECT_EQ(manifest.deleted_files, expected["deleted_files_count"].get<int64_t>());
  EXPECT_EQ(manifest.added_rows, expected["added_rows_count"].get<int64_t>());
  EXPECT_EQ(SummariesToJson(manifest), expected["partitions"]);
}

TEST(Golden, ManifestListsOfPyIceberg) {
  for (const std::string name : {"manifest_list_v1", "manifest_list_v2"}) {
    const auto manifests = ReadManifestList(ReadGolden(name + ".avro"), name);
    ASSERT_TRUE(manifests) << manifests.error().message;
    ASSERT_EQ(manifests->size(), 1U);
    ExpectListed((*manifests)[0], Expected(name));
  }
}

TEST(Golden, ManifestListWithoutFieldIds) {
  const auto manifests = ReadManifestList(ReadGolden("manifest_list_noids.avro"), "noids");
  ASSERT_TRUE(manifests) << manifests.error().message;
  ASSERT_EQ(manifests->size(), 1U);
  ExpectListed((*manifests)[0], Expected("manifest_list_v1"));
}

TEST(Golden, ManifestsOfPyIceberg) {
  for (const int version : {1, 2}) {
    const std::string name = "manifest_v" + std::to_string(version);
    const std::string bytes = ReadGolden(name + ".avro");
    const auto header = ReadManifestHeader(bytes, name);
    ASSERT_TRUE(header) << header.error().message;
    EXPECT_EQ(header->format_version, version);
    EXPECT_EQ(header->spec_id, 3);
    ASSERT_TRUE(header->schema);
    const PartitionSpec spec{3, header->fields};
    ASSERT_EQ(spec.fields.size(), 10U);
    const auto types = PartitionTypes(spec, *header->schema);
    ASSERT_TRUE(types) << types.error().message;
    const ManifestFile listed =
        ReadManifestList(ReadGolden("manifest_list_v" + std::to_string(version) + ".avro"), name)->at(0);
    const auto entries = ReadManifestEntries(bytes, name, spec, &*types, &listed);
    ASSERT_TRUE(entries) << entries.error().message;
    ASSERT_EQ(entries->size(), 2U);
    for (int i = 0; i < 2; ++i) {
      const ManifestEntry& entry = (*entries)[static_cast<size_t>(i)];
      EXPECT_EQ(entry.status, EntryStatus::kAdded);
      EXPECT_EQ(entry.snapshot_id, 11);
      EXPECT_EQ(entry.sequence_number, version == 1 ? 0 : 4);
      EXPECT_EQ(entry.file.file_path, "s3://bucket/t/data/" + std::to_string(i) + ".parquet");
      EXPECT_EQ(entry.file.file_format, "PARQUET");
      EXPECT_EQ(entry.file.record_count, 10 + i);
      EXPECT_EQ(entry.file.file_size_bytes, 1000 + i);
      EXPECT_EQ(entry.file.column_sizes_bytes, (std::map<int, int64_t>{{1, 40}, {6, 60}}));
      EXPECT_EQ(entry.file.null_value_counts, (std::map<int, int64_t>{{1, 0}, {6, 2}}));
      EXPECT_EQ(entry.file.lower_bounds.at(1), std::string("\5\0\0\0\0\0\0\0", 8));
      EXPECT_EQ(entry.file.upper_bounds.at(6), "\xc3\xa9");
      EXPECT_EQ(entry.file.split_offsets, (std::vector<int64_t>{4}));
    }
    const std::vector<Literal> tuple = {
        int32_t{7},          true,
        DecimalValue{-1234}, int32_t{16466},
        int32_t{16466},      int32_t{540},
        std::string("ice"),  UuidFromText("f79c3e09-677c-4bbd-a479-3f349cb785e7").value(),
        Literal(),           ParseTimestamp("2015-01-31 10:00:00.123456", false).value()};
    EXPECT_EQ((*entries)[0].file.partition, tuple);
    std::vector<Literal> nulls(10);
    nulls[0] = int32_t{3};
    EXPECT_EQ((*entries)[1].file.partition, nulls);

    // What we would list of these entries is what PyIceberg lists of them.
    auto ours = SummarizeEntries(*entries, &*types, 11, listed.sequence_number);
    ASSERT_TRUE(ours) << ours.error().message;
    ours->path = listed.path;
    ours->length_bytes = static_cast<int64_t>(bytes.size());
    ours->spec_id = 3;
    ExpectListed(*ours, Expected("manifest_list_v" + std::to_string(version)));
  }
}

}  // namespace
}  // namespace calve::iceberg
