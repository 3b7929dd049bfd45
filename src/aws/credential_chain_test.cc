#include "aws/credential_chain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "aws/time.h"
#include "fakes/fake_clock.h"
#include "fakes/fake_transport.h"
#include "fakes/test_environment.h"

namespace calve::aws {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kImds = "http://169.254.169.254";

std::string StsAnswer(const std::string& key, const std::string& expires = "2026-01-01T01:00:00Z") {
  return "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult><AssumedRoleUser>"
         "<Arn>a</Arn></AssumedRoleUser><Credentials><AccessKeyId>" +
         key +
         "</AccessKeyId><SecretAccessKey>s/e+c&amp;</SecretAccessKey><SessionToken>t==</SessionToken><Expiration>" +
         expires + "</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>";
}

std::string JsonAnswer(const std::string& key, const std::string& token_key = "Token",
                       const std::string& expires = "2026-01-01T01:00:00Z") {
  return R"({"Code":"Success","Version":1,"AccessKeyId":")" + key + R"(","SecretAccessKey":"s",")" + token_key +
         R"(":"t","Expiration":")" + expires + "\"}";
}

class ChainTest : public testing::Test {
 protected:
  Result<Credentials> Get() {
    provider = nullptr;
    CALVE_ASSIGN_OR_RETURN(Profiles profiles, Profiles::Load(environment.get()));
    provider = MakeDefaultCredentials({.transport = transport,
                                       .clock = clock,
                                       .rng = rng,
                                       .environment = environment.get(),
                                       .profiles = profiles,
                                       .region = region});
    return provider->Get();
  }
  std::string Key() {
    const auto found = Get();
    return found.has_value() ? found->access_key_id : "error: " + found.error().message;
  }
  Error Failure() {
    const auto found = Get();
    EXPECT_FALSE(found.has_value());
    return found.has_value() ? Error{ErrorKind::kInternal, "it worked"} : found.error();
  }
  /// An EC2 instance whose role has `key`.
  http::Reply Imds(const http::Request& request, const std::string& key) const {
    const std::string path = request.url.substr(kImds.size());
    EXPECT_TRUE(request.past_proxies);
    EXPECT_LE(request.total_timeout, seconds(1));
    if (path == "/latest/api/token" && request.method == "PUT") return http::Response{.status = 200, .body = "TOKEN"};
    const std::string* token = http::FindHeader(request.headers, "x-aws-ec2-metadata-token");
    if (token == nullptr || *token != "TOKEN") return http::Response{.status = 401};
    if (path == "/latest/meta-data/iam/security-credentials/") return http::Response{.status = 200, .body = "my-role"};
    if (path == "/latest/meta-data/iam/security-credentials/my-role") {
      return http::Response{.status = 200, .body = JsonAnswer(key, "Token", imds_expires)};
    }
    return http::Response{.status = 404};
  }

  TestEnvironment environment;
  std::function<http::Reply(const http::Request&)> handler = [](const http::Request&) -> http::Reply {
    return std::unexpected(http::SendError{{ErrorKind::kUnavailable, "nobody there"}, false});
  };
  http::FakeTransport transport{[this](const http::Request& request) { return handler(request); }};
  FakeClock clock;
  SeededRng rng{1};
  std::string region = "eu-west-1";
  std::string imds_expires = "2026-01-01T01:00:00Z";
  std::unique_ptr<CredentialsProvider> provider;
};

TEST_F(ChainTest, NoneNamesEveryPlace) {
  const Error error = Failure();
  EXPECT_EQ(error.kind, ErrorKind::kPermissionDenied);
  EXPECT_THAT(error.message, AllOf(HasSubstr("AWS_ACCESS_KEY_ID"), HasSubstr("AWS_WEB_IDENTITY_TOKEN_FILE"),
                                   HasSubstr("profile default"), HasSubstr(".aws/credentials"),
                                   HasSubstr("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"), HasSubstr("169.254.169.254")));
}

