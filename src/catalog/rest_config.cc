#include "catalog/rest_config.h"

#include <fmt/format.h>

#include <algorithm>

#include "aws/uri.h"
#include "catalog/json_members.h"

namespace calve::catalog {
namespace {

// What a server offers that has no list of endpoints, as far as it is used here.
constexpr std::string_view kDefaultEndpoints[] = {
    "GET /v1/{prefix}/namespaces",
    "POST /v1/{prefix}/namespaces",
    "GET /v1/{prefix}/namespaces/{namespace}",
    "GET /v1/{prefix}/namespaces/{namespace}/tables",
    "POST /v1/{prefix}/namespaces/{namespace}/tables",
    "GET /v1/{prefix}/namespaces/{namespace}/tables/{table}",
    "POST /v1/{prefix}/namespaces/{namespace}/tables/{table}",
    "DELETE /v1/{prefix}/namespaces/{namespace}/tables/{table}",
};

/// Of namespace levels, URL-encoded; a server may choose another by the property namespace-separator.
constexpr std::string_view kSeparator = "%1F";

Status AddAll(const Json& object, std::string_view what, bool replace, RestProperties& to) {
  if (object.is_null()) return {};
  if (!object.is_object()) return Err(ErrorKind::kCorrupt, fmt::format("the REST catalog's {} are no object", what));
  for (const auto& [key, value] : object.items()) {
    if (!value.is_string()) continue;  // Servers send nulls; the specification knows strings only.
    if (replace) {
      to[key] = value.get<std::string>();
    } else {
      to.try_emplace(key, value.get<std::string>());
    }
  }
  return {};
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

std::string Decoded(std::string_view text) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? HexDigit(text[i + 1]) : -1;
    const int low = high >= 0 ? HexDigit(text[i + 2]) : -1;
    if (low >= 0) {
      decoded += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      decoded += text[i];
    }
  }
  return decoded;
}

}  // namespace

bool IsTrue(std::string_view text) {
  return std::ranges::equal(text, std::string_view("true"), [](char a, char b) { return (a | 0x20) == b; });
}

std::string WithoutSlash(std::string uri) {
  while (uri.ends_with('/')) uri.pop_back();
  return uri;
}

Result<RestConfig> RestConfig::Merge(const RestProperties& user, const Json& answer) {
  if (!answer.is_object()) return Err(ErrorKind::kCorrupt, "the REST catalog's configuration is no JSON object");
  RestConfig config;
  config.properties_ = user;
  CALVE_RETURN_IF_ERROR(AddAll(MemberOf(answer, "defaults"), "defaults", false, config.properties_));
  CALVE_RETURN_IF_ERROR(AddAll(MemberOf(answer, "overrides"), "overrides", true, config.properties_));
  for (const Json& endpoint : ListOf(answer, "endpoints")) {
    if (endpoint.is_string()) config.endpoints_.insert(endpoint.get<std::string>());
  }
  if (config.endpoints_.empty()) config.endpoints_ = {std::begin(kDefaultEndpoints), std::end(kDefaultEndpoints)};
  return config;
}

std::string RestConfig::Property(const std::string& key, std::string_view fallback) const {
  const auto found = properties_.find(key);
  return found == properties_.end() ? std::string(fallback) : found->second;
}

Status RestConfig::Require(std::string_view endpoint) const {
  if (Offers(endpoint)) return {};
  return Err(ErrorKind::kInvalidArgument, fmt::format("the REST catalog does not offer '{}'", endpoint));
}

std::string RestConfig::NamespacesPath() const {
  // The prefix comes from the server, and is encoded as it wants it: S3 Tables' is an ARN with %2F in it.
  std::string prefix = Property("prefix");
  while (prefix.starts_with('/')) prefix.erase(0, 1);
  prefix = WithoutSlash(std::move(prefix));
  return prefix.empty() ? "/v1/namespaces" : fmt::format("/v1/{}/namespaces", prefix);
}

std::string RestConfig::NamespacePath(const std::vector<std::string>& ns) const {
  const std::string separator = Property("namespace-separator", kSeparator);
  std::string encoded;
  for (const std::string& level : ns) {
    if (!encoded.empty()) encoded += separator;
    encoded += aws::UriEncode(level);
  }
  return fmt::format("{}/{}", NamespacesPath(), encoded);
}

std::string RestConfig::TablesPath(const std::vector<std::string>& ns) const { return NamespacePath(ns) + "/tables"; }

std::string RestConfig::TablePath(const iceberg::TableIdentifier& table) const {
  return fmt::format("{}/{}", TablesPath(table.ns), aws::UriEncode(table.name));
}

std::string RestConfig::ParentParameter(const std::vector<std::string>& ns) const {
  const std::string separator = Decoded(Property("namespace-separator", kSeparator));
  std::string text;
  for (const std::string& level : ns) {
    if (!text.empty()) text += separator;
    text += level;
  }
  return text;
}

}  // namespace calve::catalog
