#include "catalog/sql_catalog.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "contract/temp_dir.h"
#include "fakes/faulty_store.h"
#include "sqlite/connection.h"
#include "store/memory_store.h"

namespace calve::catalog {
namespace {

using iceberg::CommitState;
using iceberg::LoadedTable;
using iceberg::TableChange;
using iceberg::TableIdentifier;

/// Another program's connection to the same file.
class RawDb {
 public:
  explicit RawDb(const std::string& path)
      : db_(sqlite::Connection::Open(path, {.noun = "database", .is_no = "is no database"},
                                     sqlite::Connection::Mode::kCreate, std::chrono::milliseconds(0))
                .value()) {}
  void Run(const std::string& sql) {
    const auto status = db_->Exec(sql);
    EXPECT_TRUE(status) << sql << ": " << status.error().message;
  }
  std::string One(const std::string& sql) {
    auto statement = db_->Prepare(sql);
    EXPECT_TRUE(statement) << sql << ": " << statement.error().message;
    if (!statement) return "(failed)";
    return statement->Step().value() ? statement->TextOrNull(0).value_or("(null)") : "(no row)";
  }

 private:
  std::unique_ptr<sqlite::Connection> db_;
};

class SqlCatalogTest : public testing::Test {
 protected:
  TempDir dir_;
  store::MemoryStore store_;
  FakeClock clock_;
  FaultInjector faults_{NoFaults(), clock_};
  std::string path_ = dir_ / "catalog.db";
  TableIdentifier name_ = TableIdentifier::Parse("nyc.trips").value();

  Result<std::unique_ptr<SqlCatalog>> TryOpen(store::ObjectStore& store, std::string catalog_name = "default") {
    SqlCatalogOptions options;
    options.path = path_;
    options.catalog_name = std::move(catalog_name);
    options.warehouse_location = "memory://warehouse/";
    options.busy_timeout = std::chrono::milliseconds(50);
    return SqlCatalog::Open(options, store, clock_, SystemRng());
  }

  std::unique_ptr<SqlCatalog> Open() {
    auto opened = TryOpen(store_);
    if (!opened) throw std::runtime_error(opened.error().message);
    return *std::move(opened);
  }

  static iceberg::NewTable Definition(const TableIdentifier& table) {
    iceberg::NewTable definition;
    definition.location = "memory://warehouse/" + table.name;
    return definition;
  }

  LoadedTable Created(SqlCatalog& catalog) {
    auto created = catalog.Create(name_, Definition(name_));
    if (!created) throw std::runtime_error(created.error().message);
    return *std::move(created);
  }

  static TableChange SetProperty(const std::string& key, const std::string& value) {
    TableChange change;
    change.updates.push_back({{"action", "set-properties"}, {"updates", {{key, value}}}});
    return change;
  }

