#include "catalog/rest_catalog.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "fakes/fake_rest_catalog.h"

namespace calve::catalog {
namespace {

using iceberg::CommitOutcome;
using iceberg::CommitState;
using iceberg::LoadedTable;
using iceberg::TableChange;
using iceberg::TableIdentifier;
using Fault = FakeRestCatalog::Fault;
using namespace std::chrono_literals;

class RestCatalogTest : public testing::Test {
 protected:
  FakeRestCatalog server_;
  SeededRng rng_{3};
  RestCatalogOptions options_{"https://catalog.test/", {}, "memory://warehouse", {}};
  TableIdentifier name_ = TableIdentifier::Parse("nyc.trips").value();

  Result<std::unique_ptr<RestCatalog>> TryOpen(aws::Client* signer = nullptr) {
    return RestCatalog::Open(options_, server_.transport(), signer, server_.clock(), rng_);
  }
  std::unique_ptr<RestCatalog> Open() {
    auto opened = TryOpen();
    if (!opened) throw std::runtime_error(opened.error().message);
    return *std::move(opened);
  }

  static iceberg::NewTable Definition() {
    iceberg::NewTable definition;
    definition.location = "memory://warehouse/nyc/trips";
    iceberg::Field field;
    field.name = "n";
    field.type.id = iceberg::TypeId::kLong;
    definition.schema.fields = {field};
    return definition;
  }
  LoadedTable Created(RestCatalog& catalog) {
    auto created = catalog.Create(name_, Definition());
    if (!created) throw std::runtime_error(created.error().message);
    return *std::move(created);
  }
  static TableChange SetProperty(const std::string& value) {
    TableChange change;
    change.updates.push_back({{"action", "set-properties"}, {"updates", {{"k", value}}}});
    return change;
  }
  /// Requests whose line begins so.
  int64_t Sent(std::string_view method, std::string_view path) {
    const auto sent = server_.transport().sent();
    return std::ranges::count_if(sent, [&](const http::Request& request) {
      return request.method == method && request.url.find(path) != std::string::npos;
    });
  }
};

TEST_F(RestCatalogTest, ALostAnswerIsUnknownAndIsSentOnce) {
  const auto catalog = Open();
  LoadedTable base = Created(*catalog);
  int sent = 0;
  const auto commit = [&](Fault fault, int status) {
    server_.FailNext("POST /v1/lake/namespaces/nyc/tables/trips", fault, status);
    const CommitOutcome outcome = catalog->Commit(name_, base, SetProperty(std::to_string(++sent)));
    EXPECT_EQ(outcome.state, CommitState::kUnknown) << status << outcome.error.message;
    EXPECT_EQ(outcome.error.kind, ErrorKind::kUnavailable);
    EXPECT_EQ(Sent("POST", "/tables/trips"), sent);
    const bool landed = catalog->Load(name_)->metadata.Property("k", "") == std::to_string(sent);
    EXPECT_EQ(landed, fault == Fault::kLostAfter || fault == Fault::kStatusAfter);
  };
  commit(Fault::kLostBefore, 0);
  commit(Fault::kLostAfter, 0);
  for (const int status : {500, 502, 503, 504}) {
    commit(Fault::kStatusBefore, status);
    commit(Fault::kStatusAfter, status);
  }
}

TEST_F(RestCatalogTest, AnUnreadableAnswerIsUnknown) {
  const auto catalog = Open();
  const LoadedTable base = Created(*catalog);
  for (const char* body : {"<html>welcome</html>", "{}", "[]", ""}) {
    server_.FailNext("POST /v1/lake/namespaces/nyc/tables/trips", Fault::kStatusAfter, 200, body);
    EXPECT_EQ(catalog->Commit(name_, base, SetProperty("v")).state, CommitState::kUnknown) << body;
  }
}

TEST_F(RestCatalogTest, ProvenRefusalsAreRejectedWithTheirKind) {
  const auto catalog = Open();
  const LoadedTable base = Created(*catalog);
  for (const auto& [status, kind] :
       {std::pair{409, ErrorKind::kConflict}, std::pair{400, ErrorKind::kInvalidArgument},
        std::pair{403, ErrorKind::kPermissionDenied}, std::pair{401, ErrorKind::kPermissionDenied},
        std::pair{419, ErrorKind::kPermissionDenied}, std::pair{501, ErrorKind::kInvalidArgument}}) {
    server_.FailNext("POST /v1/lake/namespaces/nyc/tables/trips", Fault::kStatusBefore, status,
                     R"({"error":{"message":"the reason","type":"SomeException","code":1}})");
    const CommitOutcome outcome = catalog->Commit(name_, base, SetProperty("v"));
    EXPECT_EQ(outcome.state, CommitState::kRejected) << status;
    EXPECT_EQ(outcome.error.kind, kind) << status;
    EXPECT_NE(outcome.error.message.find("the reason"), std::string::npos) << outcome.error.message;
  }
  EXPECT_EQ(catalog->Load(name_)->metadata.Property("k", ""), "");
}

TEST_F(RestCatalogTest, OnlyTheCatalogsOwnWordMeansThatThereIsNone) {
  const auto catalog = Open();
  const LoadedTable base = Created(*catalog);
  const std::string table = "/v1/lake/namespaces/nyc/tables/trips";
  const auto error = [](const char* type) {
    return fmt::format(R"({{"error":{{"message":"the reason","type":"{}","code":404}}}})", type);
  };
  for (const char* type : {"NoSuchTableException", "NoSuchNamespaceException", "TableNotFound"}) {
    server_.FailNext("GET " + table, Fault::kStatusBefore, 404, error(type));
    EXPECT_EQ(catalog->Load(name_).error().kind, ErrorKind::kNotFound) << type;
    server_.FailNext("POST " + table, Fault::kStatusBefore, 404, error(type));
    const CommitOutcome outcome = catalog->Commit(name_, base, SetProperty("v"));
    EXPECT_EQ(outcome.state, CommitState::kRejected) << type;
    EXPECT_EQ(outcome.error.kind, ErrorKind::kNotFound) << type;
  }
  // A proxy's, a load balancer's, a wrong path's, a missing metadata file's.
  for (const std::string& body : {std::string(), std::string("default backend - 404"), std::string("<html>404</html>"),
                                  std::string(R"({"message":"no Route matched"})"), error("NotFoundException")}) {
    for (const Fault when : {Fault::kStatusBefore, Fault::kStatusAfter}) {
      server_.FailNext("GET " + table, when, 404, body);
      const auto loaded = catalog->Load(name_);
      EXPECT_EQ(loaded.error().kind, ErrorKind::kUnavailable) << body;
      EXPECT_NE(loaded.error().message.find("404"), std::string::npos) << loaded.error().message;
      server_.FailNext("POST " + table, when, 404, body);
      EXPECT_EQ(catalog->Commit(name_, base, SetProperty("v")).state, CommitState::kUnknown) << body;
    }
    server_.FailNext("DELETE " + table, Fault::kStatusBefore, 404, body);
    EXPECT_EQ(catalog->Drop(name_).error().kind, ErrorKind::kUnavailable) << body;
    server_.FailNext("GET /v1/lake/namespaces/nyc/tables", Fault::kStatusBefore, 404, body);
    EXPECT_EQ(catalog->List({"nyc"}).error().kind, ErrorKind::kUnavailable) << body;
    server_.FailNext("POST /v1/lake/namespaces/nyc/tables", Fault::kStatusBefore, 404, body);
    EXPECT_EQ(catalog->Create({{"nyc"}, "other"}, Definition()).error().kind, ErrorKind::kUnavailable) << body;
  }
}

TEST_F(RestCatalogTest, WhatNeverArrivedIsSentAgain) {
  const auto catalog = Open();
  const LoadedTable base = Created(*catalog);
  server_.FailNext("POST /v1/lake/namespaces/nyc/tables/trips", Fault::kNeverArrives);
  EXPECT_EQ(catalog->Commit(name_, base, SetProperty("v")).state, CommitState::kCommitted);
}

TEST_F(RestCatalogTest, ReadingIsTriedAgain) {
  const auto catalog = Open();
  Created(*catalog);
  server_.FailNext("GET /v1/lake/namespaces/nyc/tables/trips", Fault::kLostBefore);
  EXPECT_TRUE(catalog->Load(name_));
  server_.FailNext("GET /v1/lake/namespaces/nyc/tables/trips", Fault::kStatusBefore, 503);
  EXPECT_TRUE(catalog->Load(name_));
}

TEST_F(RestCatalogTest, ACreateOrDropWhoseAnswerIsLostMayBeRetried) {
  const auto catalog = Open();
  server_.PutNamespace({"nyc"}, Json::object());
  server_.FailNext("POST /v1/lake/namespaces/nyc/tables", Fault::kLostAfter);
  EXPECT_EQ(catalog->Create(name_, Definition()).error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(catalog->Create(name_, Definition()).error().kind, ErrorKind::kAlreadyExists);
  server_.FailNext("DELETE", Fault::kLostAfter);
  EXPECT_EQ(catalog->Drop(name_).error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(catalog->Drop(name_).error().kind, ErrorKind::kNotFound);
}

TEST_F(RestCatalogTest, ListsInPages) {
  options_.properties["rest-page-size"] = "2";
  const auto catalog = Open();
  for (const char* table : {"a.t1", "a.t2", "a.t3", "a.t4", "a.t5", "b.c.t", "d.t", "e.t"}) {
    ASSERT_TRUE(catalog->Create(TableIdentifier::Parse(table).value(), Definition())) << table;
  }
  EXPECT_EQ(catalog->List({}).value().size(), 8U);
  EXPECT_EQ(catalog->List({"a"}).value().size(), 5U);
}

TEST_F(RestCatalogTest, LocationsComeFromTheNamespaceTheWarehouseOrTheServer) {
  auto catalog = Open();
  EXPECT_EQ(catalog->DefaultLocation(name_).value(), "memory://warehouse/nyc/trips");
  options_.warehouse_location.clear();
  catalog = Open();
  EXPECT_EQ(catalog->DefaultLocation(name_).value(), "");
  iceberg::NewTable definition = Definition();
  definition.location.clear();
  EXPECT_EQ(catalog->Create(name_, definition)->metadata.location(), "memory://chosen-by-server/nyc.trips");
  server_.PutNamespace({"nyc"}, {{"location", "s3://bucket/nyc/"}});
  EXPECT_EQ(catalog->DefaultLocation(name_).value(), "s3://bucket/nyc/trips");
}

TEST_F(RestCatalogTest, PartitionsAndFormatVersionReachTheServer) {
  const auto catalog = Open();
  iceberg::NewTable definition = Definition();
  definition.partition_terms = {"bucket(4, n)"};
  definition.format_version = 1;
  const LoadedTable created = catalog->Create(name_, definition).value();
  EXPECT_EQ(created.metadata.format_version(), 1);
  EXPECT_EQ(created.metadata.spec().fields.at(0).name, "n_bucket");
}

TEST_F(RestCatalogTest, AsksForVendedCredentialsAndKeepsThem) {
  const auto catalog = Open();
  Created(*catalog);
  server_.AddToLoadResults({{"config", {{"s3.access-key-id", "k"}, {"s3.session-token", "t"}}}});
  const LoadedTable loaded = catalog->Load(name_).value();
  ASSERT_EQ(loaded.storage_credentials.size(), 1U);
  EXPECT_EQ(loaded.storage_credentials[0].prefix, loaded.metadata.location());
  EXPECT_EQ(loaded.storage_credentials[0].config.at("s3.session-token"), "t");
  const auto sent = server_.transport().sent();
  const std::string* header = http::FindHeader(sent.back().headers, "x-iceberg-access-delegation");
  ASSERT_NE(header, nullptr);
  EXPECT_EQ(*header, "vended-credentials");
}

TEST_F(RestCatalogTest, AServerThatIsNotThereIsToldSoon) {
  http::FakeTransport nowhere;  // Every answer is lost.
  const auto began = server_.clock().Monotonic();
  const auto opened = RestCatalog::Open(options_, nowhere, nullptr, server_.clock(), rng_);
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().message, testing::HasSubstr("https://catalog.test/"));
  EXPECT_GT(nowhere.sent().size(), 2U);
  EXPECT_LE(server_.clock().Monotonic() - began, 15s);
}

TEST_F(RestCatalogTest, WhatTheServerDoesNotOfferIsNotAskedFor) {
  server_.config()["endpoints"] = {"GET /v1/{prefix}/namespaces/{namespace}/tables/{table}"};
  const auto catalog = Open();
  const size_t sent = server_.transport().sent().size();
  EXPECT_EQ(catalog->Create(name_, Definition()).error().kind, ErrorKind::kInvalidArgument);
  EXPECT_EQ(catalog->Drop(name_).error().kind, ErrorKind::kInvalidArgument);
  EXPECT_EQ(catalog->List({}).error().kind, ErrorKind::kInvalidArgument);
  EXPECT_EQ(server_.transport().sent().size(), sent);
}

TEST_F(RestCatalogTest, TheWarehouseIsAskedForAndHeadersAreAdded) {
  options_.properties = {{"warehouse", "s3://b/w h"}, {"header.X-Team", "taxi"}};
  Open();
  const auto sent = server_.transport().sent();
  EXPECT_EQ(sent.at(0).url, "https://catalog.test/v1/config?warehouse=s3%3A%2F%2Fb%2Fw%20h");
  EXPECT_NE(http::FindHeader(sent.at(0).headers, "x-team"), nullptr);
}

TEST_F(RestCatalogTest, TokensAreFetchedAndRenewedBeforeTheyExpire) {
  server_.RequireLogin("me", "s%26cret", 1000s);
  options_.properties["credential"] = "me:s&cret";
  const auto catalog = Open();
  Created(*catalog);
  EXPECT_EQ(server_.tokens_given(), 1);
  server_.clock().Advance(939s);
  EXPECT_TRUE(catalog->Load(name_));
  EXPECT_EQ(server_.tokens_given(), 1);
  server_.clock().Advance(1s);
  EXPECT_TRUE(catalog->Load(name_));
  EXPECT_EQ(server_.tokens_given(), 2);
}

TEST_F(RestCatalogTest, ARefusedTokenIsRenewedOnceAndTheCommitGoesThrough) {
  server_.RequireLogin("me", "secret", 1000s);
  options_.properties["credential"] = "me:secret";
  const auto catalog = Open();
  const LoadedTable base = Created(*catalog);
  server_.ForgetTokens();
  EXPECT_EQ(catalog->Commit(name_, base, SetProperty("v")).state, CommitState::kCommitted);
  EXPECT_EQ(server_.tokens_given(), 2);
}

TEST_F(RestCatalogTest, WithoutTheRightCredentialNobodyGetsIn) {
  server_.RequireLogin("me", "secret", 1000s);
  for (const char* credential : {"", "me:wr0ng"}) {
    options_.properties["credential"] = credential;
    const auto opened = TryOpen();
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().kind, ErrorKind::kPermissionDenied) << opened.error().message;
    EXPECT_EQ(opened.error().message.find("wr0ng"), std::string::npos) << opened.error().message;
  }
  options_.properties = {{"token", "token-none"}};
  EXPECT_EQ(TryOpen().error().kind, ErrorKind::kPermissionDenied);
}

TEST_F(RestCatalogTest, SignsWhenAsked) {
  options_.properties = {{"rest.sigv4-enabled", "true"}, {"rest.signing-name", "s3tables"}};
  EXPECT_EQ(TryOpen().error().kind, ErrorKind::kInvalidArgument);
  const auto credentials = aws::MakeStaticCredentials({"AKID", "secret", "", {}});
  aws::Client signer(server_.transport(), *credentials, server_.clock(), rng_, BackoffPolicy{});
  EXPECT_EQ(TryOpen(&signer).error().kind, ErrorKind::kInvalidArgument);  // Still without a region.
  options_.properties["rest.signing-region"] = "eu-west-1";
  const auto catalog = TryOpen(&signer).value();
  Created(*catalog);
  for (const http::Request& request : server_.transport().sent()) {
    const std::string* header = http::FindHeader(request.headers, "Authorization");
    ASSERT_NE(header, nullptr) << request.url;
    EXPECT_NE(header->find("/eu-west-1/s3tables/aws4_request"), std::string::npos) << *header;
  }
}

TEST_F(RestCatalogTest, WhatIsNoCatalog) {
  server_.FailNext("GET /v1/config", Fault::kStatusBefore, 200, "<html>");
  EXPECT_EQ(TryOpen().error().kind, ErrorKind::kCorrupt);
  server_.FailNext("GET /v1/config", Fault::kStatusBefore, 404, "not here");
  EXPECT_EQ(TryOpen().error().kind, ErrorKind::kNotFound);
  options_.uri = "catalog.test";
  EXPECT_EQ(TryOpen().error().kind, ErrorKind::kInvalidArgument);
}

}  // namespace
}  // namespace calve::catalog
