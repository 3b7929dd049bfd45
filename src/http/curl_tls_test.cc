// Whom the transport believes: the certificate's authority, its host name and its time must all be right.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <expected>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "fakes/tls_server.h"
#include "http/ca_bundle.h"
#include "http/curl_transport.h"

namespace calve::http {
namespace {

using testing::HasSubstr;

class CurlTlsTest : public testing::Test {
 protected:
  CurlTlsTest() { std::filesystem::create_directories(folder_); }
  ~CurlTlsTest() override { std::filesystem::remove_all(folder_); }

  /// A file with one trusted authority.
  std::string Bundle(const std::string& pem) {
    const std::filesystem::path path = folder_ / (std::to_string(files_++) + ".pem");
    std::ofstream(path) << pem;
    return path.string();
  }
  /// An empty bundle is libcurl's own.
  static std::expected<Response, SendError> Ask(const TlsServer& server, const std::string& bundle) {
    auto transport = CurlTransport::Make({.ca_bundle = bundle});
    EXPECT_TRUE(transport.has_value());
    return (*transport)->Send({.url = server.url() + "/", .past_proxies = true}, nullptr);
  }
  static void ExpectRefused(const TlsServer& server, const std::string& bundle, const std::string& why) {
    const auto answer = Ask(server, bundle);
    ASSERT_FALSE(answer.has_value());
    EXPECT_EQ(answer.error().error.kind, ErrorKind::kPermissionDenied) << answer.error().error.message;
    EXPECT_THAT(answer.error().error.message, HasSubstr(why));
    EXPECT_THAT(answer.error().error.message, HasSubstr(server.url()));
    EXPECT_FALSE(answer.error().may_have_arrived);
    EXPECT_EQ(server.requests(), 0);
  }

 private:
  const std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("calve_tls_" + std::to_string(getpid()));
  int files_ = 0;
};

TEST_F(CurlTlsTest, AnAuthorityOfTheBundleIsTrusted) {
  const TlsServer server;
  // As the product finds it.
  const std::string path = Bundle(server.authority_pem());
  const auto bundle = FindCaBundle([&](std::string_view name) -> std::optional<std::string> {
    return name == "AWS_CA_BUNDLE" ? std::optional(path) : std::nullopt;
  });
  ASSERT_TRUE(bundle.has_value());
  const auto answer = Ask(server, *bundle);
  ASSERT_TRUE(answer.has_value()) << answer.error().error.message;
  EXPECT_EQ(answer->body, "ok");
  EXPECT_EQ(server.requests(), 1);
}

TEST_F(CurlTlsTest, AnAuthorityThatNobodyNamedIsRefused) {
  const TlsServer server;
  const TlsServer other;
  ExpectRefused(server, "", "AWS_CA_BUNDLE");
  ExpectRefused(server, Bundle(other.authority_pem()), "AWS_CA_BUNDLE");  // Another key under the same name.
}

TEST_F(CurlTlsTest, AnotherHostsCertificateIsRefused) {
  const TlsServer server({.names = "DNS:other.example,IP:127.0.0.2"});
  ExpectRefused(server, Bundle(server.authority_pem()), "host name '127.0.0.1'");
}

TEST_F(CurlTlsTest, ACertificateOutOfItsTimeIsRefused) {
  const TlsServer expired({.valid_from_s = -7200, .valid_to_s = -3600});
  ExpectRefused(expired, Bundle(expired.authority_pem()), "certificate has expired");
  const TlsServer early({.valid_from_s = 3600, .valid_to_s = 7200});
  ExpectRefused(early, Bundle(early.authority_pem()), "not yet valid");
}

TEST_F(CurlTlsTest, ABundleThatIsNoneIsSaid) {
  const TlsServer server;
  const auto answer = Ask(server, Bundle("no certificate"));
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().error.kind, ErrorKind::kInvalidArgument) << answer.error().error.message;
  EXPECT_EQ(server.requests(), 0);
}

}  // namespace
}  // namespace calve::http
