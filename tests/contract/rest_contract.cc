// The REST catalog on a real server. CALVE_TEST_REST_URI: http://127.0.0.1:port; CALVE_TEST_REST_WAREHOUSE:
// file:///path of a folder that the server writes metadata files to and that this program can read.
#include <cstdlib>

#include "catalog/rest_catalog.h"
#include "contract/catalog_contract.h"
#include "http/curl_transport.h"
#include "store/local_store.h"

namespace calve::iceberg {
namespace {

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

class RestServerEnv final : public CatalogEnv {
 public:
  RestServerEnv() {
    const auto left = one_->List({}).value();
    for (const TableIdentifier& table : left) {
      if (!one_->Drop(table)) throw std::runtime_error("cannot drop " + table.ToString());
    }
  }
  Catalog& catalog() override { return *one_; }
  Catalog& other_client() override { return *two_; }
  store::ObjectStore& store() override { return store_; }
  bool rebases() const override { return true; }
  bool server_writes_files() const override { return true; }

 private:
  std::unique_ptr<catalog::RestCatalog> Open() {
    // Each test's tables in a folder of their own: what the tests before have left is not counted.
    const catalog::RestCatalogOptions options{Variable("CALVE_TEST_REST_URI"), {}, folder_, {}};
    auto opened = catalog::RestCatalog::Open(options, *transport_, nullptr, SystemClock(), SystemRng());
    if (!opened) throw std::runtime_error(opened.error().message);
    return *std::move(opened);
  }

  const std::string folder_ = Variable("CALVE_TEST_REST_WAREHOUSE") + "/" + NewUuid(SystemRng());
  std::unique_ptr<http::CurlTransport> transport_ = http::CurlTransport::Make().value();
  store::LocalStore store_;
  std::unique_ptr<catalog::RestCatalog> one_ = Open();
  std::unique_ptr<catalog::RestCatalog> two_ = Open();
};

bool IsSet() { return !Variable("CALVE_TEST_REST_URI").empty() && !Variable("CALVE_TEST_REST_WAREHOUSE").empty(); }

std::vector<CatalogFactory> Factories() {
  if (!IsSet()) return {};
  return {[] { return std::make_unique<RestServerEnv>(); }};
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(CatalogContract);
INSTANTIATE_TEST_SUITE_P(Server, CatalogContract, testing::ValuesIn(Factories()));

TEST(RestServerTest, IsThere) {
  if (!IsSet()) {
    GTEST_SKIP() << "CALVE_TEST_REST_URI and CALVE_TEST_REST_WAREHOUSE are not set: no REST catalog to test on";
  }
  RestServerEnv env;
  EXPECT_TRUE(env.catalog().List({}).value().empty());
}

}  // namespace
}  // namespace calve::iceberg
