#include "iceberg/append.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "avro/object_container.h"
#include "fakes/fake_clock.h"
#include "fakes/faulty_store.h"
#include "iceberg/append_merge.h"
#include "iceberg/manifest_list.h"
#include "iceberg/manifest_reader.h"
#include "iceberg/manifest_schema.h"
#include "iceberg/manifest_summary.h"
#include "iceberg/manifest_writer.h"
#include "store/memory_store.h"

namespace calve::iceberg {
namespace {

/// A table in memory: appends go through the catalog's own functions.
class Table {
 public:
  explicit Table(int version, std::vector<std::string> terms = {}, std::map<std::string, std::string> properties = {}) {
    NewTable definition;
    definition.location = "memory://warehouse/t";
    definition.format_version = version;
    definition.partition_terms = std::move(terms);
    definition.properties = std::move(properties);
    for (const auto& [name, type] : {std::pair{"id", "long"}, std::pair{"day", "date"}}) {
      Field field;
      field.name = name;
      field.type = TypeFromJson(Json(type)).value();
      definition.schema.fields.push_back(field);
    }
    loaded_.metadata_location = "memory://warehouse/t/metadata/v0.json";
    loaded_.metadata = MakeTableMetadata(definition, clock, rng).value();
  }

  DataFile File(const std::string& name, std::vector<Literal> partition = {}, int64_t rows = 10) {
    DataFile file;
    file.file_path = loaded_.metadata.location() + "/data/" + name;
    file.spec_id = loaded_.metadata.spec().spec_id;
    file.partition = std::move(partition);
    file.record_count = rows;
    file.file_size_bytes = rows * 100;
    file.lower_bounds = {{1, std::string(8, '\0')}};
    return file;
  }

  Result<AppendBuilt> Build(std::vector<DataFile> files, std::map<std::string, std::string> summary = {}) {
    return BuildAppend(loaded_, {std::move(files), std::move(summary), loaded_.metadata.schema().schema_id}, store,
                       clock, rng);
  }

  AppendBuilt Append(std::vector<DataFile> files, std::map<std::string, std::string> summary = {}) {
    auto built = Build(std::move(files), std::move(summary));
    EXPECT_TRUE(built) << built.error().message;
    EXPECT_TRUE(CheckRequirements(&loaded_.metadata, built->change.requirements));
    auto next = ApplyUpdates(loaded_.metadata, loaded_.metadata_location, built->change.updates, clock);
    EXPECT_TRUE(next) << next.error().message;
    loaded_.metadata = *std::move(next);
    clock.Advance(std::chrono::seconds(1));
    return *std::move(built);
  }

  /// Changes the metadata's JSON, as another writer might.
  template <typename Change>
  void Patch(Change change) {
    Json json = loaded_.metadata.json();
    change(json);
    loaded_.metadata = TableMetadata::FromJson(std::move(json), "patched").value();
  }

  const Snapshot& Current() { return *loaded_.metadata.current_snapshot(); }

  std::vector<ManifestFile> Manifests() {
    const auto bytes = store::ReadAll(store, Current().manifest_list);
    return ReadManifestList(bytes.value(), "list").value();
  }

  std::vector<ManifestEntry> Entries(const ManifestFile& manifest) {
    const auto bytes = store::ReadAll(store, manifest.path);
    const PartitionSpec& spec = *metadata().SpecById(manifest.spec_id);
    const auto types = PartitionTypes(spec, metadata().schema()).value();
    return ReadManifestEntries(bytes.value(), manifest.path, spec, &types, &manifest).value();
  }

  /// Live files of the current snapshot, sorted.
  std::vector<std::string> LiveFiles() {
    std::vector<std::string> paths;
    for (const ManifestFile& manifest : Manifests()) {
      if (manifest.content != ManifestContent::kData) continue;
      for (const ManifestEntry& entry : Entries(manifest)) {
        if (entry.status != EntryStatus::kDeleted) paths.push_back(entry.file.file_path);
      }
    }
    std::ranges::sort(paths);
    return paths;
  }

  size_t Objects() { return store.List("memory://").value().size(); }
  const TableMetadata& metadata() { return loaded_.metadata; }
  const LoadedTable& loaded() { return loaded_; }

  FakeClock clock;
  SeededRng rng{11};
  store::MemoryStore store;

