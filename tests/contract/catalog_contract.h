// What every Catalog must do (iceberg/catalog.h), as a GoogleTest suite.
//
// To run it on a catalog: implement CatalogEnv, and
//   INSTANTIATE_TEST_SUITE_P(Glue, CatalogContract, testing::Values(CatalogFactory([] { return
//   std::make_unique<GlueEnv>(); })));
#pragma once

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/rng.h"
#include "iceberg/catalog.h"
#include "store/object_store.h"

namespace calve::iceberg {

/// One catalog, empty at first, and the store that its metadata files are in.
class CatalogEnv {
 public:
  virtual ~CatalogEnv() = default;
  virtual Catalog& catalog() = 0;
  /// The same catalog through another client: another connection, as another process has.
  virtual Catalog& other_client() = 0;
  virtual store::ObjectStore& store() = 0;
  /// Whether namespaces may have several levels. A catalog without must refuse them.
  virtual bool nested_namespaces() const { return true; }
  /// Whether a change is applied to the table's newest state where its requirements still hold, as a REST catalog does;
  /// the others reject whatever was built on another state.
  virtual bool rebases() const { return false; }
  /// Whether a server writes the metadata files, so that it is its own affair what its failed attempts leave behind.
  virtual bool server_writes_files() const { return false; }
  /// Why commits that overlap cannot be tested here: a server that does not keep its API's promise. Empty: they can.
  virtual std::string no_overlap_because() const { return {}; }
};

using CatalogFactory = std::function<std::unique_ptr<CatalogEnv>()>;

class CatalogContract : public testing::TestWithParam<CatalogFactory> {
 protected:
  Catalog& catalog() { return env_->catalog(); }
  Catalog& other_client() { return env_->other_client(); }

  static TableIdentifier Name(std::string_view text) { return TableIdentifier::Parse(text).value(); }

  NewTable Definition(const TableIdentifier& table) {
    NewTable definition;
    definition.location = catalog().DefaultLocation(table).value_or("");
    Field field;
    field.name = "n";
    field.type.id = TypeId::kLong;
    definition.schema.fields = {field};
    definition.properties = {{"made-by", "contract"}};
    return definition;
  }

  /// A table that is there; the test fails when it cannot be created.
  LoadedTable Created(const TableIdentifier& table) {
    auto created = catalog().Create(table, Definition(table));
    if (!created) throw std::runtime_error(created.error().message);
    return *std::move(created);
  }

  LoadedTable Loaded(const TableIdentifier& table) {
    auto loaded = catalog().Load(table);
    if (!loaded) throw std::runtime_error(loaded.error().message);
    return *std::move(loaded);
  }

  static TableChange SetProperty(const LoadedTable& base, const std::string& key, const std::string& value) {
    TableChange change;
    change.requirements.push_back({{"type", "assert-table-uuid"}, {"uuid", base.metadata.uuid()}});
    change.updates.push_back({{"action", "set-properties"}, {"updates", {{key, value}}}});
    return change;
  }

  /// A snapshot on main, with the requirement that nobody else has moved it.
  static TableChange Append(const LoadedTable& base, int64_t snapshot_id) {
    const Snapshot* parent = base.metadata.current_snapshot();
    Json snapshot = {{"snapshot-id", snapshot_id},
                     {"sequence-number", base.metadata.last_sequence_number() + 1},
                     {"timestamp-ms", base.metadata.last_updated_ms()},
                     {"manifest-list", base.metadata.location() + "/metadata/snap.avro"},
                     {"summary", {{"operation", "append"}}}};
    if (parent != nullptr) snapshot["parent-snapshot-id"] = parent->snapshot_id;
    Json requirement = {{"type", "assert-ref-snapshot-id"}, {"ref", "main"}, {"snapshot-id", nullptr}};
    if (parent != nullptr) requirement["snapshot-id"] = parent->snapshot_id;
    TableChange change;
    change.requirements.push_back(requirement);
    change.updates.push_back({{"action", "add-snapshot"}, {"snapshot", snapshot}});
    change.updates.push_back(
        {{"action", "set-snapshot-ref"}, {"ref-name", "main"}, {"type", "branch"}, {"snapshot-id", snapshot_id}});
    return change;
  }

