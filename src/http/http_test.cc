#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "http/ca_bundle.h"
#include "http/date.h"
#include "http/transport.h"

namespace calve::http {
namespace {

TEST(Headers, NamesCompareWithoutCase) {
  Headers headers = {{"ETag", "a"}, {"x", "1"}, {"etag", "b"}};
  EXPECT_EQ(*FindHeader(headers, "etag"), "a");
  EXPECT_EQ(FindHeader(headers, "etags"), nullptr);
  SetHeader(headers, "ETAG", "c");
  EXPECT_EQ(headers, (Headers{{"x", "1"}, {"ETAG", "c"}}));
}

TEST(ShownUrl, HasNoPlaceForASecret) {
  EXPECT_EQ(ShownUrl("https://host:8181/api/v1"), "https://host:8181/api/v1");
  EXPECT_EQ(ShownUrl("https://me:secret@host/api?token=secret#secret"), "https://host/api");
  EXPECT_EQ(ShownUrl("https://me:se@cret@host"), "https://host");
  EXPECT_EQ(ShownUrl("https://host/a@b"), "https://host/a@b");
  EXPECT_EQ(ShownUrl("me:secret@host/x"), "host/x");
  EXPECT_EQ(ShownUrl("http:?password=secret"), "http:");
}

TEST(Date, ReadsTheOneFormAndNothingElse) {
  const auto date = ParseHttpDate("Sun, 06 Nov 1994 08:49:37 GMT");
  ASSERT_TRUE(date.has_value());
  EXPECT_EQ(ToMillis(*date), 784111777000);
  for (const char* bad :
       {"", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 06 Nox 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:4x:37 GMT", "120"}) {
    EXPECT_EQ(ParseHttpDate(bad), std::nullopt) << bad;
  }
}

TEST(CaBundle, VariablesInTheirOrderAndAMissingFileIsAnError) {
  const auto path = std::filesystem::temp_directory_path() / ("calve_ca_" + std::to_string(getpid()));
  std::ofstream(path) << "x";
  std::map<std::string, std::string, std::less<>> variables = {{"SSL_CERT_FILE", path}};
  const auto environment = [&](std::string_view name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  };
  EXPECT_EQ(*FindCaBundle(environment), path.string());
  variables["AWS_CA_BUNDLE"] = "/no/such/file.pem";
  const auto missing = FindCaBundle(environment);
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().kind, ErrorKind::kInvalidArgument);
  EXPECT_THAT(missing.error().message, testing::HasSubstr("AWS_CA_BUNDLE"));
  variables = {{"AWS_CA_BUNDLE", ""}};  // Empty: not set.
  EXPECT_TRUE(FindCaBundle(environment).has_value());
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace calve::http