TEST_F(ChainTest, TheOrderIsAws) {
  // From the last place to the first: each one beats those before it.
  handler = [this](const http::Request& request) -> http::Reply {
    if (request.url.starts_with(kImds)) return Imds(request, "INSTANCE");
    if (request.url.starts_with("http://169.254.170.2/"))
      return http::Response{.status = 200, .body = JsonAnswer("CONTAINER")};
    return http::Response{.status = 200, .body = StsAnswer("WEB")};
  };
  EXPECT_EQ(Key(), "INSTANCE");
  environment.Set("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/credentials/x");
  EXPECT_EQ(Key(), "CONTAINER");
  environment.Write(".aws/config", "[default]\naws_access_key_id = CONFIG\naws_secret_access_key = s\n");
  EXPECT_EQ(Key(), "CONFIG");
  environment.Write(".aws/credentials", "[default]\naws_access_key_id = SHARED\naws_secret_access_key = s\n");
  EXPECT_EQ(Key(), "SHARED");
  environment.Set("AWS_WEB_IDENTITY_TOKEN_FILE", environment.Write("token", "jwt\n"));
  environment.Set("AWS_ROLE_ARN", "arn:aws:iam::1:role/r");
  EXPECT_EQ(Key(), "WEB");
  environment.Set("AWS_ACCESS_KEY_ID", "ENVIRONMENT");
  environment.Set("AWS_SECRET_ACCESS_KEY", "s");
  environment.Set("AWS_SESSION_TOKEN", "t");
  EXPECT_EQ(Key(), "ENVIRONMENT");
  EXPECT_EQ(provider->Get()->session_token, "t");
}

TEST_F(ChainTest, HalfAPlaceIsAnErrorNotANextPlace) {
  environment.Write(".aws/credentials", "[default]\naws_access_key_id = OTHER\naws_secret_access_key = s\n");
  environment.Set("AWS_ACCESS_KEY_ID", "K");
  EXPECT_THAT(Failure().message, HasSubstr("AWS_SECRET_ACCESS_KEY is not"));
  environment.Set("AWS_ACCESS_KEY_ID", "");
  environment.Set("AWS_WEB_IDENTITY_TOKEN_FILE", "/no/such/token");
  EXPECT_THAT(Failure().message, HasSubstr("AWS_ROLE_ARN"));
  environment.Set("AWS_ROLE_ARN", "arn");
  EXPECT_THAT(Failure().message, HasSubstr("/no/such/token"));
}

TEST_F(ChainTest, WebIdentityAsksStsWithoutASignature) {
  environment.Set("AWS_WEB_IDENTITY_TOKEN_FILE", environment.Write("token", "j.w+t\n"));
  environment.Set("AWS_ROLE_ARN", "arn:aws:iam::1:role/r");
  environment.Set("AWS_ROLE_SESSION_NAME", "me");
  handler = [](const http::Request&) { return http::Response{.status = 200, .body = StsAnswer("K")}; };
  const auto found = Get();
  ASSERT_TRUE(found.has_value()) << found.error().message;
  EXPECT_EQ(found->secret_access_key, "s/e+c&");
  EXPECT_EQ(found->session_token, "t==");
  EXPECT_EQ(found->expires, ParseIsoTime("2026-01-01T01:00:00Z"));
  const http::Request request = transport.sent()[0];
  EXPECT_EQ(request.url, "https://sts.eu-west-1.amazonaws.com/");
  EXPECT_EQ(request.body,
            "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fr&"
            "RoleSessionName=me&WebIdentityToken=j.w%2Bt");
  EXPECT_EQ(http::FindHeader(request.headers, "authorization"), nullptr);
  region = "";
  ASSERT_TRUE(Get().has_value());
  EXPECT_EQ(transport.sent()[1].url, "https://sts.amazonaws.com/");
  environment.Set("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:5000");
  ASSERT_TRUE(Get().has_value());
  EXPECT_EQ(transport.sent()[2].url, "http://127.0.0.1:5000/");
}

TEST_F(ChainTest, StsRefusesOrAnswersNonsense) {
  environment.Set("AWS_WEB_IDENTITY_TOKEN_FILE", environment.Write("token", "THETOKEN"));
  environment.Set("AWS_ROLE_ARN", "arn:x");
  int asked = 0;
  handler = [&](const http::Request&) {
    ++asked;
    return http::Response{
        .status = 403,
        .body = "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>"};
  };
  const Error error = Failure();
  EXPECT_EQ(error.kind, ErrorKind::kPermissionDenied);
  EXPECT_THAT(error.message, AllOf(HasSubstr("arn:x"), HasSubstr("AccessDenied"), Not(HasSubstr("THETOKEN"))));
  EXPECT_EQ(asked, 1);
  handler = [&](const http::Request&) { return http::Response{.status = 200, .body = "<x/>"}; };
  EXPECT_EQ(Failure().kind, ErrorKind::kUnavailable);
  environment.Write("token", "\n");
  EXPECT_THAT(Failure().message, HasSubstr("is empty"));
}

