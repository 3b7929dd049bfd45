#include "catalog/glue_catalog.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "fakes/fake_clock.h"
#include "fakes/fake_glue.h"
#include "store/memory_store.h"

namespace calve::catalog {
namespace {

using iceberg::CommitOutcome;
using iceberg::CommitState;
using iceberg::LoadedTable;
using iceberg::TableChange;
using iceberg::TableIdentifier;
using Fault = FakeGlue::Fault;

class GlueCatalogTest : public testing::Test {
 protected:
  FakeGlue glue_;
  FakeClock clock_;
  SeededRng rng_{7};
  store::MemoryStore store_;
  std::unique_ptr<aws::CredentialsProvider> credentials_ = aws::MakeStaticCredentials({"AKID", "secret", "", {}});
  aws::Client client_{glue_.transport(), *credentials_, clock_, rng_, BackoffPolicy{}};
  GlueCatalogOptions options_{{"https://glue.eu-west-1.amazonaws.com", "glue", "eu-west-1"}, "", "memory://w/", true};
  GlueCatalog catalog_{options_, client_, store_, clock_, rng_};
  TableIdentifier name_ = TableIdentifier::Parse("nyc.trips").value();

  static iceberg::NewTable Definition() {
    iceberg::NewTable definition;
    definition.location = "memory://w/nyc.db/trips";
    iceberg::Field field;
    field.name = "n";
    field.type.id = iceberg::TypeId::kLong;
    definition.schema.fields = {field};
    return definition;
  }

  LoadedTable Created() {
    auto created = catalog_.Create(name_, Definition());
    if (!created) throw std::runtime_error(created.error().message);
    return *std::move(created);
  }

  static TableChange SetProperty() {
    TableChange change;
    change.updates.push_back({{"action", "set-properties"}, {"updates", {{"k", "v"}}}});
    return change;
  }

