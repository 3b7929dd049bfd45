// The Glue catalog on a server that speaks Glue's API. CALVE_TEST_GLUE_ENDPOINT: http://127.0.0.1:port of moto. Every
// database of the region eu-central-1 there is deleted.
#include <cstdlib>

#include "catalog/glue_catalog.h"
#include "contract/catalog_contract.h"
#include "http/curl_transport.h"
#include "store/memory_store.h"

namespace calve::iceberg {
namespace {

std::string EndpointUrl() {
  const char* url = std::getenv("CALVE_TEST_GLUE_ENDPOINT");
  return url == nullptr ? "" : url;
}

class MotoEnv final : public CatalogEnv {
 public:
  MotoEnv() {
    const auto databases = client_.SendJson(options_.endpoint, "AWSGlue.GetDatabases", "1.1", Json::object());
    if (!databases) throw std::runtime_error(databases.error().error.message);
    for (const Json& database : (*databases)["DatabaseList"]) {
      const auto deleted =
          client_.SendJson(options_.endpoint, "AWSGlue.DeleteDatabase", "1.1", {{"Name", database["Name"]}});
      if (!deleted) throw std::runtime_error(deleted.error().error.message);
    }
  }
  Catalog& catalog() override { return one_; }
  Catalog& other_client() override { return two_; }
  store::ObjectStore& store() override { return store_; }
  bool nested_namespaces() const override { return false; }
  std::string no_overlap_because() const override {
    return "moto accepts an UpdateTable with a VersionId that is not the newest; FakeGlue keeps that promise of Glue's";
  }

 private:
  std::unique_ptr<http::CurlTransport> transport_ = http::CurlTransport::Make().value();
  std::unique_ptr<aws::CredentialsProvider> credentials_ = aws::MakeStaticCredentials({"AKID", "secret", "", {}});
  aws::Client client_{*transport_, *credentials_, SystemClock(), SystemRng(), BackoffPolicy{}};
  catalog::GlueCatalogOptions options_{{EndpointUrl(), "glue", "eu-central-1"}, "", "memory://warehouse", true};
  store::MemoryStore store_;
  catalog::GlueCatalog one_{options_, client_, store_, SystemClock(), SystemRng()};
  catalog::GlueCatalog two_{options_, client_, store_, SystemClock(), SystemRng()};
};

std::vector<CatalogFactory> Factories() {
  if (EndpointUrl().empty()) return {};
  return {[] { return std::make_unique<MotoEnv>(); }};
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(CatalogContract);
INSTANTIATE_TEST_SUITE_P(Moto, CatalogContract, testing::ValuesIn(Factories()));

TEST(GlueServerTest, IsThere) {
  if (EndpointUrl().empty()) GTEST_SKIP() << "CALVE_TEST_GLUE_ENDPOINT is not set: no Glue to test on";
  MotoEnv env;
  EXPECT_TRUE(env.catalog().List({}).value().empty());
}

}  // namespace
}  // namespace calve::iceberg
