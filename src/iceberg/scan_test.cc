#include "iceberg/scan.h"

#include <gtest/gtest.h>

#include "fakes/fake_clock.h"
#include "iceberg/append.h"
#include "iceberg/append_manifests.h"
#include "iceberg/append_merge.h"
#include "iceberg/manifest_list.h"
#include "store/memory_store.h"

namespace calve::iceberg {
namespace {

class ScanTest : public testing::Test {
 protected:
  static NewTable Definition() {
    NewTable definition;
    definition.location = "memory://t";
    Field field;
    field.name = "id";
    definition.schema.fields.push_back(field);
    return definition;
  }

  static DataFile File(const std::string& path) {
    DataFile file;
    file.file_path = path;
    file.record_count = 1;
    file.file_size_bytes = 10;
    return file;
  }

  /// The new snapshot's id.
  int64_t Append(const std::vector<std::string>& paths) {
    AppendRequest request;
    for (const std::string& path : paths) request.files.push_back(File(path));
    request.schema_id = table_.metadata.schema().schema_id;
    const AppendBuilt built = BuildAppend(table_, request, store_, clock_, rng_).value();
    table_.metadata = ApplyUpdates(table_.metadata, "memory://t/v.json", built.change.updates, clock_).value();
    return built.snapshot_id;
  }

  std::optional<ListedFile> Find(std::string_view prefix) {
    auto found = FindListedFile(table_.metadata, prefix, store_);
    EXPECT_TRUE(found) << found.error().message;
    return found.value_or(std::nullopt);
  }

  FakeClock clock_;
  SeededRng rng_{1};
  store::MemoryStore store_;
  LoadedTable table_{"memory://t/v0.json", MakeTableMetadata(Definition(), clock_, rng_).value()};
};

TEST_F(ScanTest, AFileIsFoundByItsNameWithTheSnapshotThatAddedIt) {
  EXPECT_FALSE(Find("aa-"));
  const int64_t first = Append({"memory://t/data/day=1/aa-000000-x.parquet", "memory://t/data/bb-000000-x.parquet"});
  const int64_t second = Append({"memory://t/data/cc-000000-x.parquet"});
  const auto aa = Find("aa-");
  ASSERT_TRUE(aa);
  EXPECT_EQ(aa->path, "memory://t/data/day=1/aa-000000-x.parquet");
  EXPECT_TRUE(aa->live);
  EXPECT_EQ(aa->snapshot_id, first);
  EXPECT_EQ(Find("cc-000000-")->snapshot_id, second);
  EXPECT_FALSE(Find("cc-000001-"));
  EXPECT_FALSE(Find("data/bb")) << "a name begins behind the last slash";
  EXPECT_FALSE(Find("000000"));
}

TEST_F(ScanTest, WhatTheCurrentSnapshotRemovedWasThere) {
  const int64_t id = Append({"memory://t/data/bb-000000-x.parquet"});
  ManifestEntry removed;
  removed.status = EntryStatus::kDeleted;
  removed.snapshot_id = id;
  removed.sequence_number = removed.file_sequence_number = 1;
  removed.file = File("memory://t/data/aa-000000-x.parquet");
  SnapshotNumbers numbers;
  numbers.format_version = 2;
  numbers.snapshot_id = id;
  numbers.sequence_number = 1;
  const TableMetadata& metadata = table_.metadata;
  const SpecContext context = ContextOfSpec(metadata, 0, metadata.schema().schema_id).value();
  PlannedManifest manifest = PlanManifest(context, {removed}, numbers, rng_).value();
  manifest.file.path = "memory://t/metadata/removed.avro";
  ASSERT_TRUE(store_.Put(manifest.file.path, manifest.bytes, store::PutMode::kIfAbsent));
  ManifestListHeader header;
  header.format_version = 2;
  header.snapshot_id = id;
  header.sequence_number = 1;
  const std::string list = EncodeManifestList(header, {manifest.file}, rng_).value();
  ASSERT_TRUE(store_.Put(metadata.current_snapshot()->manifest_list, list, store::PutMode::kOverwrite));
  const auto found = Find("aa-");
  ASSERT_TRUE(found);
  EXPECT_FALSE(found->live);
  EXPECT_FALSE(found->snapshot_id);
  EXPECT_FALSE(Find("bb-"));
}

}  // namespace
}  // namespace calve::iceberg