TEST_F(ChainTest, ARoleOverAnotherProfile) {
  environment.Set("AWS_PROFILE", "role");
  environment.Write(
      ".aws/config",
      "[profile role]\nrole_arn = arn:1\nsource_profile = middle\nexternal_id = e\nrole_session_name = n\n"
      "duration_seconds = 900\n[profile middle]\nrole_arn = arn:2\nsource_profile = keys\n");
  environment.Write(".aws/credentials", "[keys]\naws_access_key_id = BASE\naws_secret_access_key = s\n");
  handler = [](const http::Request& request) {
    return http::Response{.status = 200,
                          .body = StsAnswer(request.body.find("arn%3A2") != std::string::npos ? "MIDDLE" : "LAST")};
  };
  EXPECT_EQ(Key(), "LAST");
  const auto sent = transport.sent();
  ASSERT_EQ(sent.size(), 2U);
  EXPECT_THAT(*http::FindHeader(sent[0].headers, "authorization"),
              HasSubstr("Credential=BASE/20260101/eu-west-1/sts/"));
  EXPECT_THAT(*http::FindHeader(sent[1].headers, "authorization"), HasSubstr("Credential=MIDDLE/"));
  EXPECT_THAT(sent[1].body,
              AllOf(HasSubstr("RoleSessionName=n"), HasSubstr("DurationSeconds=900"), HasSubstr("ExternalId=e")));
}

TEST_F(ChainTest, ARoleOverItsOwnKeysAndOverOtherPlaces) {
  handler = [this](const http::Request& request) -> http::Reply {
    if (request.url.starts_with(kImds)) return Imds(request, "INSTANCE");
    return http::Response{.status = 200, .body = StsAnswer("ROLE")};
  };
  environment.Write(".aws/config",
                    "[default]\nrole_arn = arn:1\nsource_profile = default\naws_access_key_id = OWN\n"
                    "aws_secret_access_key = s\n");
  EXPECT_EQ(Key(), "ROLE");
  EXPECT_THAT(*http::FindHeader(transport.sent().back().headers, "authorization"), HasSubstr("Credential=OWN/"));
  environment.Write(".aws/config", "[default]\nrole_arn = arn:1\ncredential_source = Ec2InstanceMetadata\n");
  EXPECT_EQ(Key(), "ROLE");
  EXPECT_THAT(*http::FindHeader(transport.sent().back().headers, "authorization"), HasSubstr("Credential=INSTANCE/"));
  const std::string token = environment.Write("token", "jwt");
  environment.Write(".aws/config", "[default]\nrole_arn = arn:1\nweb_identity_token_file = " + token + "\n");
  EXPECT_EQ(Key(), "ROLE");
  EXPECT_THAT(transport.sent().back().body, HasSubstr("WebIdentityToken=jwt"));
}

TEST_F(ChainTest, ProfilesThatCannotWorkSayWhy) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"role_arn = a\n", "without source_profile"},
      {"role_arn = a\nsource_profile = nobody\n", "nobody is not there"},
      {"role_arn = a\nsource_profile = b\n[profile b]\nrole_arn = c\nsource_profile = default\n",
       "leads back to default"},
      {"role_arn = a\ncredential_source = Moon\n", "Moon"},
      {"role_arn = a\ncredential_source = Environment\n", "AWS_ACCESS_KEY_ID is not set"},
      {"role_arn = a\nsource_profile = b\ncredential_source = Environment\n", "both"},
      {"role_arn = a\nmfa_serial = m\nsource_profile = default\n", "mfa_serial"},
      {"sso_session = s\nsso_account_id = 1\n", "SSO"},
      {"aws_access_key_id = a\n", "without aws_secret_access_key"},
      {"credential_process = echo SECRETS\n", "does not print"},
      {"credential_process = echo '{\"Version\":2}'\n", "does not print"},
      {"credential_process = echo '{\"Version\":1,\"AccessKeyId\":\"k\"}'\n", "no SecretAccessKey"},
      {"credential_process = exit 7\n", "exit code 7"},
  };
  for (const auto& [text, why] : cases) {
    environment.Write(".aws/config", "[default]\n" + text);
    const Error error = Failure();
    EXPECT_THAT(error.message, AllOf(HasSubstr(why), HasSubstr("default"), Not(HasSubstr("SECRETS")))) << text;
  }
  environment.Write(".aws/config", "[default]\n");
  environment.Set("AWS_PROFILE", "nobody");
  EXPECT_THAT(Failure().message, AllOf(HasSubstr("AWS_PROFILE"), HasSubstr("nobody")));
}

