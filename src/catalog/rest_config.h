// What a REST catalog's /v1/config says, merged with what the user says: properties, paths and offered endpoints
// (Iceberg REST catalog specification, "getConfig"). Private to this module.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "iceberg/catalog.h"

namespace calve::catalog {

using RestProperties = std::map<std::string, std::string>;

class RestConfig {
 public:
  /// The server's overrides go before the user's properties, and those before the server's defaults. kCorrupt when
  /// `answer` is no CatalogConfig.
  static Result<RestConfig> Merge(const RestProperties& user, const Json& answer);

  const RestProperties& properties() const { return properties_; }
  std::string Property(const std::string& key, std::string_view fallback = "") const;

  /// kInvalidArgument unless the server offers `endpoint`, e.g. "POST /v1/{prefix}/namespaces/{namespace}/tables".
  Status Require(std::string_view endpoint) const;
  bool Offers(std::string_view endpoint) const { return endpoints_.contains(std::string(endpoint)); }

  /// Encoded, to be put behind the catalog's URI: "/v1/<prefix>/namespaces", ".../<ns>", ".../<ns>/tables".
  std::string NamespacesPath() const;
  std::string NamespacePath(const std::vector<std::string>& ns) const;
  std::string TablesPath(const std::vector<std::string>& ns) const;
  std::string TablePath(const iceberg::TableIdentifier& table) const;
  /// A namespace as the query parameter `parent` holds it, not encoded.
  std::string ParentParameter(const std::vector<std::string>& ns) const;

 private:
  RestProperties properties_;
  std::set<std::string> endpoints_;
};

/// "true", in any case.
bool IsTrue(std::string_view text);
/// `uri` without slashes at its end.
std::string WithoutSlash(std::string uri);

}  // namespace calve::catalog