  size_t MetadataFiles(const LoadedTable& table) {
    const auto files = env_->store().List(table.metadata.location() + "/metadata/");
    return files ? files->size() : 0;
  }

  CatalogEnv& env() { return *env_; }

 private:
  std::unique_ptr<CatalogEnv> env_ = GetParam()();
};

TEST_P(CatalogContract, CreatesAndLoads) {
  const TableIdentifier name = Name("nyc.trips");
  EXPECT_EQ(catalog().Load(name).error().kind, ErrorKind::kNotFound);
  const LoadedTable created = Created(name);
  EXPECT_EQ(created.metadata.schema().FindByName("n")->id, 1);
  for (Catalog* client : {&catalog(), &other_client()}) {
    const auto loaded = client->Load(name);
    ASSERT_TRUE(loaded) << loaded.error().message;
    EXPECT_EQ(loaded->metadata_location, created.metadata_location);
    EXPECT_EQ(loaded->metadata.json(), created.metadata.json());
  }
  EXPECT_EQ(catalog().Load(Name("nyc.other")).error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(catalog().Load(Name("other.trips")).error().kind, ErrorKind::kNotFound);
}

TEST_P(CatalogContract, CreatingTwiceIsRefusedAndLeavesNothing) {
  const TableIdentifier name = Name("nyc.trips");
  const LoadedTable created = Created(name);
  const auto again = other_client().Create(name, Definition(name));
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().kind, ErrorKind::kAlreadyExists);
  EXPECT_EQ(Loaded(name).metadata.uuid(), created.metadata.uuid());
  EXPECT_EQ(MetadataFiles(created), 1U);
}

TEST_P(CatalogContract, CommitsWhatWasAsked) {
  const TableIdentifier name = Name("nyc.trips");
  const LoadedTable base = Created(name);
  const CommitOutcome outcome = catalog().Commit(name, base, SetProperty(base, "k", "v"));
  ASSERT_EQ(outcome.state, CommitState::kCommitted) << outcome.error.message;
  const auto loaded = other_client().Load(name);
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->metadata_location, outcome.metadata_location);
  EXPECT_EQ(loaded->metadata.Property("k", ""), "v");
  EXPECT_EQ(loaded->metadata.Property("made-by", ""), "contract");
  EXPECT_EQ(loaded->metadata.uuid(), base.metadata.uuid());
}

TEST_P(CatalogContract, TheSecondOfTwoWritersIsRejected) {
  const TableIdentifier name = Name("nyc.trips");
  const LoadedTable base = Created(name);
  ASSERT_EQ(catalog().Commit(name, base, SetProperty(base, "k", "first")).state, CommitState::kCommitted);
  const size_t files = MetadataFiles(base);
  const CommitOutcome late = other_client().Commit(name, base, SetProperty(base, "k", "second"));
  if (env().rebases()) {
    ASSERT_EQ(late.state, CommitState::kCommitted) << late.error.message;
    const LoadedTable now = Loaded(name);
    EXPECT_EQ(now.metadata.Property("k", ""), "second");
    EXPECT_EQ(now.metadata.json()["metadata-log"].size(), 2U);  // Behind the first one's, not instead of it.
    return;
  }
  EXPECT_EQ(late.state, CommitState::kRejected);
  EXPECT_EQ(late.error.kind, ErrorKind::kConflict) << late.error.message;
  EXPECT_EQ(Loaded(name).metadata.Property("k", ""), "first");
  EXPECT_EQ(MetadataFiles(base), files);
  // On the new state it goes through.
  const LoadedTable fresh = Loaded(name);
  EXPECT_EQ(other_client().Commit(name, fresh, SetProperty(fresh, "k", "second")).state, CommitState::kCommitted);
}

TEST_P(CatalogContract, ARequirementThatDoesNotHoldRejects) {
  const TableIdentifier name = Name("nyc.trips");
  const LoadedTable base = Created(name);
  TableChange change = SetProperty(base, "k", "v");
  change.requirements.push_back({{"type", "assert-ref-snapshot-id"}, {"ref", "main"}, {"snapshot-id", 5}});
  const CommitOutcome outcome = catalog().Commit(name, base, change);
  EXPECT_EQ(outcome.state, CommitState::kRejected);
  EXPECT_EQ(outcome.error.kind, ErrorKind::kConflict);
  EXPECT_EQ(Loaded(name).metadata_location, base.metadata_location);
}

