// Where requests for a bucket go.
#include "store/s3_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "aws/credentials.h"
#include "fakes/fake_clock.h"
#include "fakes/fake_transport.h"

namespace calve::store {
namespace {

using testing::HasSubstr;

class S3ClientTest : public testing::Test {
 protected:
  S3Client Make(S3Options options) { return {client, clock, rng, std::move(options)}; }
  /// Where the request for `key` goes, the region that it is signed for behind it.
  std::string Goes(const S3Options& options, const std::string& bucket = "bucket", const std::string& key = "a b/c") {
    transport.Then(200);
    S3Client s3 = Make(options);
    const auto answer = s3.Send("GetObject", {.root = {}, .bucket = bucket, .key = key}, {});
    return answer ? Last() : "error: " + answer.error().error.message;
  }
  std::string Last() const {
    const http::Request request = transport.sent().back();
    std::string scope = *http::FindHeader(request.headers, "authorization");
    scope = scope.substr(scope.find("Credential=K/") + 13);
    scope = scope.substr(scope.find('/') + 1);
    return request.url + " " + scope.substr(0, scope.find('/'));
  }

  http::FakeTransport transport;
  FakeClock clock;
  SeededRng rng{7};
  std::unique_ptr<aws::CredentialsProvider> credentials = aws::MakeStaticCredentials(
      {.access_key_id = "K", .secret_access_key = "secret", .session_token = {}, .expires = {}});
  aws::Client client{transport, *credentials, clock, rng, {.max_retries = 0}};
};

TEST_F(S3ClientTest, ABucketStandsInTheHostAtAws) {
  EXPECT_EQ(Goes({.region = "eu-west-1"}), "https://bucket.s3.eu-west-1.amazonaws.com/a%20b/c eu-west-1");
  EXPECT_EQ(Goes({.region = "eu-west-1"}, "bucket", ""), "https://bucket.s3.eu-west-1.amazonaws.com/ eu-west-1");
  EXPECT_EQ(Goes({.region = "cn-north-1"}), "https://bucket.s3.cn-north-1.amazonaws.com.cn/a%20b/c cn-north-1");
  EXPECT_EQ(Goes({.region = "us-iso-east-1"}), "https://bucket.s3.us-iso-east-1.c2s.ic.gov/a%20b/c us-iso-east-1");
}

TEST_F(S3ClientTest, ABucketStandsInThePathWhereItMust) {
  const S3Options by_path{.region = "eu-west-1", .addressing = aws::S3Addressing::kPath};
  EXPECT_EQ(Goes(by_path), "https://s3.eu-west-1.amazonaws.com/bucket/a%20b/c eu-west-1");
  EXPECT_EQ(Goes(by_path, "bucket", ""), "https://s3.eu-west-1.amazonaws.com/bucket eu-west-1");
  EXPECT_EQ(Goes({.region = "eu-west-1"}, "my.bucket"),
            "https://s3.eu-west-1.amazonaws.com/my.bucket/a%20b/c eu-west-1");
  S3Options custom{.region = "eu-west-1", .endpoint = "http://127.0.0.1:7070/base"};
  EXPECT_EQ(Goes(custom), "http://127.0.0.1:7070/base/bucket/a%20b/c eu-west-1");
  custom.addressing = aws::S3Addressing::kVirtual;
  EXPECT_EQ(Goes(custom), "http://bucket.127.0.0.1:7070/base/a%20b/c eu-west-1");
}

TEST_F(S3ClientTest, AnEndpointIsAUrl) {
  EXPECT_EQ(Goes({.endpoint = "http://store/"}), "http://store/bucket/a%20b/c us-east-1");
  EXPECT_THAT(Goes({.endpoint = "store:80"}), HasSubstr("error: the endpoint configured for s3 is no http"));
  EXPECT_EQ(transport.sent().size(), 1U);
}

TEST_F(S3ClientTest, NoBucketLeadsElsewhere) {
  for (const char* bucket : {"evil.example/b", "b?", "..", ""}) {
    EXPECT_THAT(Goes({}, bucket), HasSubstr("cannot be the name of an S3 bucket")) << bucket;
  }
  EXPECT_TRUE(transport.sent().empty());
}

TEST_F(S3ClientTest, AnotherRegionIsAskedAtItsOwnHost) {
  S3Client s3 = Make({.region = "us-east-1"});
  transport.Then(301, "", {{"x-amz-bucket-region", "cn-north-1"}}).Then(200).Then(200);
  EXPECT_TRUE(s3.Send("GetObject", {.root = {}, .bucket = "bucket", .key = "k"}, {}));
  EXPECT_EQ(transport.sent().size(), 2U);
  EXPECT_EQ(Last(), "https://bucket.s3.cn-north-1.amazonaws.com.cn/k cn-north-1");
  EXPECT_TRUE(s3.Send("GetObject", {.root = {}, .bucket = "bucket", .key = "k"}, {}));
  EXPECT_EQ(transport.sent().size(), 3U) << "the region is forgotten";
  EXPECT_EQ(Last(), "https://bucket.s3.cn-north-1.amazonaws.com.cn/k cn-north-1");
}

TEST_F(S3ClientTest, ARegionThatARefusalDoesNotNameIsAskedFor) {
  S3Client s3 = Make({.region = "us-east-1", .addressing = aws::S3Addressing::kPath});
  transport.Then(400).Then(301, "", {{"x-amz-bucket-region", "eu-west-1"}}).Then(200);
  EXPECT_TRUE(s3.Send("HeadObject", {.root = {}, .bucket = "bucket", .key = "k"}, {.method = "HEAD"}));
  ASSERT_EQ(transport.sent().size(), 3U);
  EXPECT_EQ(transport.sent()[1].method, "HEAD");
  EXPECT_EQ(transport.sent()[1].url, "https://s3.us-east-1.amazonaws.com/bucket");
  EXPECT_EQ(Last(), "https://s3.eu-west-1.amazonaws.com/bucket/k eu-west-1");
}

TEST_F(S3ClientTest, ACustomEndpointIsSignedForTheOtherRegionAndKept) {
  S3Client s3 = Make({.region = "us-east-1", .endpoint = "https://store.example"});
  transport.Then(301, "", {{"x-amz-bucket-region", "eu-west-1"}}).Then(200);
  EXPECT_TRUE(s3.Send("GetObject", {.root = {}, .bucket = "bucket", .key = "k"}, {}));
  EXPECT_EQ(Last(), "https://store.example/bucket/k eu-west-1");
}

TEST_F(S3ClientTest, ARegionThatIsNoneIsNotFollowed) {
  S3Client s3 = Make({.region = "us-east-1"});
  transport.Then(301, "", {{"x-amz-bucket-region", "x.evil.example/"}}).Then(200);
  EXPECT_FALSE(s3.Send("GetObject", {.root = {}, .bucket = "bucket", .key = "k"}, {}));
  for (const http::Request& request : transport.sent()) EXPECT_THAT(request.url, HasSubstr("us-east-1.amazonaws.com/"));
}

}  // namespace
}  // namespace calve::store