TEST_F(ChainTest, ACredentialProcess) {
  environment.Write(".aws/config",
                    "[default]\ncredential_process = echo '" + JsonAnswer("PROCESS", "SessionToken") + "'\n");
  const auto found = Get();
  ASSERT_TRUE(found.has_value()) << found.error().message;
  EXPECT_EQ(found->access_key_id, "PROCESS");
  EXPECT_EQ(found->session_token, "t");
  EXPECT_TRUE(found->expires.has_value());
}

TEST_F(ChainTest, FilesByVariables) {
  environment.Set(
      "AWS_CONFIG_FILE",
      environment.Write("elsewhere", "[profile p]\naws_access_key_id = C\naws_secret_access_key = c\nregion = r\n"));
  environment.Set("AWS_SHARED_CREDENTIALS_FILE", "~/keys");
  environment.Write("keys", "[p]\naws_access_key_id = S\naws_secret_access_key = s\n");
  environment.Set("AWS_PROFILE", "p");
  EXPECT_EQ(Key(), "S");
  EXPECT_EQ(provider->Get()->secret_access_key, "s");
}

TEST_F(ChainTest, TheContainersTokenIsSentWhereItMayGo) {
  environment.Set("AWS_CONTAINER_AUTHORIZATION_TOKEN", "plain");
  handler = [](const http::Request&) { return http::Response{.status = 200, .body = JsonAnswer("K")}; };
  for (const char* good : {"http://169.254.170.23/v1/credentials", "http://[fd00:ec2::23]/v1", "http://localhost:81/x",
                           "http://127.0.0.2:81/x", "http://[::1]:81/x", "https://anywhere.example/x"}) {
    environment.Set("AWS_CONTAINER_CREDENTIALS_FULL_URI", good);
    EXPECT_EQ(Key(), "K") << good;
    EXPECT_EQ(transport.sent().back().url, good);
    EXPECT_EQ(*http::FindHeader(transport.sent().back().headers, "authorization"), "plain");
    EXPECT_EQ(transport.sent().back().past_proxies, std::string(good).starts_with("http:"));
  }
  const size_t sent = transport.sent().size();
  for (const char* bad :
       {"http://anywhere.example/x", "http://127.0.0.1.evil.example/", "http://localhost.evil.example/",
        "http://169.254.170.22/", "ftp://localhost/", "localhost", "http://127.evil.0.1/"}) {
    environment.Set("AWS_CONTAINER_CREDENTIALS_FULL_URI", bad);
    EXPECT_EQ(Failure().kind, ErrorKind::kInvalidArgument) << bad;
  }
  EXPECT_EQ(transport.sent().size(), sent);
  environment.Set("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://169.254.170.23/v1");
  environment.Set("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", environment.Write("token", "of-file\n"));
  EXPECT_EQ(Key(), "K");
  EXPECT_EQ(*http::FindHeader(transport.sent().back().headers, "authorization"), "of-file");
  environment.Write("token", "of\nfile");
  EXPECT_THAT(Failure().message, HasSubstr("line break"));
}

TEST_F(ChainTest, TheContainersEndpointIsAskedAgain) {
  environment.Set("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x");
  int asked = 0;
  handler = [&](const http::Request&) {
    return ++asked < 3 ? http::Response{.status = 500} : http::Response{.status = 200, .body = JsonAnswer("K")};
  };
  EXPECT_EQ(Key(), "K");
  handler = [&](const http::Request&) { return http::Response{.status = 404}; };
  EXPECT_THAT(Failure().message, HasSubstr("404"));
}

