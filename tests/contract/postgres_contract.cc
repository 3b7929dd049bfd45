// The SQL catalog on a real PostgreSQL. CALVE_TEST_POSTGRES_URI: postgresql://user[:password]@127.0.0.1:port/database
// of a database that tests may write to; the user must be allowed to create schemas and databases, and to end its own
// connections.
#include <libpq-fe.h>

#include <cstdlib>

#include "catalog/sql_catalog.h"
#include "contract/catalog_contract.h"
#include "store/memory_store.h"

namespace calve::iceberg {
namespace {

using catalog::SqlCatalog;
using catalog::SqlCatalogOptions;
using namespace std::chrono_literals;

std::string Uri() {
  const char* uri = std::getenv("CALVE_TEST_POSTGRES_URI");
  return uri == nullptr ? "" : uri;
}

std::unique_ptr<SqlCatalog> Open(SqlCatalogOptions options, store::ObjectStore& store) {
  options.warehouse_location = "memory://warehouse";
  auto opened = SqlCatalog::Open(std::move(options), store, SystemClock(), SystemRng());
  if (!opened) throw std::runtime_error(opened.error().message);
  return *std::move(opened);
}

/// A catalog name of its own: its rows are apart from all others'.
class PostgresEnv final : public CatalogEnv {
 public:
  Catalog& catalog() override { return *one_; }
  Catalog& other_client() override { return *two_; }
  store::ObjectStore& store() override { return store_; }

