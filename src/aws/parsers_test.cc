// The small readers: times, URLs, profile files, commands; and the signer's documented example.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "aws/process.h"
#include "aws/profile.h"
#include "aws/sigv4.h"
#include "aws/time.h"
#include "aws/uri.h"

namespace calve::aws {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

TEST(IsoTime, ReadsWhatAwsWrites) {
  const auto base = *ParseIsoTime("2026-01-31T12:00:00Z");
  EXPECT_EQ(ToMillis(base), 1769860800000);
  EXPECT_EQ(*ParseIsoTime("2026-01-31T12:00:00.1234567Z") - base, std::chrono::microseconds(123456));
  EXPECT_EQ(*ParseIsoTime("2026-01-31T13:30:00+01:30"), base);
  EXPECT_EQ(*ParseIsoTime("2026-01-31T10:30:00-0130"), base);
  for (const char* bad : {"", "2026-01-31", "2026-02-30T00:00:00Z", "2026-01-31T12:00:00", "2026-01-31T12:00:00.Z",
                          "2026-01-31T25:00:00Z", "2026-01-31T12:00:00Zx", "2026-01-31T12:00:00+1"}) {
    EXPECT_EQ(ParseIsoTime(bad), std::nullopt) << bad;
  }
}

TEST(Uri, Parts) {
  EXPECT_EQ(UriEncode("a b/ü~+%"), "a%20b%2F%C3%BC~%2B%25");
  EXPECT_EQ(UriEncode("/a b/", true), "/a%20b/");
  const UrlParts url = SplitUrl("https://H:443/p/q?a=b?c#d");
  EXPECT_EQ(url.path, "/p/q");
  EXPECT_EQ(url.query, "a=b?c");
  EXPECT_EQ(HostHeader(url), "h");
  EXPECT_EQ(HostHeader(SplitUrl("http://h:443")), "h:443");
  EXPECT_EQ(HostHeader(SplitUrl("http://[::1]:80?x")), "[::1]");
}

// The example of the documentation of S3's signatures, "GET Object".
TEST(SigV4, TheDocumentedExample) {
  http::Request request{.url = "https://examplebucket.s3.amazonaws.com/test.txt", .headers = {{"Range", "bytes=0-9"}}};
  const TimestampMicros now = *ParseIsoTime("2013-05-24T00:00:00Z");
  SignV4(request,
         {.access_key_id = "AKIAIOSFODNN7EXAMPLE", .secret_access_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"},
         {"s3", "us-east-1", now}, *PayloadHash(request));
  EXPECT_THAT(*http::FindHeader(request.headers, "authorization"),
              HasSubstr("Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"));
}

TEST(SigV4, SigningAgainReplacesTheFirstSignature) {
  const Credentials credentials{.access_key_id = "K", .secret_access_key = "S", .session_token = "T"};
  const TimestampMicros now = *ParseIsoTime("2013-05-24T00:00:00Z");
  http::Request request{.url = "https://b.s3.amazonaws.com/k"};
  SignV4(request, credentials, {"s3", "us-east-1", now}, "hash");
  const http::Headers first = request.headers;
  SignV4(request, credentials, {"s3", "us-east-1", now}, "hash");
  EXPECT_EQ(request.headers, first);
}

TEST(ProfileFile, SectionsSettingsCommentsAndNesting) {
  const auto sections = ParseProfileFile(
      "\xEF\xBB\xBF# top\r\n[default]\r\nregion = eu-west-1 # where\r\n\n"
      "[profile \"a b\"]  ; odd\n AWS_Secret = x#y\ns3 =\n  addressing_style = path\n  endpoint_url=http://h\n"
      "credential_process = run\n  more\n[services s]\nglue =\n  endpoint_url = http://g\n",
      "file");
  ASSERT_TRUE(sections.has_value()) << sections.error().message;
  EXPECT_EQ(sections->at("default").at("region"), "eu-west-1");
  const Section& section = sections->at("profile a b");
  EXPECT_EQ(section.at("aws_secret"), "x#y");
  EXPECT_EQ(section.at("s3.addressing_style"), "path");
  EXPECT_EQ(section.at("s3.endpoint_url"), "http://h");
  EXPECT_EQ(section.at("credential_process"), "run\nmore");
  EXPECT_EQ(sections->at("services s").at("glue.endpoint_url"), "http://g");
}

TEST(ProfileFile, BadLinesAreNamed) {
  for (const char* bad : {"a = b", "[x\n", "[x]\nnonsense", "[x]\n= y", "[x]\na =\n  nonsense"}) {
    const auto sections = ParseProfileFile(bad, "the file");
    ASSERT_FALSE(sections.has_value()) << bad;
    EXPECT_EQ(sections.error().kind, ErrorKind::kInvalidArgument);
    EXPECT_THAT(sections.error().message, HasSubstr("the file, line "));
  }
}

TEST(Command, OutputExitCodesAndTimeOut) {
  EXPECT_EQ(*RunCommand("printf 'a b'; printf c", milliseconds(10'000)), "a bc");
  EXPECT_EQ(RunCommand("exit 3", milliseconds(10'000)).error().message,
            "the credential process ended with exit code 3");
  EXPECT_EQ(RunCommand("kill -9 $$", milliseconds(10'000)).error().message,
            "the credential process ended with signal 9");
  EXPECT_THAT(RunCommand("cat /dev/zero", milliseconds(10'000)).error().message, HasSubstr("without end"));
  // A child of the shell holds the pipe open, too: all of them are ended.
  EXPECT_THAT(RunCommand("sleep 1000 & sleep 1000", milliseconds(50)).error().message, HasSubstr("in time"));
}

}  // namespace
}  // namespace calve::aws
