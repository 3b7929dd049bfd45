// What the settings, the environment and the profile say about S3 arrives at the store's requests.
#include "app/cloud.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "aws/credentials.h"
#include "base/rng.h"
#include "fakes/fake_clock.h"
#include "fakes/fake_transport.h"
#include "fakes/test_environment.h"
#include "store/s3_store.h"

namespace calve::app {
namespace {

/// Sets variables of the process, and sets them back at the end.
class Variables {
 public:
  Variables() = default;
  ~Variables() {
    for (const auto& [name, value] : before_) Apply(name, value);
  }
  Variables(const Variables&) = delete;
  Variables& operator=(const Variables&) = delete;

  void Set(const std::string& name, const std::optional<std::string>& value) {
    const char* old = std::getenv(name.c_str());
    before_.try_emplace(name, old == nullptr ? std::nullopt : std::optional<std::string>(old));
    Apply(name, value);
  }

 private:
  static void Apply(const std::string& name, const std::optional<std::string>& value) {
    if (value) {
      setenv(name.c_str(), value->c_str(), 1);
    } else {
      unsetenv(name.c_str());
    }
  }
  std::map<std::string, std::optional<std::string>> before_;
};

class CloudTest : public testing::Test {
 protected:
  CloudTest() {
    for (const char* name : {"AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE",
                             "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"}) {
      variables.Set(name, std::nullopt);
    }
    variables.Set("HOME", aws::EnvironmentValue(home.get(), "HOME"));
    settings.region = "eu-west-1";
  }
  /// The URL of the store's request for s3://my-bucket/k.
  std::string Url() {
    auto cloud = Cloud::Make(settings, clock, rng);
    if (!cloud) return "error: " + cloud.error().message;
    auto options = (*cloud)->S3();
    if (!options) return "error: " + options.error().message;
    http::FakeTransport transport([](const http::Request&) { return http::Response{.status = 404}; });
    const auto credentials = aws::MakeStaticCredentials({});
    aws::Client client(transport, *credentials, clock, rng, {});
    store::S3Store store(client, clock, rng, std::move(*options));
    EXPECT_FALSE(store.Head("s3://my-bucket/k"));
    return transport.sent().at(0).url;
  }

  aws::TestEnvironment home;
  Variables variables;
  FakeClock clock;
  SeededRng rng{7};
  Settings settings;
};

TEST_F(CloudTest, TheRegionsOwnHost) {
  EXPECT_EQ(Url(), "https://my-bucket.s3.eu-west-1.amazonaws.com/k");
  settings.region = "cn-north-1";
  EXPECT_EQ(Url(), "https://my-bucket.s3.cn-north-1.amazonaws.com.cn/k");
}

TEST_F(CloudTest, TheProfilesAddressingStyle) {
  home.Write(".aws/config",
             "[default]\ns3 =\n  addressing_style = path\n[profile v]\nendpoint_url = http://own:1\n"
             "s3 =\n  addressing_style = virtual\n");
  EXPECT_EQ(Url(), "https://s3.eu-west-1.amazonaws.com/my-bucket/k");
  variables.Set("AWS_PROFILE", "v");
  EXPECT_EQ(Url(), "http://my-bucket.own:1/k");
  settings.s3_path_style = true;
  EXPECT_EQ(Url(), "http://own:1/my-bucket/k");
}

TEST_F(CloudTest, TheEnvironmentsEndpoint) {
  variables.Set("AWS_ENDPOINT_URL_S3", "https://s3.dualstack.eu-west-1.amazonaws.com/");
  EXPECT_EQ(Url(), "https://s3.dualstack.eu-west-1.amazonaws.com/my-bucket/k");
  variables.Set("AWS_ENDPOINT_URL_S3", "no url");
  EXPECT_TRUE(Url().starts_with("error: the endpoint configured for s3")) << Url();
  variables.Set("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true");
  EXPECT_EQ(Url(), "https://my-bucket.s3.eu-west-1.amazonaws.com/k");
}

TEST_F(CloudTest, TheSettingLeads) {
  settings.s3_path_style = true;
  EXPECT_EQ(Url(), "https://s3.eu-west-1.amazonaws.com/my-bucket/k");
}

}  // namespace
}  // namespace calve::app
