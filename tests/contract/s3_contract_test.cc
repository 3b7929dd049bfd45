// The store's contract suite on a real S3 server, named by the environment:
//   CALVE_TEST_S3_ENDPOINT  http://127.0.0.1:7070
//   CALVE_TEST_S3_BUCKET    a bucket without versioning that is there; objects come and go below calve-contract/
//   AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION
#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "aws/client.h"
#include "aws/credentials.h"
#include "base/clock.h"
#include "base/rng.h"
#include "contract/store_contract.h"
#include "http/curl_transport.h"
#include "store/s3_store.h"

namespace calve::store {
namespace {

std::string Variable(const char* name, std::string otherwise = "") {
  const char* value = std::getenv(name);
  return value == nullptr || *value == '\0' ? std::move(otherwise) : value;
}

bool HaveServer() { return !Variable("CALVE_TEST_S3_ENDPOINT").empty() && !Variable("CALVE_TEST_S3_BUCKET").empty(); }

class S3Env final : public StoreEnv {
 public:
  explicit S3Env(S3Options options) : store_(client_, SystemClock(), SystemRng(), std::move(options)) {}
  ~S3Env() override {
    std::vector<std::string> uris;
    if (const auto left = store_.List(Uri(""))) {
      for (const ObjectInfo& object : *left) uris.push_back(object.uri);
    }
    (void)store_.Delete(uris);
  }
  ObjectStore& store() override { return store_; }
  std::string Uri(std::string_view name) override { return place_ + std::string(name); }

 private:
  const std::string place_ =
      "s3://" + Variable("CALVE_TEST_S3_BUCKET") + "/calve-contract/" + NewUuid(SystemRng()) + "/";
  const std::unique_ptr<http::CurlTransport> transport_ = http::CurlTransport::Make().value();
  std::unique_ptr<aws::CredentialsProvider> credentials_ =
      aws::MakeStaticCredentials({.access_key_id = Variable("AWS_ACCESS_KEY_ID"),
                                  .secret_access_key = Variable("AWS_SECRET_ACCESS_KEY"),
                                  .session_token = Variable("AWS_SESSION_TOKEN"),
                                  .expires = {}});
  aws::Client client_{*transport_, *credentials_, SystemClock(), SystemRng(), {.max_retries = 5}};
  S3Store store_;
};

S3Options ServerOptions() {
  S3Options options;
  options.region = Variable("AWS_REGION", "us-east-1");
  options.endpoint = Variable("CALVE_TEST_S3_ENDPOINT");
  return options;
}

// Large objects go through the parallel reader. (Those of the race of a writer with readers fit into one part: of more
// than one, a replaced object is a conflict, see AnOverwrittenSourceIsNeverMixed.)
S3Options SmallParts() {
  S3Options options = ServerOptions();
  options.read_part_bytes = 200'003;
  options.read_parts = 3;
  return options;
}

std::vector<StoreFactory> Factories() {
  if (!HaveServer()) return {};
  return {{.name = "s3", .make = [] { return std::make_unique<S3Env>(ServerOptions()); }},
          {.name = "s3-small-parts", .make = [] { return std::make_unique<S3Env>(SmallParts()); }}};
}

INSTANTIATE_TEST_SUITE_P(S3, StoreContract, testing::ValuesIn(Factories()));

class S3Server : public testing::Test {
 protected:
  void SetUp() override {
    if (!HaveServer()) GTEST_SKIP() << "no S3 server: CALVE_TEST_S3_ENDPOINT and CALVE_TEST_S3_BUCKET are not set";
    S3Options options = ServerOptions();
    options.upload_part_bytes = 0;  // The smallest that S3 allows.
    options.multipart_threshold_bytes = 1 << 20U;
    env_ = std::make_unique<S3Env>(options);
  }
  ObjectStore& store() { return env_->store(); }

  static std::string Bytes(size_t count) {
    std::string data(count, '\0');
    uint32_t x = 1;
    for (char& c : data) c = static_cast<char>((x = x * 1664525U + 1013904223U) >> 24U);
    return data;
  }

  TempDir scratch_;
  std::unique_ptr<S3Env> env_;
};

TEST_F(S3Server, LargeFilesGoUpInParts) {
  const std::string data = Bytes(12'000'001);
  const std::string path = scratch_.Write("large", data);
  const Status put = store().PutFile(env_->Uri("large file+%.bin"), path, PutMode::kIfAbsent);
  ASSERT_TRUE(put) << put.error().message;
  EXPECT_FALSE(std::filesystem::exists(path));
  EXPECT_TRUE(*ReadAll(store(), env_->Uri("large file+%.bin")) == data);

  scratch_.Write("large", data + "x");
  const Status lost = store().PutFile(env_->Uri("large file+%.bin"), path, PutMode::kIfAbsent);
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().kind, ErrorKind::kAlreadyExists);
  EXPECT_TRUE(std::filesystem::exists(path));
  EXPECT_TRUE(store().PutFile(env_->Uri("large file+%.bin"), path, PutMode::kOverwrite));
  EXPECT_EQ(store().Head(env_->Uri("large file+%.bin"))->size_bytes, data.size() + 1);
}

TEST_F(S3Server, AnOverwrittenSourceIsNeverMixed) {
  S3Options options = SmallParts();
  S3Env small(options);
  const std::string uri = small.Uri("source");
  ASSERT_TRUE(small.store().Put(uri, std::string(1'000'000, '1'), PutMode::kOverwrite));
  const auto stream = small.store().Open(uri, {});  // Without if_version: what was opened is what is read.
  ASSERT_TRUE(stream) << stream.error().message;
  ASSERT_TRUE(small.store().Put(uri, std::string(1'000'000, '2'), PutMode::kOverwrite));
  std::string buffer(50'000, '\0');
  for (;;) {
    const Result<size_t> n = (*stream)->Read(std::as_writable_bytes(std::span(buffer)));
    if (!n) {
      EXPECT_EQ(n.error().kind, ErrorKind::kConflict) << n.error().message;
      break;
    }
    ASSERT_NE(*n, 0U) << "the whole of a source that was replaced was read";
    ASSERT_EQ(buffer.substr(0, *n).find('2'), std::string::npos);
  }
}

TEST_F(S3Server, AFolderIsNamedAsSuch) {
  ASSERT_TRUE(store().Put(env_->Uri("folder/x"), "x", PutMode::kOverwrite));
  const auto info = store().Head(env_->Uri("folder"));
  ASSERT_FALSE(info);
  EXPECT_EQ(info.error().kind, ErrorKind::kNotFound);
  EXPECT_THAT(info.error().message, testing::HasSubstr("is a folder"));
}

TEST_F(S3Server, AMissingBucketIsNotFound) {
  const auto info = store().List("s3://calve-contract-no-such-bucket/x");
  ASSERT_FALSE(info);
  EXPECT_EQ(info.error().kind, ErrorKind::kNotFound) << info.error().message;
}

}  // namespace
}  // namespace calve::store
