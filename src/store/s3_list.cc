#include "store/s3_list.h"

#include <algorithm>
#include <string>
#include <utility>

#include "store/s3_uri.h"
#include "store/s3_xml.h"

namespace calve::store {
namespace {

struct ListRequest {
  std::string prefix{};
  bool recursive = true;
  std::string token{};
  std::string max_keys = "1000";
};

Result<S3ListPage> ListPage(S3Client& client, const S3Location& bucket, const ListRequest& request) {
  aws::Call call;
  call.query = {{"encoding-type", "url"},  // XML cannot hold every key.
                {"list-type", "2"},
                {"max-keys", request.max_keys},
                {"prefix", request.prefix}};
  if (!request.recursive) call.query.emplace_back("delimiter", "/");
  if (!request.token.empty()) call.query.emplace_back("continuation-token", request.token);
  const auto answer = client.Send("ListObjectsV2", bucket, std::move(call));
  const std::string where = bucket.root + request.prefix;
  if (!answer) return WithContext(answer.error().error, "listing " + where);
  Result<S3ListPage> page = ParseListPage(answer->body);
  if (!page) return WithContext(std::move(page).error(), "listing " + where);
  return page;
}

// The bucket alone is what a listing is asked of.
std::pair<S3Location, std::string> Split(S3Location location) {
  std::string prefix = std::exchange(location.key, {});
  return {std::move(location), std::move(prefix)};
}

bool IsFolderMarker(const S3ListedObject& object) { return object.size_bytes == 0 && object.key.ends_with('/'); }

}  // namespace

Result<Children> ListS3(S3Client& client, std::string_view prefix, bool recursive) {
  CALVE_ASSIGN_OR_RETURN(S3Location location, ParseS3Uri(prefix));
  const auto [bucket, key_prefix] = Split(std::move(location));
  Children children;
  ListRequest request{.prefix = key_prefix, .recursive = recursive};
  do {
    CALVE_ASSIGN_OR_RETURN(S3ListPage page, ListPage(client, bucket, request));
    for (const S3ListedObject& object : page.objects) {
      if (IsFolderMarker(object)) continue;
      children.objects.push_back({.uri = bucket.root + object.key,
                                  .size_bytes = object.size_bytes,
                                  .version = {},
                                  .modified_ms = object.modified_ms});
    }
    for (const std::string& name : page.prefixes) children.prefixes.push_back(bucket.root + name);
    request.token = std::move(page.next);
  } while (!request.token.empty());
  // Directory buckets list in no order, and a common prefix may stand on two pages.
  std::ranges::sort(children.objects, {}, &ObjectInfo::uri);
  std::ranges::sort(children.prefixes);
  const auto twice = std::ranges::unique(children.prefixes);
  children.prefixes.erase(twice.begin(), twice.end());
  return children;
}

Result<bool> AnyUnder(S3Client& client, std::string_view prefix) {
  CALVE_ASSIGN_OR_RETURN(S3Location location, ParseS3Uri(prefix));
  const auto [bucket, key_prefix] = Split(std::move(location));
  CALVE_ASSIGN_OR_RETURN(const S3ListPage page, ListPage(client, bucket, {.prefix = key_prefix, .max_keys = "1"}));
  return !page.objects.empty() || !page.prefixes.empty();
}

}  // namespace calve::store
