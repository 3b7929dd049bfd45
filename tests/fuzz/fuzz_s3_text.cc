// Any bytes as the small texts of S3: URIs, header fields, dates. What is accepted says the same when it is written
// again, and no bucket's name leads to a host that is not S3's.
#include <fmt/format.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "aws/endpoint.h"
#include "aws/time.h"
#include "aws/uri.h"
#include "http/date.h"
#include "store/s3_encoding.h"
#include "store/s3_uri.h"

namespace calve::store {
namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

void CheckUri(std::string_view text) {
  const auto location = ParseS3Uri(text);
  if (!location) {
    Require(location.error().kind == ErrorKind::kInvalidArgument);
    return;
  }
  Require(text.ends_with(location->key) && (location->Uri() == text || location->Uri() == std::string(text) + "/"));
  for (const auto addressing : {aws::S3Addressing::kAuto, aws::S3Addressing::kPath, aws::S3Addressing::kVirtual}) {
    const auto endpoint = aws::BucketEndpoint("", "eu-west-1", location->bucket, addressing);
    Require(endpoint.has_value());
    const std::string url = endpoint->url + aws::UriEncode("/" + location->key, true);
    Require(aws::SplitUrl(url).host.ends_with("s3.eu-west-1.amazonaws.com") && aws::SplitUrl(url).query.empty());
  }
}

void Run(std::string_view text) {
  CheckUri(text);
  CheckUri("s3://" + std::string(text));
  if (const auto range = ParseContentRange(text)) {
    Require(range->first <= range->last && range->last < range->size_bytes);
    const auto again = ParseContentRange(fmt::format("bytes {}-{}/{}", range->first, range->last, range->size_bytes));
    Require(again && again->first == range->first && again->last == range->last);
  }
  const std::string version = VersionOfETag(text);
  if (text.starts_with('"') || text.starts_with("W/\"")) Require(ETagOfVersion(version) == text);
  Require(DecodeListed(aws::UriEncode(text)) == text);
  Require(DecodeListed(text).size() <= text.size());
  if (http::ParseHttpDate(text)) Require(text.size() == 29);
  if (const auto time = aws::ParseIsoTime(text)) Require(ParseListedTimeMs(text) == ToMillis(*time));
  const aws::UrlParts url = aws::SplitUrl(text);
  Require(url.host.find_first_of("/?#") == std::string_view::npos && aws::HostHeader(url).size() <= url.host.size());
}

}  // namespace
}  // namespace calve::store

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  calve::store::Run({reinterpret_cast<const char*>(data), size});
  return 0;
}