TEST_P(CatalogContract, AChangeThatCannotBeIsRejectedForGood) {
  const TableIdentifier name = Name("nyc.trips");
  const LoadedTable base = Created(name);
  TableChange change;
  change.updates.push_back({{"action", "set-current-schema"}, {"schema-id", 99}});
  const CommitOutcome outcome = catalog().Commit(name, base, change);
  EXPECT_EQ(outcome.state, CommitState::kRejected);
  EXPECT_NE(outcome.error.kind, ErrorKind::kConflict);
  EXPECT_EQ(Loaded(name).metadata_location, base.metadata_location);
}

TEST_P(CatalogContract, TwoFirstAppendsOnAnEmptyTable) {
  const TableIdentifier name = Name("nyc.trips");
  const LoadedTable base = Created(name);
  ASSERT_EQ(catalog().Commit(name, base, Append(base, 11)).state, CommitState::kCommitted);
  const CommitOutcome late = other_client().Commit(name, base, Append(base, 12));
  EXPECT_EQ(late.state, CommitState::kRejected);
  EXPECT_EQ(late.error.kind, ErrorKind::kConflict);
  const LoadedTable now = Loaded(name);
  EXPECT_EQ(now.metadata.current_snapshot()->snapshot_id, 11);
  // A fresh base with the old requirement is refused as well: null means that the ref must not exist.
  EXPECT_EQ(other_client().Commit(name, now, Append(base, 12)).state, CommitState::kRejected);
  ASSERT_EQ(other_client().Commit(name, now, Append(now, 12)).state, CommitState::kCommitted);
  const LoadedTable end = Loaded(name);
  EXPECT_EQ(end.metadata.current_snapshot()->snapshot_id, 12);
  EXPECT_EQ(end.metadata.current_snapshot()->parent_snapshot_id, 11);
}