  size_t Files() { return store_.List("memory://").value().size(); }
};

TEST_F(SqlCatalogTest, WritesTheRowsThatOthersRead) {
  const auto catalog = Open();
  const LoadedTable base = Created(*catalog);
  const auto outcome = catalog->Commit(name_, base, SetProperty("k", "v"));
  ASSERT_EQ(outcome.state, CommitState::kCommitted);
  RawDb db(path_);
  EXPECT_EQ(db.One("SELECT catalog_name || '|' || table_namespace || '|' || table_name || '|' || iceberg_type FROM "
                   "iceberg_tables"),
            "default|nyc|trips|TABLE");
  EXPECT_EQ(db.One("SELECT metadata_location FROM iceberg_tables"), outcome.metadata_location);
  EXPECT_EQ(db.One("SELECT previous_metadata_location FROM iceberg_tables"), base.metadata_location);
  EXPECT_EQ(db.One("SELECT catalog_name || namespace || property_key || property_value FROM "
                   "iceberg_namespace_properties"),
            "defaultnycexiststrue");
}

TEST_F(SqlCatalogTest, WorksWithoutTheTypeColumnAndWhenItIsAddedLater) {
  RawDb db(path_);
  db.Run(
      "CREATE TABLE iceberg_tables(catalog_name VARCHAR(255) NOT NULL, table_namespace VARCHAR(255) NOT NULL, "
      "table_name "
      "VARCHAR(255) NOT NULL, metadata_location VARCHAR(1000), previous_metadata_location VARCHAR(1000), PRIMARY KEY "
      "(catalog_name, table_namespace, table_name))");
  const auto catalog = Open();
  LoadedTable base = Created(*catalog);
  ASSERT_EQ(catalog->Commit(name_, base, SetProperty("k", "1")).state, CommitState::kCommitted);
  db.Run("ALTER TABLE iceberg_tables ADD COLUMN iceberg_type VARCHAR(5)");
  base = catalog->Load(name_).value();
  EXPECT_EQ(base.metadata.Property("k", ""), "1");
  ASSERT_EQ(catalog->Commit(name_, base, SetProperty("k", "2")).state, CommitState::kCommitted);
  const TableIdentifier second{{"nyc"}, "second"};
  ASSERT_TRUE(catalog->Create(second, Definition(second)));
  EXPECT_EQ(db.One("SELECT iceberg_type FROM iceberg_tables WHERE table_name = 'second'"), "TABLE");
  EXPECT_EQ(catalog->List({}).value().size(), 2U);
  EXPECT_TRUE(catalog->Drop(name_));
}

TEST_F(SqlCatalogTest, ViewsAreNotTables) {
  const auto catalog = Open();
  RawDb db(path_);
  db.Run("INSERT INTO iceberg_tables VALUES ('default', 'nyc', 'trips', 'memory://v.json', NULL, 'VIEW')");
  EXPECT_EQ(catalog->Load(name_).error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(catalog->Drop(name_).error().kind, ErrorKind::kNotFound);
  EXPECT_TRUE(catalog->List({}).value().empty());
  EXPECT_EQ(catalog->Create(name_, Definition(name_)).error().kind, ErrorKind::kAlreadyExists);
  EXPECT_EQ(db.One("SELECT count(*) FROM iceberg_tables"), "1");
  EXPECT_EQ(Files(), 0U);
}

TEST_F(SqlCatalogTest, CatalogsOfOtherNamesAreApart) {
  const auto catalog = Open();
  Created(*catalog);
  const auto other = TryOpen(store_, "prod").value();
  const auto missing = other->Load(name_);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, ErrorKind::kNotFound);
  EXPECT_NE(missing.error().message.find("catalog 'default' of the same database has one"), std::string::npos)
      << missing.error().message;
  EXPECT_TRUE(other->List({}).value().empty());
  EXPECT_TRUE(other->Create(name_, Definition(name_)));
}

TEST_F(SqlCatalogTest, TheNamespacesOwnLocationIsHonoured) {
  const auto catalog = Open();
  EXPECT_EQ(catalog->DefaultLocation(name_).value(), "memory://warehouse/nyc/trips");
  RawDb(path_).Run("INSERT INTO iceberg_namespace_properties VALUES ('default', 'nyc', 'location', 's3://b/x/')");
  EXPECT_EQ(catalog->DefaultLocation(name_).value(), "s3://b/x/trips");
}

TEST_F(SqlCatalogTest, FilesThatAreNoCatalog) {
  const auto open_error = [&] {
    const auto opened = TryOpen(store_);
    if (opened) return std::string("opened");
    EXPECT_NE(opened.error().message.find(path_), std::string::npos) << opened.error().message;
    return std::string(ErrorKindName(opened.error().kind));
  };
  std::ofstream(path_) << "a,b,c\n1,2,3\n" << std::string(2000, 'x');
  EXPECT_EQ(open_error(), "corrupt");
  std::filesystem::remove(path_);
  RawDb(path_).Run("CREATE TABLE messages (id INTEGER PRIMARY KEY)");
  EXPECT_EQ(open_error(), "corrupt");
  EXPECT_EQ(RawDb(path_).One("SELECT count(*) FROM sqlite_master"), "1");  // It was left alone.
  std::filesystem::remove(path_);
  RawDb(path_).Run("CREATE TABLE iceberg_tables (catalog_name TEXT, metadata_location TEXT)");
  EXPECT_EQ(open_error(), "corrupt");
  std::filesystem::remove(path_);
  RawDb(path_).Run(
      "CREATE TABLE iceberg_tables (catalog_name TEXT, table_namespace TEXT, table_name TEXT, metadata_location TEXT, "
      "previous_metadata_location TEXT)");  // Without its key two creators could both win.
  EXPECT_EQ(open_error(), "corrupt");
  std::filesystem::remove(path_);
  std::ofstream{path_};  // An empty file is an empty database.
  EXPECT_EQ(open_error(), "opened");
  std::filesystem::remove(path_);
  std::filesystem::create_directory(path_);
  EXPECT_EQ(open_error(), "invalid-argument");
}

TEST_F(SqlCatalogTest, AFolderThatCannotBeWritten) {
  const std::string folder = dir_ / "closed";
  std::filesystem::create_directory(folder);
  std::filesystem::permissions(folder, std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec |
                                           std::filesystem::perms::others_read | std::filesystem::perms::others_exec);
  std::filesystem::permissions(dir_.path(), std::filesystem::perms::others_exec, std::filesystem::perm_options::add);
  const bool root = geteuid() == 0;
  if (root) {
    ASSERT_EQ(seteuid(65534), 0);
  }
  path_ = folder + "/catalog.db";
  const auto direct = TryOpen(store_);
  path_ = folder + "/deeper/catalog.db";
  const auto below = TryOpen(store_);
  if (root) {
    ASSERT_EQ(seteuid(0), 0);
  }
  ASSERT_FALSE(direct);
  EXPECT_EQ(direct.error().kind, ErrorKind::kPermissionDenied) << direct.error().message;
  ASSERT_FALSE(below);
  EXPECT_EQ(below.error().kind, ErrorKind::kPermissionDenied) << below.error().message;
}

TEST_F(SqlCatalogTest, ALockHeldByAnotherProcessIsAConflictAndLeavesNothing) {
  const auto catalog = Open();
  const LoadedTable base = Created(*catalog);
  RawDb db(path_);
  db.Run("BEGIN IMMEDIATE");
  auto outcome = catalog->Commit(name_, base, SetProperty("k", "v"));
  EXPECT_EQ(outcome.state, CommitState::kRejected);
  EXPECT_EQ(outcome.error.kind, ErrorKind::kConflict) << outcome.error.message;
  EXPECT_EQ(Files(), 1U);
  const TableIdentifier second{{"nyc"}, "second"};
  EXPECT_EQ(catalog->Create(second, Definition(second)).error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(catalog->Drop(name_).error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(Files(), 1U);
  EXPECT_TRUE(catalog->Load(name_));  // Reading goes on.
  db.Run("ROLLBACK");
  // A reader in the middle of its transaction holds up COMMIT, not the UPDATE: proven not committed as well.
  db.Run("BEGIN");
  EXPECT_EQ(db.One("SELECT count(*) FROM iceberg_tables"), "1");
  outcome = catalog->Commit(name_, base, SetProperty("k", "v"));
  EXPECT_EQ(outcome.state, CommitState::kRejected);
  EXPECT_EQ(outcome.error.kind, ErrorKind::kConflict) << outcome.error.message;
  db.Run("ROLLBACK");
  outcome = catalog->Commit(name_, base, SetProperty("k", "v"));
  EXPECT_EQ(outcome.state, CommitState::kCommitted) << outcome.error.message;
  EXPECT_EQ(Files(), 2U);
}

TEST_F(SqlCatalogTest, WhenTheMetadataFileCannotBeWrittenNothingChanges) {
  const auto catalog = Open();
  const LoadedTable base = Created(*catalog);
  for (const FaultKind kind : {FaultKind::kFailBefore, FaultKind::kFailAfter}) {
    FaultInjector faults(FaultPlan{0, kind}, clock_);
    store::FaultyStore faulty(store_, faults);
    const auto other = TryOpen(faulty).value();
    const auto outcome = other->Commit(name_, base, SetProperty("k", "v"));
    EXPECT_EQ(outcome.state, CommitState::kRejected);
    EXPECT_EQ(outcome.error.kind, ErrorKind::kUnavailable);
    EXPECT_EQ(catalog->Load(name_)->metadata_location, base.metadata_location);
  }
}

TEST_F(SqlCatalogTest, AMissingMetadataFileIsNamed) {
  const auto catalog = Open();
  const LoadedTable base = Created(*catalog);
  ASSERT_TRUE(store_.Delete(std::span(&base.metadata_location, 1)));
  const auto loaded = catalog->Load(name_);
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().kind, ErrorKind::kCorrupt);
  EXPECT_NE(loaded.error().message.find(base.metadata_location), std::string::npos);
  RawDb(path_).Run("UPDATE iceberg_tables SET metadata_location = NULL");
  EXPECT_EQ(catalog->Load(name_).error().kind, ErrorKind::kCorrupt);
}

TEST_F(SqlCatalogTest, OldMetadataFilesAreDeletedOnlyWhenTheTableAsks) {
  const auto catalog = Open();
  LoadedTable base = Created(*catalog);
  for (const auto& [key, value] : {std::pair{"write.metadata.previous-versions-max", "2"}, std::pair{"a", "1"},
                                   std::pair{"b", "1"}, std::pair{"c", "1"}}) {
    ASSERT_EQ(catalog->Commit(name_, base, SetProperty(key, value)).state, CommitState::kCommitted);
    base = catalog->Load(name_).value();
  }
  EXPECT_EQ(Files(), 5U);
  ASSERT_EQ(catalog->Commit(name_, base, SetProperty("write.metadata.delete-after-commit.enabled", "true")).state,
            CommitState::kCommitted);
  base = catalog->Load(name_).value();
  for (const char* key : {"d", "e", "f"}) {
    ASSERT_EQ(catalog->Commit(name_, base, SetProperty(key, "1")).state, CommitState::kCommitted);
    base = catalog->Load(name_).value();
  }
  // Current, two previous, and those that had left the log before the table asked.
  EXPECT_EQ(base.metadata.json()["metadata-log"].size(), 2U);
  EXPECT_EQ(Files(), 5U);
}

TEST_F(SqlCatalogTest, NamesThatCannotBeKeptApart) {
  const auto catalog = Open();
  for (const TableIdentifier& bad : {TableIdentifier{{}, "t"}, TableIdentifier{{"a.b"}, "t"},
                                     TableIdentifier{{""}, "t"}, TableIdentifier{{"a"}, ""}}) {
    EXPECT_EQ(catalog->Create(bad, Definition(name_)).error().kind, ErrorKind::kInvalidArgument) << bad.ToString();
  }
  EXPECT_EQ(Files(), 0U);
  const TableIdentifier odd{{"q'; DROP TABLE iceberg_tables; --"}, "t\"x"};
  ASSERT_TRUE(catalog->Create(odd, Definition(name_)));
  EXPECT_TRUE(catalog->Load(odd));
}

}  // namespace
}  // namespace calve::catalog