  CommitOutcome Commit(const LoadedTable& base) { return catalog_.Commit(name_, base, SetProperty()); }
  bool Landed() { return catalog_.Load(name_)->metadata.Property("k", "") == "v"; }
  size_t Files() { return store_.List("memory://").value().size(); }
};

TEST_F(GlueCatalogTest, WritesWhatAthenaAndSparkRead) {
  const LoadedTable created = Created();
  const Json table = glue_.Table("nyc", "trips");
  EXPECT_EQ(table["TableType"], "EXTERNAL_TABLE");
  EXPECT_EQ(table["Parameters"]["table_type"], "ICEBERG");
  EXPECT_EQ(table["Parameters"]["metadata_location"], created.metadata_location);
  EXPECT_FALSE(table["Parameters"].contains("previous_metadata_location"));
  EXPECT_EQ(table["StorageDescriptor"]["Location"], "memory://w/nyc.db/trips");
  EXPECT_EQ(table["StorageDescriptor"]["Columns"][0]["Type"], "bigint");
}

TEST_F(GlueCatalogTest, ACommitNamesTheVersionItReplacesAndArchivesNothing) {
  const LoadedTable base = Created();
  const std::string version = glue_.Table("nyc", "trips")["VersionId"];
  const CommitOutcome outcome = Commit(base);
  ASSERT_EQ(outcome.state, CommitState::kCommitted) << outcome.error.message;
  const Json input = glue_.last_input("UpdateTable");
  EXPECT_EQ(input["VersionId"], version);
  EXPECT_EQ(input["SkipArchive"], true);
  EXPECT_FALSE(input.contains("CatalogId"));
  const Json table = glue_.Table("nyc", "trips");
  EXPECT_EQ(table["Parameters"]["metadata_location"], outcome.metadata_location);
  EXPECT_EQ(table["Parameters"]["previous_metadata_location"], base.metadata_location);
}

TEST_F(GlueCatalogTest, WhatOthersWroteStays) {
  const LoadedTable base = Created();
  Json table = glue_.Table("nyc", "trips");
  table["Description"] = "taxi";
  table["Owner"] = "me";
  table["Parameters"]["classification"] = "iceberg";
  table["StorageDescriptor"]["Columns"][0]["Comment"] = "from the console";
  table["StorageDescriptor"]["AdditionalLocations"] = {"memory://elsewhere"};
  glue_.PutTable("nyc", table);
  ASSERT_EQ(Commit(base).state, CommitState::kCommitted);
  const Json after = glue_.Table("nyc", "trips");
  EXPECT_EQ(after["Description"], "taxi");
  EXPECT_EQ(after["Owner"], "me");
  EXPECT_EQ(after["Parameters"]["classification"], "iceberg");
  EXPECT_EQ(after["StorageDescriptor"]["Columns"][0]["Comment"], "from the console");
  EXPECT_EQ(after["StorageDescriptor"]["AdditionalLocations"][0], "memory://elsewhere");
}

TEST_F(GlueCatalogTest, SomebodyFasterBetweenLookAndSwapIsAConflict) {
  const LoadedTable base = Created();
  glue_.OvertakeNextUpdate();
  const CommitOutcome outcome = Commit(base);
  EXPECT_EQ(outcome.state, CommitState::kRejected);
  EXPECT_EQ(outcome.error.kind, ErrorKind::kConflict) << outcome.error.message;
  EXPECT_FALSE(Landed());
  EXPECT_EQ(Files(), 1U);
}

TEST_F(GlueCatalogTest, ALostAnswerIsUnknownWhetherItWorkedOrNotAndNothingIsDeleted) {
  LoadedTable base = Created();
  int sent = 0;
  for (const Fault fault : {Fault::kLostBefore, Fault::kErrorBefore, Fault::kLostAfter, Fault::kErrorAfter}) {
    const size_t files = Files();
    glue_.FailNext("UpdateTable", fault);
    const CommitOutcome outcome = Commit(base);
    EXPECT_EQ(outcome.state, CommitState::kUnknown) << outcome.error.message;
    EXPECT_EQ(outcome.error.kind, ErrorKind::kUnavailable);
    EXPECT_EQ(Files(), files + 1);
    EXPECT_EQ(std::ranges::count(glue_.operations(), "UpdateTable"), ++sent);
    const LoadedTable now = catalog_.Load(name_).value();
    EXPECT_EQ(now.metadata_location != base.metadata_location,
              fault == Fault::kLostAfter || fault == Fault::kErrorAfter);
    base = now;
  }
}

TEST_F(GlueCatalogTest, AnOperationTimeOutProvesNothing) {
  const LoadedTable base = Created();
  glue_.FailNext("UpdateTable", Fault::kErrorAfter, "OperationTimeoutException", 400);
  EXPECT_EQ(Commit(base).state, CommitState::kUnknown);
  EXPECT_TRUE(Landed());
}

TEST_F(GlueCatalogTest, ProvenRefusalsAreRejectedAndLeaveNothing) {
  const LoadedTable base = Created();
  const std::vector<std::pair<std::string, ErrorKind>> cases = {
      {"AccessDeniedException", ErrorKind::kPermissionDenied},
      {"EntityNotFoundException", ErrorKind::kNotFound},
      {"InvalidInputException", ErrorKind::kInvalidArgument},
      {"ResourceNotReadyException", ErrorKind::kUnavailable},
      {"ConcurrentModificationException", ErrorKind::kConflict}};
  for (const auto& [code, kind] : cases) {
    glue_.FailNext("UpdateTable", Fault::kErrorBefore, code, 400);
    const CommitOutcome outcome = Commit(base);
    EXPECT_EQ(outcome.state, CommitState::kRejected) << code;
    EXPECT_EQ(outcome.error.kind, kind) << code;
    EXPECT_EQ(Files(), 1U) << code;
  }
  EXPECT_FALSE(Landed());
}

TEST_F(GlueCatalogTest, OnlyGluesOwnWordMeansThatThereIsNone) {
  const LoadedTable base = Created();
  glue_.FailNext("GetTable", Fault::kErrorBefore, "EntityNotFoundException", 400);
  EXPECT_EQ(catalog_.Load(name_).error().kind, ErrorKind::kNotFound);
  for (const char* code : {"", "ResourceNotFoundException", "NotFound"}) {
    glue_.FailNext("GetTable", Fault::kErrorBefore, code, 404);
    EXPECT_EQ(catalog_.Load(name_).error().kind, ErrorKind::kUnavailable) << code;
    glue_.FailNext("GetTables", Fault::kErrorBefore, code, 404);
    EXPECT_EQ(catalog_.List({"nyc"}).error().kind, ErrorKind::kUnavailable) << code;
    glue_.FailNext("UpdateTable", Fault::kErrorAfter, code, 404);
    EXPECT_EQ(Commit(catalog_.Load(name_).value()).state, CommitState::kUnknown) << code;
  }
}

TEST_F(GlueCatalogTest, WhatNeverArrivedIsSentAgain) {
  const LoadedTable base = Created();
  glue_.FailNext("UpdateTable", Fault::kNeverArrives);
  EXPECT_EQ(Commit(base).state, CommitState::kCommitted);
  const LoadedTable next = catalog_.Load(name_).value();
  glue_.FailNext("UpdateTable", Fault::kErrorBefore, "ThrottlingException", 400);
  EXPECT_EQ(Commit(next).state, CommitState::kCommitted);
}

TEST_F(GlueCatalogTest, ACreateWhoseAnswerIsLostKeepsItsFile) {
  glue_.PutDatabase("nyc", "");
  glue_.FailNext("CreateTable", Fault::kLostAfter);
  EXPECT_EQ(catalog_.Create(name_, Definition()).error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(Files(), 1U);
  EXPECT_TRUE(catalog_.Load(name_));
  EXPECT_EQ(catalog_.Create(name_, Definition()).error().kind, ErrorKind::kAlreadyExists);
  EXPECT_EQ(Files(), 1U);
}

TEST_F(GlueCatalogTest, TablesOfOtherKindsAreLeftAlone) {
  glue_.PutTable("nyc", {{"Name", "trips"}, {"VersionId", "1"}, {"TableType", "EXTERNAL_TABLE"}});
  glue_.PutTable("nyc", {{"Name", "hudi"}, {"Parameters", {{"table_type", "HUDI"}}}});
  glue_.PutTable("nyc", {{"Name", "lower"}, {"Parameters", {{"table_type", "iceberg"}, {"metadata_location", "m"}}}});
  const auto loaded = catalog_.Load(name_);
  EXPECT_EQ(loaded.error().kind, ErrorKind::kInvalidArgument);
  EXPECT_NE(loaded.error().message.find("no Iceberg table"), std::string::npos);
  EXPECT_EQ(catalog_.Drop(name_).error().kind, ErrorKind::kInvalidArgument);
  EXPECT_EQ(catalog_.Create(name_, Definition()).error().kind, ErrorKind::kAlreadyExists);
  EXPECT_THAT(catalog_.List({}).value(), testing::ElementsAre(TableIdentifier{{"nyc"}, "lower"}));
}

TEST_F(GlueCatalogTest, ATableWithoutAVersionIsNotCommittedTo) {
  const LoadedTable base = Created();
  Json table = glue_.Table("nyc", "trips");
  table.erase("VersionId");
  glue_.PutTable("nyc", table);
  const CommitOutcome outcome = Commit(base);
  EXPECT_EQ(outcome.state, CommitState::kRejected);
  EXPECT_EQ(outcome.error.kind, ErrorKind::kCorrupt);
}

TEST_F(GlueCatalogTest, DatabasesAreCreatedOnlyWhenAsked) {
  options_.create_databases = false;
  GlueCatalog careful(options_, client_, store_, clock_, rng_);
  EXPECT_EQ(careful.Create(name_, Definition()).error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(Files(), 0U);
  glue_.PutDatabase("nyc", "");
  EXPECT_TRUE(careful.Create(name_, Definition()));
}

TEST_F(GlueCatalogTest, TheDatabasesOwnLocationGoesFirst) {
  EXPECT_EQ(catalog_.DefaultLocation(name_).value(), "memory://w/nyc.db/trips");
  glue_.PutDatabase("nyc", "s3://bucket/nyc/");
  EXPECT_EQ(catalog_.DefaultLocation(name_).value(), "s3://bucket/nyc/trips");
  options_.warehouse_location.clear();
  GlueCatalog homeless(options_, client_, store_, clock_, rng_);
  EXPECT_EQ(homeless.DefaultLocation(name_).value(), "s3://bucket/nyc/trips");
  EXPECT_EQ(homeless.DefaultLocation({{"other"}, "t"}).error().kind, ErrorKind::kInvalidArgument);
}

TEST_F(GlueCatalogTest, NamesThatGlueWouldFold) {
  Created();
  EXPECT_EQ(catalog_.Create({{"nyc"}, "Other"}, Definition()).error().kind, ErrorKind::kInvalidArgument);
  EXPECT_EQ(catalog_.Create({{"NYC"}, "other"}, Definition()).error().kind, ErrorKind::kInvalidArgument);
  EXPECT_EQ(catalog_.Load({{"nyc"}, "Trips"}).error().kind, ErrorKind::kNotFound);
}

TEST_F(GlueCatalogTest, AnothersCatalogIsNamedInEveryCall) {
  options_.catalog_id = "999999999999";
  GlueCatalog other(options_, client_, store_, clock_, rng_);
  const LoadedTable base = other.Create(name_, Definition()).value();
  EXPECT_EQ(other.Commit(name_, base, SetProperty()).state, CommitState::kCommitted);
  for (const char* operation : {"GetTable", "CreateTable", "CreateDatabase", "UpdateTable"}) {
    EXPECT_EQ(glue_.last_input(operation)["CatalogId"], "999999999999") << operation;
  }
}

}  // namespace
}  // namespace calve::catalog
