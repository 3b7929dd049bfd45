#include "app/vended.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <utility>

#include "fakes/fake_clock.h"
#include "fakes/fake_s3.h"
#include "store/s3_store.h"

namespace calve::app {
namespace {

using iceberg::LoadedTable;
using iceberg::TableIdentifier;
using testing::HasSubstr;
using namespace std::chrono_literals;

/// Vends KEY1, KEY2 ... for the tables' location, each for an hour; counts.
class FakeVendor final : public iceberg::Catalog {
 public:
  explicit FakeVendor(Clock& clock) : clock_(clock) {}

  Result<LoadedTable> Load(const TableIdentifier& /*table*/) override {
    ++loads;
    if (error) return std::unexpected(*error);
    if (keys && !config.empty()) {
      config["s3.access-key-id"] = "KEY" + std::to_string(loads);
      config["s3.session-token-expires-at-ms"] = std::to_string(ToMillis(clock_.Now() + std::chrono::hours(1)));
    }
    iceberg::NewTable definition;
    definition.location = "s3://lake/t";
    LoadedTable loaded{"", *iceberg::MakeTableMetadata(definition, clock_, rng_)};
    if (!config.empty()) loaded.storage_credentials = {{"s3://lake/t", config}};
    return loaded;
  }
  Result<LoadedTable> Create(const TableIdentifier& table, const iceberg::NewTable&) override { return Load(table); }
  iceberg::CommitOutcome Commit(const TableIdentifier&, const LoadedTable&, const iceberg::TableChange&) override {
    return {};
  }
  Result<std::vector<TableIdentifier>> List(const std::vector<std::string>&) override {
    return std::vector<TableIdentifier>();
  }
  Status Drop(const TableIdentifier&) override { return {}; }
  Result<std::string> DefaultLocation(const TableIdentifier&) override { return std::string("s3://lake/t"); }

  int loads = 0;
  bool keys = true;
  std::optional<Error> error;
  std::map<std::string, std::string> config{{"s3.secret-access-key", "SECRET"},
                                            {"s3.session-token", "TOKEN"},
                                            {"s3.endpoint", "http://vended.test"},
                                            {"client.region", "eu-north-1"},
                                            {"s3.path-style-access", "true"}};

 private:
  Clock& clock_;
  SeededRng rng_{5};
};

class VendedTest : public testing::Test {
 protected:
  VendedTest() {
    s3_.region = "eu-north-1";
    OpenWith({});
  }
  /// Puts an object, and gives the last request for it.
  http::Request Put(const std::string& uri) {
    const Status put = stores_.Put(uri, "x", store::PutMode::kOverwrite);
    EXPECT_TRUE(put) << put.error().message;
    const auto sent = s3_.Requests("PutObject");
    return sent.empty() ? http::Request{} : sent.back();
  }
  static std::string Signature(const http::Request& request) {
    const std::string* header = http::FindHeader(request.headers, "authorization");
    return header == nullptr ? "" : *header;
  }

  /// Another catalog, which says this in its configuration.
  void OpenWith(std::map<std::string, std::string> config) {
    auto vendor = std::make_unique<FakeVendor>(clock_);
    vendor_ = vendor.get();
    catalog_ = std::make_unique<VendingCatalog>(
        std::move(vendor),
        VendedContext{s3_, clock_, rng_, [this] { return options_; }, stores_, client_, {"", std::move(config)}});
  }

