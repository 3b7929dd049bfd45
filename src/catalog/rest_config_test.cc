#include "catalog/rest_config.h"

#include <gtest/gtest.h>

#include "catalog/rest_table.h"
#include "fakes/fake_clock.h"

namespace calve::catalog {
namespace {

RestConfig Merged(const RestProperties& user, std::string_view answer) {
  return RestConfig::Merge(user, ParseJson(answer, "test").value()).value();
}

TEST(RestConfigTest, OverridesThenTheUserThenDefaults) {
  const RestConfig config = Merged({{"a", "user"}, {"b", "user"}},
                                   R"({"defaults":{"a":"default","c":"default","n":null},"overrides":{"b":"server"}})");
  EXPECT_EQ(config.properties(), (RestProperties{{"a", "user"}, {"b", "server"}, {"c", "default"}}));
}

TEST(RestConfigTest, PathsAreEncodedOnceAndThePrefixIsTheServers) {
  RestConfig config = Merged({}, R"({"overrides":{"prefix":"arn%3Aaws%2Fb"}})");
  EXPECT_EQ(config.TablePath({{"a", "b/c"}, "t +%"}), "/v1/arn%3Aaws%2Fb/namespaces/a%1Fb%2Fc/tables/t%20%2B%25");
  EXPECT_EQ(config.ParentParameter({"a", "b"}),
            "a\x1F"
            "b");
  config = Merged({}, R"({"overrides":{"namespace-separator":"%2E"}})");
  EXPECT_EQ(config.NamespacePath({"a", "b"}), "/v1/namespaces/a%2Eb");
  EXPECT_EQ(config.ParentParameter({"a", "b"}), "a.b");
}

TEST(RestConfigTest, EndpointsAreWhatTheServerSaysOrTheDefaultSet) {
  const std::string drop = "DELETE /v1/{prefix}/namespaces/{namespace}/tables/{table}";
  const std::string load = "GET /v1/{prefix}/namespaces/{namespace}/tables/{table}";
  EXPECT_TRUE(Merged({}, "{}").Require(drop));
  const RestConfig some = Merged({}, R"({"endpoints":["GET /v1/{prefix}/namespaces/{namespace}/tables/{table}"]})");
  EXPECT_TRUE(some.Require(load));
  EXPECT_EQ(some.Require(drop).error().kind, ErrorKind::kInvalidArgument);
}

TEST(RestConfigTest, WhatIsNoConfiguration) {
  EXPECT_EQ(RestConfig::Merge({}, Json::array()).error().kind, ErrorKind::kCorrupt);
  EXPECT_EQ(RestConfig::Merge({}, Json{{"overrides", "x"}}).error().kind, ErrorKind::kCorrupt);
}

TEST(RestTableTest, TheLongestPrefixOfVendedCredentialsWins) {
  FakeClock clock;
  SeededRng rng(1);
  iceberg::NewTable definition;
  definition.location = "s3://bucket/w/t";
  const Json answer = {
      {"metadata", iceberg::MakeTableMetadata(definition, clock, rng)->json()},
      {"config", {{"s3.region", "eu-west-1"}, {"s3.access-key-id", "config"}}},
      {"storage-credentials",
       {{{"prefix", "s3://bucket/w/t"}, {"config", {{"s3.access-key-id", "longest"}}}},
        {{"prefix", "s3://bucket"}, {"config", {{"s3.access-key-id", "shorter"}}}},
        {{"prefix", "s3://bucket/w/t/other/longer"}, {"config", {{"s3.access-key-id", "another's"}}}}}}};
  const auto table = ReadLoadTableResult(answer, "a.t").value();
  EXPECT_EQ(table.config.at("s3.access-key-id"), "longest");
  EXPECT_EQ(table.config.at("s3.region"), "eu-west-1");
  EXPECT_EQ(ReadLoadTableResult(Json::object(), "a.t").error().kind, ErrorKind::kCorrupt);
}

}  // namespace
}  // namespace calve::catalog
