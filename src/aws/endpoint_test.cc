#include "aws/endpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/fake_transport.h"
#include "fakes/test_environment.h"

namespace calve::aws {
namespace {

using testing::HasSubstr;

class EndpointTest : public testing::Test {
 protected:
  Endpoints Make(const std::string& region = "eu-west-1", S3Addressing addressing = S3Addressing::kAuto) {
    auto profiles = Profiles::Load(environment.get());
    EXPECT_TRUE(profiles.has_value());
    return {environment.get(), *profiles, region, addressing};
  }
  std::string Url(std::string_view service, const std::string& region = "eu-west-1") {
    const auto endpoint = Make(region).For(service);
    return endpoint.has_value() ? endpoint->url : "error: " + endpoint.error().message;
  }
  std::string BucketUrl(std::string_view bucket, S3Addressing addressing = S3Addressing::kAuto) {
    const Endpoints endpoints = Make("eu-west-1", addressing);
    const std::string custom = endpoints.IsCustom("s3") ? endpoints.For("s3").value().url : "";
    const auto endpoint = BucketEndpoint(custom, endpoints.region(), bucket, endpoints.addressing());
    return endpoint.has_value() ? endpoint->url : "error: " + endpoint.error().message;
  }
  TestEnvironment environment;
};

TEST_F(EndpointTest, StandardOnesByPartition) {
  EXPECT_EQ(Url("sqs"), "https://sqs.eu-west-1.amazonaws.com");
  EXPECT_EQ(Url("glue", "cn-north-1"), "https://glue.cn-north-1.amazonaws.com.cn");
  EXPECT_EQ(Url("s3", "us-gov-west-1"), "https://s3.us-gov-west-1.amazonaws.com");
  EXPECT_EQ(PartitionOf("us-gov-west-1").name, "aws-us-gov");
  EXPECT_EQ(PartitionOf("cn-north-1").name, "aws-cn");
  EXPECT_EQ(PartitionOf("ap-south-1").name, "aws");
}

TEST_F(EndpointTest, CustomOnesInTheirOrder) {
  environment.Write(".aws/config",
                    "[default]\nendpoint_url = http://profile\nservices = mine\n"
                    "[services mine]\nsqs =\n  endpoint_url = http://services-sqs/\n");
  EXPECT_EQ(Url("s3"), "http://profile");
  EXPECT_EQ(Url("sqs"), "http://services-sqs");
  environment.Set("AWS_ENDPOINT_URL", "http://all:1/");
  EXPECT_EQ(Url("sqs"), "http://all:1");
  environment.Set("AWS_ENDPOINT_URL_SQS", "https://only-sqs");
  EXPECT_EQ(Url("sqs"), "https://only-sqs");
  EXPECT_EQ(Url("glue"), "http://all:1");
  environment.Set("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true");
  EXPECT_EQ(Url("sqs"), "https://sqs.eu-west-1.amazonaws.com");
  environment.Set("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "false");
  for (const char* bad : {"localhost:9000", "ftp://x", "http://", "http://x?y", "http://x y"}) {
    environment.Set("AWS_ENDPOINT_URL", bad);
    EXPECT_THAT(Url("s3"), HasSubstr("error: the endpoint configured for s3")) << bad;
  }
}

TEST_F(EndpointTest, BucketsInHostOrPath) {
  EXPECT_EQ(BucketUrl("my-bucket"), "https://my-bucket.s3.eu-west-1.amazonaws.com");
  EXPECT_EQ(BucketUrl("my.bucket"), "https://s3.eu-west-1.amazonaws.com/my.bucket");
  EXPECT_EQ(BucketUrl("Old_Bucket"), "https://s3.eu-west-1.amazonaws.com/Old_Bucket");
  EXPECT_EQ(BucketUrl("my-bucket", S3Addressing::kPath), "https://s3.eu-west-1.amazonaws.com/my-bucket");
  EXPECT_EQ(BucketUrl("my.bucket", S3Addressing::kVirtual), "https://my.bucket.s3.eu-west-1.amazonaws.com");
  for (const char* bad : {"", "a/b", "..", "...", "a b", "a?b", "ab"})
    EXPECT_THAT(BucketUrl(bad), HasSubstr("error")) << bad;
  environment.Set("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:7070/base/");
  EXPECT_EQ(BucketUrl("my-bucket"), "http://127.0.0.1:7070/base/my-bucket");
  EXPECT_EQ(BucketUrl("my-bucket", S3Addressing::kVirtual), "http://my-bucket.127.0.0.1:7070/base");
}

TEST_F(EndpointTest, BucketsInOtherPartitions) {
  const auto url = [](std::string_view region, S3Addressing addressing = S3Addressing::kAuto) {
    return BucketEndpoint("", region, "my-bucket", addressing)->url;
  };
  EXPECT_EQ(url("cn-north-1"), "https://my-bucket.s3.cn-north-1.amazonaws.com.cn");
  EXPECT_EQ(url("cn-north-1", S3Addressing::kPath), "https://s3.cn-north-1.amazonaws.com.cn/my-bucket");
  EXPECT_EQ(url("us-gov-west-1"), "https://my-bucket.s3.us-gov-west-1.amazonaws.com");
  EXPECT_EQ(url("us-iso-east-1"), "https://my-bucket.s3.us-iso-east-1.c2s.ic.gov");
  EXPECT_EQ(url("eusc-de-east-1"), "https://my-bucket.s3.eusc-de-east-1.amazonaws.eu");
}

TEST_F(EndpointTest, TheProfilesAddressingStyle) {
  environment.Write(".aws/config", "[default]\ns3 =\n  addressing_style = path\n");
  EXPECT_EQ(BucketUrl("my-bucket"), "https://s3.eu-west-1.amazonaws.com/my-bucket");
  EXPECT_EQ(BucketUrl("my-bucket", S3Addressing::kVirtual), "https://my-bucket.s3.eu-west-1.amazonaws.com");
}

TEST_F(EndpointTest, TheRegionsPlaces) {
  http::FakeTransport transport([](const http::Request& request) -> http::Reply {
    if (request.method == "PUT") return http::Response{.status = 200, .body = "T"};
    EXPECT_EQ(request.url, "http://169.254.169.254/latest/meta-data/placement/region");
    return http::Response{.status = 200, .body = "eu-south-2"};
  });
  InstanceMetadata imds(transport, environment.get());
  const auto region = [&](InstanceMetadata* from) {
    auto found = ResolveRegion(environment.get(), *Profiles::Load(environment.get()), from);
    return found.has_value() ? *found : "error: " + found.error().message;
  };
  EXPECT_THAT(region(nullptr), HasSubstr("AWS_REGION"));
  EXPECT_EQ(region(&imds), "eu-south-2");
  environment.Write(".aws/config", "[default]\nregion = eu-north-1\n");
  EXPECT_EQ(region(&imds), "eu-north-1");
  environment.Set("AWS_DEFAULT_REGION", "us-east-2");
  EXPECT_EQ(region(&imds), "us-east-2");
  environment.Set("AWS_REGION", "us-west-2");
  EXPECT_EQ(region(&imds), "us-west-2");
  environment.Set("AWS_REGION", "evil.example/");
  EXPECT_THAT(region(&imds), HasSubstr("error"));
}

}  // namespace
}  // namespace calve::aws