 private:
  LoadedTable loaded_{"", TableMetadata::FromJson(MinimalJson(), "minimal").value(), {}};

  static Json MinimalJson() {
    NewTable definition;
    definition.location = "memory://x";
    FakeClock clock;
    SeededRng rng(1);
    return MakeTableMetadata(definition, clock, rng).value().json();
  }
};

TEST(Append, FirstSnapshotOfAnEmptyTable) {
  for (const int version : {1, 2}) {
    Table table(version);
    const AppendBuilt built = table.Append({table.File("a"), table.File("b", {}, 5)}, {{"calve.load-id", "x1"}});
    const Snapshot& snapshot = table.Current();
    EXPECT_EQ(snapshot.snapshot_id, built.snapshot_id);
    EXPECT_EQ(snapshot.parent_snapshot_id, std::nullopt);
    EXPECT_EQ(snapshot.sequence_number, version == 1 ? 0 : 1);
    EXPECT_EQ(snapshot.summary, (std::map<std::string, std::string>{{"operation", "append"},
                                                                    {"added-data-files", "2"},
                                                                    {"added-records", "15"},
                                                                    {"added-files-size", "1500"},
                                                                    {"changed-partition-count", "1"},
                                                                    {"total-data-files", "2"},
                                                                    {"total-records", "15"},
                                                                    {"total-files-size", "1500"},
                                                                    {"total-delete-files", "0"},
                                                                    {"total-position-deletes", "0"},
                                                                    {"total-equality-deletes", "0"},
                                                                    {"calve.load-id", "x1"}}));
    ASSERT_EQ(built.written.size(), 2U);
    EXPECT_TRUE(built.written[0].starts_with("memory://warehouse/t/metadata/"));
    EXPECT_TRUE(built.written[0].ends_with("-m0.avro"));
    EXPECT_TRUE(built.written[1].starts_with("memory://warehouse/t/metadata/snap-" + std::to_string(built.snapshot_id) +
                                             "-1-"));
    EXPECT_EQ(built.written[1], snapshot.manifest_list);

    const auto manifests = table.Manifests();
    ASSERT_EQ(manifests.size(), 1U);
    EXPECT_EQ(manifests[0].path, built.written[0]);
    EXPECT_EQ(manifests[0].length_bytes, static_cast<int64_t>(store::ReadAll(table.store, manifests[0].path)->size()));
    EXPECT_EQ(manifests[0].added_snapshot_id, built.snapshot_id);
    EXPECT_EQ(manifests[0].sequence_number, version == 1 ? 0 : 1);
    EXPECT_EQ(manifests[0].added_files, 2);
    EXPECT_EQ(manifests[0].added_rows, 15);
    EXPECT_TRUE(manifests[0].partitions->empty());
    const auto entries = table.Entries(manifests[0]);
    ASSERT_EQ(entries.size(), 2U);
    EXPECT_EQ(entries[0].snapshot_id, built.snapshot_id);
    EXPECT_EQ(entries[0].status, EntryStatus::kAdded);
    EXPECT_EQ(entries[0].file.lower_bounds, table.File("a").lower_bounds);
  }
}

TEST(Append, RequirementsAssertTheRefAlways) {
  Table table(2);
  const auto first = table.Append({table.File("a")});
  ASSERT_EQ(first.change.requirements.size(), 2U);
  EXPECT_EQ(first.change.requirements[0]["type"], "assert-table-uuid");
  EXPECT_EQ(first.change.requirements[0]["uuid"], table.metadata().uuid());
  EXPECT_EQ(first.change.requirements[1]["type"], "assert-ref-snapshot-id");
  EXPECT_EQ(first.change.requirements[1]["ref"], "main");
  EXPECT_TRUE(first.change.requirements[1]["snapshot-id"].is_null());
  const auto second = table.Append({table.File("b")});
  EXPECT_EQ(second.change.requirements[1]["snapshot-id"], first.snapshot_id);
  EXPECT_FALSE(CheckRequirements(&table.metadata(), second.change.requirements));  // Somebody was faster: it was us.
  ASSERT_EQ(second.change.updates.size(), 2U);
  EXPECT_EQ(second.change.updates[0]["action"], "add-snapshot");
  EXPECT_EQ(second.change.updates[1]["action"], "set-snapshot-ref");
  EXPECT_EQ(second.change.updates[1]["snapshot-id"], second.snapshot_id);
}

TEST(Append, TotalsFollowTheParents) {
  Table table(2);
  table.Append({table.File("a", {}, 7)});
  table.Append({table.File("b", {}, 3)});
  EXPECT_EQ(table.Current().summary.at("total-records"), "10");
  EXPECT_EQ(table.Current().summary.at("total-data-files"), "2");
  table.Patch([](Json& json) {
    json["snapshots"].back()["summary"].erase("total-records");
    json["snapshots"].back()["summary"]["total-data-files"] = "many";
  });
  table.Append({table.File("c")});
  EXPECT_FALSE(table.Current().summary.contains("total-records"));
  EXPECT_FALSE(table.Current().summary.contains("total-data-files"));
  EXPECT_EQ(table.Current().summary.at("total-files-size"), "2000");
}

TEST(Append, OfNoFilesIsASnapshotAllTheSame) {
  Table table(2);
  table.Append({table.File("a")});
  const auto built = table.Append({}, {{"calve.load-id", "empty"}});
  EXPECT_EQ(built.written.size(), 1U);
  EXPECT_EQ(table.LiveFiles().size(), 1U);
  EXPECT_EQ(table.Current().summary.at("total-records"), "10");
  EXPECT_EQ(table.Current().summary.at("changed-partition-count"), "0");
}

TEST(Append, PartitionedTableHasSummaries) {
  for (const int version : {1, 2}) {
    Table table(version, {"bucket(4, id)", "month(day)"});
    table.Append({table.File("a", {int32_t{3}, int32_t{540}}), table.File("b", {int32_t{1}, Literal()}),
                  table.File("c", {int32_t{3}, int32_t{540}})});
    EXPECT_EQ(table.Current().summary.at("changed-partition-count"), "2");
    const auto manifests = table.Manifests();
    ASSERT_EQ(manifests[0].partitions->size(), 2U);
    EXPECT_EQ(manifests[0].partitions->at(0).lower, std::string("\1\0\0\0", 4));
    EXPECT_EQ(manifests[0].partitions->at(0).upper, std::string("\3\0\0\0", 4));
    EXPECT_TRUE(manifests[0].partitions->at(1).contains_null);
    EXPECT_EQ(table.Entries(manifests[0])[1].file.partition, (std::vector<Literal>{int32_t{1}, Literal()}));
  }
}

TEST(Append, MetadataPathPropertyIsHonoured) {
  Table table(2, {}, {{"write.metadata.path", "memory://elsewhere/meta/"}});
  for (const std::string& path : table.Append({table.File("a")}).written)
    EXPECT_TRUE(path.starts_with("memory://elsewhere/meta/"));
}

TEST(Append, SnapshotTimesDoNotRunBackwards) {
  Table table(2);
  const int64_t future = ToMillis(table.clock.Now()) + 3'600'000;
  table.Patch([&](Json& json) { json["last-updated-ms"] = future; });
  EXPECT_EQ(table.Build({table.File("a")})->change.updates[0]["snapshot"]["timestamp-ms"], future);
}

TEST(Append, WhatDoesNotBelongToTheTableIsRefused) {
  Table table(2);
  const auto kind = [&](DataFile file) {
    const auto built = table.Build({std::move(file)});
    return built ? ErrorKind::kCancelled : built.error().kind;
  };
  DataFile file = table.File("a");
  file.spec_id = 9;
  EXPECT_EQ(kind(file), ErrorKind::kInvalidArgument);
  EXPECT_EQ(kind(table.File("a", {int32_t{1}})), ErrorKind::kInternal);
  file = table.File("a");
  file.content = FileContent::kPositionDeletes;
  EXPECT_EQ(kind(file), ErrorKind::kInternal);
  EXPECT_EQ(BuildAppend(table.loaded(), {{}, {}, 99}, table.store, table.clock, table.rng).error().kind,
            ErrorKind::kInvalidArgument);
  EXPECT_EQ(table.Build({}, {{"total-records", "0"}}).error().kind, ErrorKind::kInvalidArgument);
  table.Patch([](Json& json) { json["properties"]["commit.manifest.min-count-to-merge"] = "few"; });
  const auto built = table.Build({});
  ASSERT_FALSE(built);
  EXPECT_EQ(built.error().kind, ErrorKind::kInvalidArgument);
  EXPECT_NE(built.error().message.find("min-count-to-merge"), std::string::npos);
  EXPECT_EQ(table.Objects(), 0U);
}

TEST(Append, Version3IsRefused) {
  Table table(2);
  table.Patch([](Json& json) {
    json["format-version"] = 3;
    json["next-row-id"] = 0;
  });
  EXPECT_EQ(table.Build({table.File("a")}).error().kind, ErrorKind::kInvalidArgument);
}

TEST(PackFromEnd, FillsFromTheEndAndKeepsTheOrder) {
  using Runs = std::vector<size_t>;
  EXPECT_EQ(PackFromEnd({}, 10), Runs{});
  EXPECT_EQ(PackFromEnd({4, 4, 4}, 10), (Runs{1, 2}));
  EXPECT_EQ(PackFromEnd({1, 20, 3, 7}, 10), (Runs{1, 1, 2}));
  EXPECT_EQ(PackFromEnd({10, 10}, 10), (Runs{1, 1}));
  EXPECT_EQ(PackFromEnd({0, 0, 99}, 10), (Runs{2, 1}));
}

TEST(Merge, NewManifestsWaitForTheMinimum) {
  for (const int version : {1, 2}) {
    Table table(version, {}, {{"commit.manifest.min-count-to-merge", "3"}});
    const int64_t first = table.Append({table.File("a")}).snapshot_id;
    table.Append({table.File("b")});
    EXPECT_EQ(table.Manifests().size(), 2U);
    EXPECT_EQ(table.Manifests()[0].added_snapshot_id, table.Current().snapshot_id);  // Newest first.
    const auto third = table.Append({table.File("c")});
    ASSERT_EQ(table.Manifests().size(), 1U);
    EXPECT_EQ(third.written.size(), 2U);  // The new files' own manifest was not written.
    const ManifestFile manifest = table.Manifests()[0];
    EXPECT_EQ(manifest.added_snapshot_id, third.snapshot_id);
    EXPECT_EQ(manifest.added_files, 1);
    EXPECT_EQ(manifest.existing_files, 2);
    EXPECT_EQ(manifest.sequence_number, version == 1 ? 0 : 3);
    EXPECT_EQ(manifest.min_sequence_number, version == 1 ? 0 : 1);
    const auto entries = table.Entries(manifest);
    ASSERT_EQ(entries.size(), 3U);
    EXPECT_EQ(entries[0].status, EntryStatus::kAdded);
    EXPECT_EQ(entries[0].snapshot_id, third.snapshot_id);
    EXPECT_EQ(entries[2].status, EntryStatus::kExisting);
    EXPECT_EQ(entries[2].snapshot_id, first);
    EXPECT_EQ(entries[2].sequence_number, version == 1 ? 0 : 1);
    EXPECT_EQ(entries[2].file_sequence_number, version == 1 ? 0 : 1);
    EXPECT_EQ(entries[2].file.file_path, table.File("a").file_path);
    EXPECT_EQ(table.LiveFiles().size(), 3U);
  }
}

TEST(Merge, CanBeTurnedOff) {
  Table table(2, {}, {{"commit.manifest.min-count-to-merge", "2"}, {"commit.manifest-merge.enabled", "false"}});
  for (const char* name : {"a", "b", "c"}) table.Append({table.File(name)});
  EXPECT_EQ(table.Manifests().size(), 3U);
}

TEST(Merge, RunsOfOldManifestsAreMergedUpToTheTargetSize) {
  Table table(2, {}, {{"commit.manifest.min-count-to-merge", "100"}});
  std::set<std::string> names;
  for (int i = 0; i < 12; ++i) table.Append({table.File("f" + std::to_string(i))});
  EXPECT_EQ(table.Manifests().size(), 12U);
  const int64_t size = table.Manifests()[0].length_bytes;
  table.Patch(
      [&](Json& json) { json["properties"]["commit.manifest.target-size-bytes"] = std::to_string(size * 7 / 2); });
  table.Append({table.File("last")});
  EXPECT_LT(table.Manifests().size(), 9U);
  EXPECT_EQ(table.LiveFiles().size(), 13U);
}

/// Whatever is merged: no file is lost, none doubled, and each keeps its snapshot and sequence number.
TEST(Merge, KeepsEveryFileWithItsNumbers) {
  for (uint64_t seed = 0; seed < 12; ++seed) {
    SeededRng pick(seed);
    Table table(seed % 3 == 0 ? 1 : 2,
                seed % 2 == 0 ? std::vector<std::string>{"bucket(3, id)"} : std::vector<std::string>{},
                {{"commit.manifest.min-count-to-merge", std::to_string(1 + pick.Next() % 5)},
                 {"commit.manifest.target-size-bytes", std::to_string(2000 + pick.Next() % 20000)}});
    std::map<std::string, std::pair<int64_t, int64_t>> expected;
    for (int i = 0; i < 15; ++i) {
      std::vector<DataFile> files;
      for (uint64_t n = pick.Next() % 4; n > 0; --n) {
        std::vector<Literal> tuple;
        if (seed % 2 == 0) tuple = {static_cast<int32_t>(pick.Next() % 3)};
        files.push_back(table.File(std::to_string(i) + "-" + std::to_string(n), tuple));
      }
      const auto built = table.Append(files);
      for (const DataFile& file : files)
        expected[file.file_path] = {built.snapshot_id, table.Current().sequence_number};
    }
    std::map<std::string, std::pair<int64_t, int64_t>> found;
    for (const ManifestFile& manifest : table.Manifests()) {
      int64_t rows = 0;
      for (const ManifestEntry& entry : table.Entries(manifest)) {
        EXPECT_TRUE(found.emplace(entry.file.file_path, std::pair{*entry.snapshot_id, *entry.sequence_number}).second);
        EXPECT_EQ(entry.sequence_number, entry.file_sequence_number);
        rows += entry.file.record_count;
      }
      EXPECT_EQ(rows, *manifest.added_rows + *manifest.existing_rows);
    }
    EXPECT_EQ(found, expected);
    EXPECT_EQ(table.Current().summary.at("total-data-files"), std::to_string(expected.size()));
  }
}

/// Puts another list of manifests under the current snapshot.
void ReplaceList(Table& table, const std::vector<ManifestFile>& manifests) {
  SeededRng rng(5);
  const auto bytes = EncodeManifestList({table.metadata().format_version(), 1, std::nullopt, 1}, manifests, rng);
  ASSERT_TRUE(bytes) << bytes.error().message;
  ASSERT_TRUE(table.store.Put(table.Current().manifest_list, *bytes, store::PutMode::kOverwrite));
}

TEST(Merge, DeleteManifestsAreLeftAloneAndDeadOnesDropped) {
  Table table(2, {}, {{"commit.manifest.min-count-to-merge", "2"}});
  table.Append({table.File("a")});
  ManifestFile data = table.Manifests()[0];
  ManifestFile deletes = data;
  deletes.path = "memory://warehouse/t/metadata/deletes.avro";  // Not there: it is not even read.
  deletes.content = ManifestContent::kDeletes;
  ManifestFile dead = data;
  dead.path = "memory://warehouse/t/metadata/dead.avro";
  dead.added_files = 0;
  dead.deleted_files = 1;
  ReplaceList(table, {deletes, data, dead});
  table.Append({table.File("b")});
  const auto manifests = table.Manifests();
  ASSERT_EQ(manifests.size(), 2U);
  EXPECT_EQ(manifests[0].existing_files, 1);
  EXPECT_EQ(manifests[0].added_files, 1);
  EXPECT_EQ(manifests[1].path, deletes.path);
  EXPECT_EQ(manifests[1].content, ManifestContent::kDeletes);
  EXPECT_EQ(manifests[1].sequence_number, 1);
}

TEST(Merge, FilesThatOldSnapshotsDeletedAreDropped) {
  Table table(2, {}, {{"commit.manifest.min-count-to-merge", "2"}});
  table.Append({table.File("a"), table.File("gone")});
  ManifestFile manifest = table.Manifests()[0];
  auto entries = table.Entries(manifest);
  entries[1].status = EntryStatus::kDeleted;
  entries[1].file_sequence_number = 1;
  const Schema& schema = table.metadata().schema();
  const std::string bytes =
      EncodeManifest({schema, table.metadata().spec(), {}, 2, ManifestContent::kData}, entries, table.rng).value();
  manifest.path += ".rewritten";
  manifest.added_files = 1;
  manifest.deleted_files = 1;
  ASSERT_TRUE(table.store.Put(manifest.path, bytes, store::PutMode::kIfAbsent));
  ReplaceList(table, {manifest});
  table.Append({table.File("b")});
  ASSERT_EQ(table.Manifests().size(), 1U);
  EXPECT_EQ(table.Entries(table.Manifests()[0]).size(), 2U);
  EXPECT_EQ(table.LiveFiles(), (std::vector<std::string>{table.File("a").file_path, table.File("b").file_path}));
}

TEST(Merge, EncryptedManifestsAreLeftAlone) {
  Table table(2, {}, {{"commit.manifest.min-count-to-merge", "2"}});
  table.Append({table.File("a")});
  ManifestFile manifest = table.Manifests()[0];
  manifest.key_metadata = "key";
  ReplaceList(table, {manifest});
  table.Append({table.File("b")});
  ASSERT_EQ(table.Manifests().size(), 2U);
  EXPECT_EQ(table.Manifests()[1].key_metadata, "key");
}

TEST(Merge, SpecsWithUnknownTransformsAreLeftAlone) {
  Table table(2, {"day(day)"}, {{"commit.manifest.min-count-to-merge", "1"}});
  table.Append({table.File("a", {int32_t{1}})});
  table.Append({table.File("b", {int32_t{1}})});
  EXPECT_EQ(table.Manifests().size(), 1U);
  const std::string path = table.Manifests()[0].path;
  table.Patch([](Json& json) { json["partition-specs"][0]["fields"][0]["transform"] = "zorder"; });
  EXPECT_EQ(table.Build({table.File("c", {int32_t{1}})}).error().kind, ErrorKind::kInvalidArgument);
  table.Append({});
  ASSERT_EQ(table.Manifests().size(), 1U);
  EXPECT_EQ(table.Manifests()[0].path, path);
}

TEST(Append, FilesOfSeveralSpecsGoToManifestsOfTheirOwn) {
  Table table(2, {"bucket(4, id)"});
  table.Append({table.File("a", {int32_t{2}})});
  table.Patch([](Json& json) {
    Json spec = *ParseJson(
        R"({"spec-id":1,"fields":[{"source-id":2,"field-id":1001,"name":"day","transform":"identity"}]})", "test");
    json["partition-specs"].push_back(spec);
    json["default-spec-id"] = 1;
    json["last-partition-id"] = 1001;
  });
  DataFile old_spec = table.File("b", {int32_t{3}});
  old_spec.spec_id = 0;
  table.Append({table.File("c", {int32_t{16000}}), old_spec});
  const auto manifests = table.Manifests();
  ASSERT_EQ(manifests.size(), 3U);
  EXPECT_EQ(manifests[0].spec_id, 1);
  EXPECT_EQ(manifests[1].spec_id, 0);
  EXPECT_EQ(table.Current().summary.at("changed-partition-count"), "2");
  EXPECT_EQ(table.LiveFiles().size(), 3U);
}

TEST(Append, ManifestsOfUnknownSpecsAreCorrupt) {
  Table table(2);
  table.Append({table.File("a")});
  ManifestFile manifest = table.Manifests()[0];
  manifest.spec_id = 7;
  ReplaceList(table, {manifest});
  const auto built = table.Build({table.File("b")});
  ASSERT_FALSE(built);
  EXPECT_EQ(built.error().kind, ErrorKind::kCorrupt);
}

TEST(Append, MissingAndShortManifestsAreCorrupt) {
  Table table(2, {}, {{"commit.manifest.min-count-to-merge", "2"}});
  table.Append({table.File("a"), table.File("b")});
  const size_t objects = table.Objects();
  ManifestFile manifest = table.Manifests()[0];
  manifest.added_files = 3;
  ReplaceList(table, {manifest});
  const auto built = table.Build({table.File("c")});
  ASSERT_FALSE(built);
  EXPECT_EQ(built.error().kind, ErrorKind::kCorrupt);
  EXPECT_NE(built.error().message.find("commit.manifest-merge.enabled"), std::string::npos);
  const std::vector<std::string> gone = {manifest.path};
  ASSERT_TRUE(table.store.Delete(gone));
  EXPECT_EQ(table.Build({table.File("c")}).error().kind, ErrorKind::kCorrupt);
  const std::vector<std::string> list = {table.Current().manifest_list};
  ASSERT_TRUE(table.store.Delete(list));
  EXPECT_EQ(table.Build({table.File("c")}).error().kind, ErrorKind::kCorrupt);
  EXPECT_EQ(table.Objects(), objects - 2);
}

TEST(Append, ToVersion1SnapshotsThatEmbedTheirManifests) {
  Table table(1, {"bucket(4, id)"});
  table.Append({table.File("a", {int32_t{1}})});
  const int64_t first = table.Current().snapshot_id;
  const std::string path = table.Manifests()[0].path;
  table.Patch([&](Json& json) {
    json["snapshots"][0].erase("manifest-list");
    json["snapshots"][0]["manifests"] = Json::array({path});
  });
  table.Append({table.File("b", {int32_t{3}})});
  const auto manifests = table.Manifests();
  ASSERT_EQ(manifests.size(), 2U);
  EXPECT_EQ(manifests[1].path, path);
  EXPECT_EQ(manifests[1].added_snapshot_id, first);
  EXPECT_EQ(manifests[1].added_files, 1);
  EXPECT_EQ(manifests[1].partitions->at(0).upper, std::string("\1\0\0\0", 4));
  EXPECT_EQ(manifests[1].length_bytes, static_cast<int64_t>(store::ReadAll(table.store, path)->size()));
  EXPECT_EQ(table.LiveFiles().size(), 2U);
}

TEST(Append, ToTablesThatWereOfVersion1) {
  Table table(1, {}, {{"commit.manifest.min-count-to-merge", "3"}});
  table.Append({table.File("a")});
  ManifestFile manifest = table.Manifests()[0];
  manifest.added_rows.reset();  // Version 1 lists need not have it.
  ReplaceList(table, {manifest});
  table.Patch([](Json& json) {
    json["format-version"] = 2;
    json["last-sequence-number"] = 0;
  });
  table.Append({table.File("b")});
  EXPECT_EQ(table.Manifests()[1].added_rows, 10);
  EXPECT_EQ(table.Manifests()[1].sequence_number, 0);
  table.Append({table.File("c")});
  ASSERT_EQ(table.Manifests().size(), 1U);
  EXPECT_EQ(table.Manifests()[0].min_sequence_number, 0);
  const auto entries = table.Entries(table.Manifests()[0]);
  EXPECT_EQ(entries[2].sequence_number, 0);
  EXPECT_EQ(entries[1].sequence_number, 1);
  EXPECT_EQ(entries[0].sequence_number, 2);
}

/// Each store call fails before, after, or is repeated: what is built is whole, and a failure leaves nothing behind.
TEST(Append, EveryFaultOfTheStoreLeavesNothingOrAll) {
  Table table(2, {"bucket(4, id)"}, {{"commit.manifest.min-count-to-merge", "3"}});
  table.Append({table.File("a", {int32_t{1}})});
  table.Append({table.File("b", {int32_t{1}})});
  const auto attempt = [&](FaultInjector& faults) {
    store::FaultyStore store(table.store, faults);
    return BuildAppend(table.loaded(), {{table.File("c", {int32_t{2}})}, {}, 0}, store, table.clock, table.rng);
  };
  FaultInjector counting(NoFaults(), table.clock);
  const auto good = attempt(counting);
  ASSERT_TRUE(good) << good.error().message;
  ASSERT_TRUE(table.store.Delete(good->written));
  const size_t before = table.Objects();
  int failures = 0;
  for (int call = 0; call < counting.calls(); ++call) {
    for (const FaultKind kind : {FaultKind::kFailBefore, FaultKind::kFailAfter, FaultKind::kTwice, FaultKind::kLate}) {
      FaultInjector faults(FaultPlan{call, kind}, table.clock);
      const auto built = attempt(faults);
      if (built) {
        EXPECT_EQ(table.Objects(), before + built->written.size());
        ASSERT_TRUE(table.store.Delete(built->written));
      } else {
        ++failures;
        EXPECT_EQ(built.error().kind, ErrorKind::kUnavailable) << built.error().message;
      }
      EXPECT_EQ(table.Objects(), before) << "call " << call << " " << FaultKindName(kind);
    }
  }
  EXPECT_EQ(failures, 2 * counting.calls());
}

}  // namespace
}  // namespace calve::iceberg
