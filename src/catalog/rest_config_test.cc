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

Json TableAnswer(const std::string& location, const std::map<std::string, std::string>& properties = {}) {
  FakeClock clock;
  SeededRng rng(1);
  iceberg::NewTable definition;
  definition.location = location;
  definition.properties = properties;
  return {{"metadata", iceberg::MakeTableMetadata(definition, clock, rng)->json()}};
}

std::map<std::string, std::string> KeysByPrefix(const Json& answer) {
  std::map<std::string, std::string> keys;
  const auto table = ReadLoadTableResult(answer, "a.t").value();
  for (const auto& credential : table.storage_credentials) {
    EXPECT_TRUE(keys.emplace(credential.prefix, credential.config.at("s3.access-key-id")).second);
    EXPECT_EQ(credential.config.at("s3.region"), "eu-west-1");
  }
  return keys;
}

TEST(RestTableTest, OfTheVendedCredentialsTheLongestPrefixCounts) {
  Json answer = TableAnswer("s3://bucket/w/t");
  answer["config"] = {{"s3.region", "eu-west-1"}, {"s3.access-key-id", "in the config"}};
  EXPECT_EQ(KeysByPrefix(answer), (RestProperties{{"s3://bucket/w/t", "in the config"}}));
  Json& list = answer["storage-credentials"];
  const auto vend = [&](const char* prefix, const char* key) {
    list.push_back({{"prefix", prefix}, {"config", {{"s3.access-key-id", key}}}});
  };
  vend("s3", "all");
  EXPECT_EQ(KeysByPrefix(answer), (RestProperties{{"s3://bucket/w/t", "all"}}));
  vend("s3://bucket/w", "warehouse");
  vend("s3://bucket/v", "not this one");
  EXPECT_EQ(KeysByPrefix(answer), (RestProperties{{"s3://bucket/w/t", "warehouse"}}));
  vend("s3://bucket/w/t/data", "below");
  EXPECT_EQ(KeysByPrefix(answer),
            (RestProperties{{"s3://bucket/w/t", "warehouse"}, {"s3://bucket/w/t/data", "below"}}));
  EXPECT_TRUE(ReadLoadTableResult(TableAnswer("s3://bucket/t"), "a.t")->storage_credentials.empty());
  EXPECT_EQ(ReadLoadTableResult(Json::object(), "a.t").error().kind, ErrorKind::kCorrupt);
}

TEST(RestTableTest, EveryFolderOfATableHasItsCredentials) {
  Json answer = TableAnswer("s3://bucket/w/t", {{"write.data.path", "s3://other/data"}});
  answer["config"] = {{"s3.region", "eu-west-1"}, {"s3.access-key-id", "older form"}};
  answer["storage-credentials"] = {{{"prefix", "s3://bucket/w/t"}, {"config", {{"s3.access-key-id", "newer form"}}}}};
  EXPECT_EQ(KeysByPrefix(answer),
            (RestProperties{{"s3://bucket/w/t", "newer form"}, {"s3://other/data", "older form"}}));
}

}  // namespace
}  // namespace calve::catalog