TEST_P(CatalogContract, DroppedTablesAreGone) {
  const TableIdentifier name = Name("nyc.trips");
  const LoadedTable base = Created(name);
  ASSERT_TRUE(other_client().Drop(name));
  EXPECT_EQ(catalog().Load(name).error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(catalog().Drop(name).error().kind, ErrorKind::kNotFound);
  const CommitOutcome outcome = catalog().Commit(name, base, SetProperty(base, "k", "v"));
  EXPECT_EQ(outcome.state, CommitState::kRejected);
  EXPECT_EQ(outcome.error.kind, ErrorKind::kNotFound) << outcome.error.message;
  EXPECT_EQ(MetadataFiles(base), 1U);  // Its files stay; the rejected commit's does not.
  // A new table of that name is another table.
  const LoadedTable reborn = Created(name);
  EXPECT_NE(reborn.metadata.uuid(), base.metadata.uuid());
  EXPECT_EQ(catalog().Commit(name, base, SetProperty(base, "k", "v")).state, CommitState::kRejected);
  EXPECT_EQ(Loaded(name).metadata_location, reborn.metadata_location);
}

TEST_P(CatalogContract, ListsByNamespace) {
  EXPECT_THAT(catalog().List({}).value(), testing::IsEmpty());
  for (const char* name : {"a.t2", "a.t1", "c.t1"}) Created(Name(name));
  if (!env().nested_namespaces()) {
    EXPECT_EQ(catalog().Create(Name("a.b.t1"), Definition(Name("a.t3"))).error().kind, ErrorKind::kInvalidArgument);
    EXPECT_EQ(catalog().Load(Name("a.b.t1")).error().kind, ErrorKind::kNotFound);
    EXPECT_THAT(other_client().List({}).value(),
                testing::UnorderedElementsAre(Name("a.t1"), Name("a.t2"), Name("c.t1")));
    EXPECT_THAT(catalog().List({"a"}).value(), testing::UnorderedElementsAre(Name("a.t1"), Name("a.t2")));
    EXPECT_THAT(catalog().List({"nowhere"}).value(), testing::IsEmpty());
    return;
  }
  Created(Name("a.b.t1"));
  EXPECT_THAT(other_client().List({}).value(),
              testing::UnorderedElementsAre(Name("a.t1"), Name("a.t2"), Name("a.b.t1"), Name("c.t1")));
  EXPECT_THAT(catalog().List({"a"}).value(), testing::UnorderedElementsAre(Name("a.t1"), Name("a.t2")));
  EXPECT_THAT(catalog().List({"a", "b"}).value(), testing::UnorderedElementsAre(Name("a.b.t1")));
  EXPECT_THAT(catalog().List({"nowhere"}).value(), testing::IsEmpty());
}

TEST_P(CatalogContract, EveryTableHasALocationOfItsOwn) {
  const std::string one = catalog().DefaultLocation(Name("a.t")).value();
  EXPECT_THAT(one, testing::MatchesRegex(".*/a(\\.db)?/t"));
  if (env().nested_namespaces()) {
    EXPECT_THAT(catalog().DefaultLocation(Name("a.b.t")).value(), testing::EndsWith("/a/b/t"));
  } else {
    EXPECT_EQ(catalog().DefaultLocation(Name("a.b.t")).error().kind, ErrorKind::kInvalidArgument);
    EXPECT_NE(one, catalog().DefaultLocation(Name("b.t")).value());
  }
  TableIdentifier climbing = Name("a.t");
  climbing.ns = {".."};
  EXPECT_EQ(catalog().DefaultLocation(climbing).error().kind, ErrorKind::kInvalidArgument);
  climbing.ns = {"a"};
  climbing.name = "../../x";
  EXPECT_EQ(catalog().DefaultLocation(climbing).error().kind, ErrorKind::kInvalidArgument);
}

TEST_P(CatalogContract, OneOfManyCreatorsWins) {
  const TableIdentifier name = Name("nyc.trips");
  const NewTable definition = Definition(name);
  std::atomic<int> created = 0;
  std::atomic<int> refused = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      Catalog& client = i % 2 == 0 ? catalog() : other_client();
      auto table = client.Create(name, definition);
      // A server that stumbles over the crowd says so, and is asked again, as the interface allows.
      for (int n = 0; n < 10 && !table && table.error().kind == ErrorKind::kUnavailable; ++n) {
        table = client.Create(name, definition);
      }
      if (table) ++created;
      if (!table && table.error().kind == ErrorKind::kAlreadyExists) ++refused;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(created, 1);
  EXPECT_EQ(refused, 7);
  if (!env().server_writes_files()) {
    EXPECT_EQ(MetadataFiles(Loaded(name)), 1U);
  }
}

TEST_P(CatalogContract, NoneOfManyConcurrentCommitsIsLost) {
  if (!env().no_overlap_because().empty()) GTEST_SKIP() << env().no_overlap_because();
  constexpr int kThreads = 16;
  constexpr int kCommitsEach = 3;
  const TableIdentifier name = Name("nyc.trips");
  const LoadedTable first = Created(name);
  std::atomic<int> failures = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      Catalog& client = i % 2 == 0 ? catalog() : other_client();
      SeededRng rng(static_cast<uint64_t>(i));
      for (int n = 0; n < kCommitsEach; ++n) {
        CommitOutcome outcome;
        do {
          const auto base = client.Load(name);
          if (!base) break;
          outcome = client.Commit(name, *base, SetProperty(*base, fmt::format("k{}.{}", i, n), "v"));
          if (outcome.state == CommitState::kRejected) {
            std::this_thread::sleep_for(std::chrono::microseconds(rng.Next() % 5'000));
          }
        } while (outcome.state == CommitState::kRejected && outcome.error.kind == ErrorKind::kConflict);
        if (outcome.state != CommitState::kCommitted) ++failures;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failures, 0);
  const LoadedTable end = Loaded(name);
  for (int i = 0; i < kThreads; ++i) {
    for (int n = 0; n < kCommitsEach; ++n) {
      EXPECT_EQ(end.metadata.Property(fmt::format("k{}.{}", i, n), ""), "v") << i << " " << n;
    }
  }
  if (env().server_writes_files()) return;
  // One metadata file a commit: those of rejected attempts are gone.
  EXPECT_EQ(MetadataFiles(first), size_t{1} + kThreads * kCommitsEach);
}

}  // namespace calve::iceberg