 private:
  SqlCatalogOptions options_{.postgres_uri = Uri(), .catalog_name = NewUuid(SystemRng())};
  store::MemoryStore store_;
  std::unique_ptr<SqlCatalog> one_ = Open(options_, store_);
  std::unique_ptr<SqlCatalog> two_ = Open(options_, store_);
};

std::vector<CatalogFactory> Factories() {
  if (Uri().empty()) return {};
  return {[] { return std::make_unique<PostgresEnv>(); }};
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(CatalogContract);
INSTANTIATE_TEST_SUITE_P(Postgres, CatalogContract, testing::ValuesIn(Factories()));

/// A schema of the database's that goes with its test, and a connection beside the catalog's.
class PostgresTest : public testing::Test {
 protected:
  void SetUp() override {
    if (Uri().empty()) GTEST_SKIP() << "CALVE_TEST_POSTGRES_URI is not set: no PostgreSQL to test on";
    db_ = PQconnectdb(Uri().c_str());
    ASSERT_EQ(PQstatus(db_), CONNECTION_OK) << PQerrorMessage(db_);
    std::string uuid = NewUuid(SystemRng());
    std::erase(uuid, '-');
    schema_ = "t" + uuid;
    Sql("SET client_min_messages TO warning");
    Sql("CREATE SCHEMA " + schema_);
    Sql("SET search_path TO " + schema_);
    options_.postgres_uri =
        Uri() + (Uri().find('?') == std::string::npos ? "?" : "&") + "options=-csearch_path%3D" + schema_;
    options_.warehouse_location = "memory://warehouse";
  }
  void TearDown() override {
    if (db_ != nullptr) Sql("DROP SCHEMA IF EXISTS " + schema_ + " CASCADE");
    PQfinish(db_);
  }

  std::string Sql(const std::string& sql) {
    PGresult* result = PQexec(db_, sql.c_str());
    const ExecStatusType status = PQresultStatus(result);
    EXPECT_TRUE(status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) << sql << ": " << PQerrorMessage(db_);
    std::string value = PQntuples(result) > 0 ? PQgetvalue(result, 0, 0) : "";
    PQclear(result);
    return value;
  }

  /// Ends the connections of all catalogs that are open here.
  void EndConnections() {
    Sql("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'calve' AND datname = "
        "current_database() AND usename = current_user AND pid <> pg_backend_pid()");
  }

  NewTable Definition(Catalog& on) {
    NewTable definition;
    definition.location = on.DefaultLocation(name_).value();
    return definition;
  }

  static TableChange SetProperty(const std::string& key) {
    TableChange change;
    change.updates.push_back({{"action", "set-properties"}, {"updates", {{key, "v"}}}});
    return change;
  }

  PGconn* db_ = nullptr;
  std::string schema_;
  SqlCatalogOptions options_;
  store::MemoryStore store_;
  TableIdentifier name_ = TableIdentifier::Parse("nyc.trips").value();
};

TEST_F(PostgresTest, ManyOpenAnEmptyDatabaseAtOnce) {
  std::vector<std::thread> threads;
  std::atomic<int> opened = 0;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      const auto one = SqlCatalog::Open(options_, store_, SystemClock(), SystemRng());
      EXPECT_TRUE(one) << one.error().message;
      if (one && (*one)->List({})) ++opened;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(opened, 8);
  EXPECT_EQ(Sql("SELECT count(*) FROM information_schema.tables WHERE table_schema = '" + schema_ + "'"), "2");
}

TEST_F(PostgresTest, WritesTheRowsThatOthersRead) {
  const auto on = Open(options_, store_);
  const LoadedTable base = on->Create(name_, Definition(*on)).value();
  const auto outcome = on->Commit(name_, base, SetProperty("k"));
  ASSERT_EQ(outcome.state, CommitState::kCommitted) << outcome.error.message;
  EXPECT_EQ(Sql("SELECT concat_ws('|', catalog_name, table_namespace, table_name, iceberg_type) FROM iceberg_tables"),
            "default|nyc|trips|TABLE");
  EXPECT_EQ(Sql("SELECT metadata_location FROM iceberg_tables"), outcome.metadata_location);
  EXPECT_EQ(Sql("SELECT previous_metadata_location FROM iceberg_tables"), base.metadata_location);
  EXPECT_EQ(Sql("SELECT namespace || property_key || property_value FROM iceberg_namespace_properties"),
            "nycexiststrue");
}

TEST_F(PostgresTest, WorksWithoutTheTypeColumnAndBesideOtherTables) {
  Sql("CREATE TABLE orders (id int)");
  Sql("CREATE TABLE iceberg_tables (catalog_name VARCHAR(255) NOT NULL, table_namespace VARCHAR(255) NOT NULL, "
      "table_name "
      "VARCHAR(255) NOT NULL, metadata_location VARCHAR(1000), previous_metadata_location VARCHAR(1000), PRIMARY KEY "
      "(catalog_name, table_namespace, table_name))");
  const auto on = Open(options_, store_);
  const LoadedTable base = on->Create(name_, Definition(*on)).value();
  EXPECT_EQ(on->Commit(name_, base, SetProperty("k")).state, CommitState::kCommitted);
  Sql("ALTER TABLE iceberg_tables ADD COLUMN iceberg_type VARCHAR(5)");
  EXPECT_TRUE(on->Load(name_));
  Sql("UPDATE iceberg_tables SET iceberg_type = 'VIEW'");
  EXPECT_EQ(on->Load(name_).error().kind, ErrorKind::kNotFound);
}

TEST_F(PostgresTest, ATableOfThatNameThatIsNoCatalog) {
  Sql("CREATE TABLE iceberg_tables (catalog_name text, table_namespace text, table_name text, metadata_location text, "
      "previous_metadata_location text)");  // Without its key two creators could both win.
  EXPECT_EQ(SqlCatalog::Open(options_, store_, SystemClock(), SystemRng()).error().kind, ErrorKind::kCorrupt);
}

TEST_F(PostgresTest, ABrokenConnectionIsOpenedAgain) {
  const auto on = Open(options_, store_);
  LoadedTable base = on->Create(name_, Definition(*on)).value();
  EndConnections();
  base = on->Load(name_).value();
  EndConnections();
  const auto outcome = on->Commit(name_, base, SetProperty("k"));
  EXPECT_EQ(outcome.state, CommitState::kCommitted) << outcome.error.message;
  EndConnections();
  EXPECT_TRUE(on->Drop(name_));
}

/// A deferred trigger runs inside COMMIT: there the connection ends, or the commit fails, while its answer is awaited.
TEST_F(PostgresTest, ACommitWhoseAnswerIsLostIsUnknownAndKeepsItsFile) {
  const auto on = Open(options_, store_);
  const LoadedTable base = on->Create(name_, Definition(*on)).value();
  Sql("CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM "
      "pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(1); RETURN NULL; END $$");
  Sql("CREATE CONSTRAINT TRIGGER die AFTER UPDATE ON iceberg_tables DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE "
      "FUNCTION die()");
  const auto outcome = on->Commit(name_, base, SetProperty("k"));
  EXPECT_EQ(outcome.state, CommitState::kUnknown) << outcome.error.message;
  EXPECT_EQ(store_.List("memory://")->size(), 2U);
  Sql("DROP TRIGGER die ON iceberg_tables");
  EXPECT_EQ(on->Load(name_)->metadata_location, base.metadata_location);
}

TEST_F(PostgresTest, ACommitThatTheServerRefusesIsRejected) {
  const auto on = Open(options_, store_);
  const LoadedTable base = on->Create(name_, Definition(*on)).value();
  Sql("CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE SQLSTATE '40001'; END $$");
  Sql("CREATE CONSTRAINT TRIGGER refuse AFTER UPDATE ON iceberg_tables DEFERRABLE INITIALLY DEFERRED FOR EACH ROW "
      "EXECUTE FUNCTION refuse()");
  const auto outcome = on->Commit(name_, base, SetProperty("k"));
  EXPECT_EQ(outcome.state, CommitState::kRejected) << outcome.error.message;
  EXPECT_EQ(outcome.error.kind, ErrorKind::kConflict);
  EXPECT_EQ(store_.List("memory://")->size(), 1U);
}

TEST_F(PostgresTest, ARowLockedBySomebodyElseIsAConflictWithinTheTime) {
  options_.busy_timeout = 100ms;
  const auto on = Open(options_, store_);
  const LoadedTable base = on->Create(name_, Definition(*on)).value();
  Sql("BEGIN");
  Sql("SELECT 1 FROM iceberg_tables FOR UPDATE");
  const auto outcome = on->Commit(name_, base, SetProperty("k"));
  EXPECT_EQ(outcome.state, CommitState::kRejected);
  EXPECT_EQ(outcome.error.kind, ErrorKind::kConflict) << outcome.error.message;
  Sql("ROLLBACK");
  EXPECT_EQ(on->Commit(name_, base, SetProperty("k")).state, CommitState::kCommitted);
}

TEST_F(PostgresTest, ADatabaseThatIsGoneDoesNotSayThatATableIs) {
  Sql("CREATE DATABASE " + schema_);
  SqlCatalogOptions options;
  options.postgres_uri = "postgresql://" + std::string(PQuser(db_)) + ":" + PQpass(db_) + "@" + PQhost(db_) + ":" +
                         PQport(db_) + "/" + schema_;
  const auto on = Open(options, store_);
  ASSERT_TRUE(on->Create(name_, Definition(*on)));
  EXPECT_EQ(on->Load({{"nyc"}, "other"}).error().kind, ErrorKind::kNotFound);
  Sql("DROP DATABASE " + schema_ + " WITH (FORCE)");
  const auto gone = on->Load(name_);
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().kind, ErrorKind::kUnavailable) << gone.error().message;
}

TEST_F(PostgresTest, WhatCannotBeConnectedToSaysWhyAndNeverThePassword) {
  const auto kind_of = [&](const std::string& uri) {
    const auto opened =
        SqlCatalog::Open({.postgres_uri = uri, .warehouse_location = "memory://w"}, store_, SystemClock(), SystemRng());
    EXPECT_FALSE(opened);
    EXPECT_EQ(opened.error().message.find("hunter2"), std::string::npos) << opened.error().message;
    return opened.error().kind;
  };
  EXPECT_EQ(kind_of("postgresql://u:hunter2@127.0.0.1:1/d"), ErrorKind::kUnavailable);
  const std::string authority = std::string(PQhost(db_)) + ":" + PQport(db_);
  EXPECT_EQ(kind_of("postgresql://nobody_here:hunter2@" + authority + "/no_such_database"),
            ErrorKind::kPermissionDenied);
  EXPECT_EQ(kind_of("postgresql://" + std::string(PQuser(db_)) + ":" + PQpass(db_) + "@" + authority + "/nonesuch"),
            ErrorKind::kNotFound);
}

}  // namespace
}  // namespace calve::iceberg