TEST_F(ChainTest, InstanceMetadata) {
  handler = [this](const http::Request& request) { return Imds(request, "INSTANCE"); };
  EXPECT_EQ(Key(), "INSTANCE");
  environment.Set("AWS_EC2_METADATA_DISABLED", "true");
  const size_t sent = transport.sent().size();
  EXPECT_THAT(Failure().message, HasSubstr("AWS_EC2_METADATA_DISABLED"));
  EXPECT_EQ(transport.sent().size(), sent);
  environment.Set("AWS_EC2_METADATA_DISABLED", "false");
  environment.Set("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:1338/");
  handler = [](const http::Request& request) -> http::Reply {
    EXPECT_TRUE(request.url.starts_with("http://127.0.0.1:1338/latest/")) << request.url;
    return http::Response{.status = 403};
  };
  EXPECT_EQ(Failure().kind, ErrorKind::kPermissionDenied);
  // It is there and has a role, but fails: no other identity, no "none".
  handler = [](const http::Request& request) -> http::Reply {
    return http::Response{.status = request.method == "PUT" ? 200 : 503, .body = "T"};
  };
  EXPECT_EQ(Failure().kind, ErrorKind::kUnavailable);
}

TEST_F(ChainTest, KeptUntilShortlyBeforeTheyExpire) {
  int generation = 0;
  handler = [&](const http::Request& request) { return Imds(request, "K" + std::to_string(generation)); };
  EXPECT_EQ(Key(), "K0");
  generation = 1;
  clock.Advance(minutes(54));
  EXPECT_EQ(provider->Get()->access_key_id, "K0");
  clock.Advance(minutes(2));  // 4 minutes left.
  imds_expires = "2026-01-01T07:00:00Z";
  EXPECT_EQ(provider->Get()->access_key_id, "K1");
  generation = 2;
  EXPECT_EQ(provider->Get()->access_key_id, "K1");
  provider->Invalidate();
  EXPECT_EQ(provider->Get()->access_key_id, "K2");
}

TEST_F(ChainTest, AFailedRefreshLeavesWhatStillLives) {
  handler = [&](const http::Request& request) { return Imds(request, "K"); };
  EXPECT_EQ(Key(), "K");
  handler = [](const http::Request& request) -> http::Reply {
    return http::Response{.status = request.method == "PUT" ? 200 : 503, .body = "T"};
  };
  clock.Advance(minutes(57));
  EXPECT_EQ(provider->Get()->access_key_id, "K");
  const size_t sent = transport.sent().size();
  EXPECT_EQ(provider->Get()->access_key_id, "K");
  EXPECT_EQ(transport.sent().size(), sent) << "not with every request";
  clock.Advance(seconds(31));
  EXPECT_EQ(provider->Get()->access_key_id, "K");
  EXPECT_GT(transport.sent().size(), sent);
  clock.Advance(minutes(3));
  handler = [](const http::Request&) -> http::Reply {
    return std::unexpected(http::SendError{{ErrorKind::kUnavailable, "silence"}, true});
  };
  const auto expired = provider->Get();
  ASSERT_FALSE(expired.has_value());
  EXPECT_EQ(expired.error().kind, ErrorKind::kUnavailable);
}

TEST_F(ChainTest, InvalidCredentialsAreNotKept) {
  handler = [&](const http::Request& request) { return Imds(request, "K"); };
  EXPECT_EQ(Key(), "K");
  handler = [](const http::Request& request) -> http::Reply {
    return http::Response{.status = request.method == "PUT" ? 200 : 503, .body = "T"};
  };
  provider->Invalidate();
  EXPECT_FALSE(provider->Get().has_value());
}

TEST_F(ChainTest, KeysInFilesAreReadAgainWhenRefused) {
  environment.Write(".aws/credentials", "[default]\naws_access_key_id = OLD\naws_secret_access_key = s\n");
  EXPECT_EQ(Key(), "OLD");
  environment.Write(".aws/credentials", "[default]\naws_access_key_id = NEW\naws_secret_access_key = s\n");
  EXPECT_EQ(provider->Get()->access_key_id, "OLD");
  provider->Invalidate();
  EXPECT_EQ(provider->Get()->access_key_id, "NEW");
}

}  // namespace
}  // namespace calve::aws