  FakeClock clock_;
  SeededRng rng_{11};
  store::S3Options options_{.region = "eu-north-1"};
  store::FakeS3 s3_;
  std::unique_ptr<aws::CredentialsProvider> own_ = aws::MakeStaticCredentials(
      {.access_key_id = "OURS", .secret_access_key = "own", .session_token = {}, .expires = {}});
  aws::Client client_{s3_, *own_, clock_, rng_, {.max_retries = 3}};
  store::PrefixStore stores_{std::make_unique<store::S3Store>(
      client_, clock_, rng_, store::S3Options{.region = "eu-north-1", .endpoint = "http://own.test"})};
  FakeVendor* vendor_ = nullptr;
  std::unique_ptr<VendingCatalog> catalog_;
  const TableIdentifier table_ = *TableIdentifier::Parse("a.t");
};

TEST_F(VendedTest, WhereTheStorageIsWithoutKeysIsServedWithOurs) {
  OpenWith({});
  vendor_->config = {{"s3.endpoint", "http://said.test"}, {"s3.path-style-access", "true"}};
  vendor_->keys = false;
  ASSERT_TRUE(catalog_->Load(table_));
  const http::Request request = Put("s3://lake/t/data/1.parquet");
  EXPECT_THAT(request.url, testing::StartsWith("http://said.test/lake/t/data/1.parquet"));
  EXPECT_THAT(Signature(request), HasSubstr("Credential=OURS/"));
  EXPECT_THAT(Put("s3://lake/other/1").url, testing::StartsWith("http://own.test/"));
}

TEST_F(VendedTest, TheCatalogsConfigurationIsForTheBucketsOfItsTables) {
  OpenWith({{"s3.endpoint", "http://said.test"}});
  vendor_->config.clear();
  EXPECT_THAT(Put("s3://lake/_calve/1").url, testing::StartsWith("http://own.test/"));
  catalog_->Serve("s3://state/warehouse");
  EXPECT_THAT(Put("s3://state/_calve/1").url, HasSubstr("said.test/"));
  ASSERT_TRUE(catalog_->Load(table_));
  EXPECT_THAT(Put("s3://lake/t/data/1").url, HasSubstr("said.test/"));
  EXPECT_THAT(Put("s3://landing/a.csv").url, testing::StartsWith("http://own.test/"));
}

TEST_F(VendedTest, APlaceThatTheProcessWasToldStays) {
  options_.endpoint = "http://own.test";
  OpenWith({{"s3.endpoint", "http://said.test"}});
  vendor_->config.clear();
  catalog_->Serve("s3://state/warehouse");
  ASSERT_TRUE(catalog_->Load(table_));
  EXPECT_THAT(Put("s3://state/_calve/1").url, testing::StartsWith("http://own.test/"));
  EXPECT_THAT(Put("s3://lake/t/data/1").url, testing::StartsWith("http://own.test/"));
}

TEST_F(VendedTest, WhatTheCatalogGivesSignsTheRequestsForTheTableAlone) {
  ASSERT_TRUE(catalog_->Load(table_));
  const http::Request request = Put("s3://lake/t/data/1.parquet");
  EXPECT_THAT(request.url, testing::StartsWith("http://vended.test/lake/t/data/1.parquet"));
  EXPECT_THAT(Signature(request), HasSubstr("Credential=KEY1/"));
  EXPECT_THAT(Signature(request), HasSubstr("/eu-north-1/s3/"));
  const std::string* token = http::FindHeader(request.headers, "x-amz-security-token");
  ASSERT_NE(token, nullptr);
  EXPECT_EQ(*token, "TOKEN");
  EXPECT_EQ(vendor_->loads, 1);

  const http::Request other = Put("s3://lake/tt/1");
  EXPECT_THAT(other.url, testing::StartsWith("http://own.test/"));
  EXPECT_THAT(Signature(other), HasSubstr("Credential=OURS/"));
}

TEST_F(VendedTest, TheyAreAskedForAgainBeforeTheyExpire) {
  ASSERT_TRUE(catalog_->Load(table_));
  EXPECT_THAT(Signature(Put("s3://lake/t/1")), HasSubstr("KEY1"));
  clock_.Advance(50min);
  EXPECT_THAT(Signature(Put("s3://lake/t/2")), HasSubstr("KEY1"));
  clock_.Advance(6min);  // Less than five are left.
  EXPECT_THAT(Signature(Put("s3://lake/t/3")), HasSubstr("KEY2"));
  EXPECT_EQ(vendor_->loads, 2);
}

TEST_F(VendedTest, WhatAnotherLookHasBroughtIsTakenWithoutAskingAgain) {
  ASSERT_TRUE(catalog_->Load(table_));
  clock_.Advance(54min);
  ASSERT_TRUE(catalog_->Load(table_));
  clock_.Advance(3min);
  EXPECT_THAT(Signature(Put("s3://lake/t/1")), HasSubstr("KEY2"));
  EXPECT_EQ(vendor_->loads, 2);
}

TEST_F(VendedTest, TheyAreAskedForAgainWhenTheStorageRefusesThem) {
  ASSERT_TRUE(catalog_->Load(table_));
  Put("s3://lake/t/1");
  s3_.Fail("PutObject", {.kind = store::S3Fault::Kind::kRefuse, .status = 400, .code = "ExpiredToken"});
  EXPECT_THAT(Signature(Put("s3://lake/t/2")), HasSubstr("KEY2"));
}

TEST_F(VendedTest, ACatalogThatIsAwayIsNoReasonToThrowAwayWhatStillWorks) {
  ASSERT_TRUE(catalog_->Load(table_));
  Put("s3://lake/t/1");
  clock_.Advance(57min);
  vendor_->error = Error{ErrorKind::kUnavailable, "the catalog is away"};
  EXPECT_THAT(Signature(Put("s3://lake/t/2")), HasSubstr("KEY1"));
  clock_.Advance(4min);
  const Status put = stores_.Put("s3://lake/t/3", "x", store::PutMode::kOverwrite);
  ASSERT_FALSE(put);
  EXPECT_EQ(put.error().kind, ErrorKind::kUnavailable);
}

TEST_F(VendedTest, WhoWritesWithoutALookLooksOnce) {
  ASSERT_TRUE(catalog_->Know("a.t"));
  ASSERT_TRUE(catalog_->Know("a.t"));
  EXPECT_EQ(vendor_->loads, 1);
  EXPECT_THAT(Signature(Put("s3://lake/t/1")), HasSubstr("KEY1"));
}

TEST_F(VendedTest, ATableWithoutVendedKeysIsReadWithOurOwn) {
  vendor_->config.clear();
  ASSERT_TRUE(catalog_->Load(table_));
  EXPECT_THAT(Signature(Put("s3://lake/t/1")), HasSubstr("OURS"));
}

TEST(VendedKeys, WhatIsUnreadableIsSaidWithoutSayingTheSecret) {
  iceberg::StorageCredential vended{"s3://b/t", {}};
  EXPECT_FALSE(ReadVendedKeys(vended)->has_value());
  vended.config = {{"s3.access-key-id", "KEYID"}};
  EXPECT_EQ(ReadVendedKeys(vended).error().kind, ErrorKind::kCorrupt);
  EXPECT_THAT(ReadVendedKeys(vended).error().message, HasSubstr("s3.secret-access-key"));
  vended.config["s3.secret-access-key"] = "SECRET";
  EXPECT_FALSE((*ReadVendedKeys(vended))->expires.has_value());
  vended.config["s3.session-token-expires-at-ms"] = "soon";
  const std::string message = ReadVendedKeys(vended).error().message;
  EXPECT_THAT(message, HasSubstr("s3.session-token-expires-at-ms"));
  EXPECT_THAT(message, testing::Not(HasSubstr("SECRET")));
  EXPECT_THAT(message, testing::Not(HasSubstr("KEYID")));
}

}  // namespace
}  // namespace calve::app
