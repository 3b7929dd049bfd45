// A catalog behind the Iceberg REST protocol: any server of it, Glue's and S3 Tables' endpoints among them. The server
// applies a commit's updates itself, where its requirements hold.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "aws/client.h"
#include "catalog/rest_client.h"
#include "catalog/rest_config.h"
#include "iceberg/catalog.h"

namespace calve::catalog {

struct RestCatalogOptions {
  std::string uri{};  ///< "https://host/path", in front of /v1.
  /// As other Iceberg clients name them: warehouse, prefix, token, credential, scope, oauth2-server-uri,
  /// rest.sigv4-enabled, rest.signing-name ("glue", "s3tables"), rest.signing-region, rest-page-size, header.NAME.
  std::map<std::string, std::string> properties{};
  /// Where new tables go when their namespace has no location. Empty: the server chooses.
  std::string warehouse_location{};
  BackoffPolicy backoff{};  ///< For what may be sent twice.
};

/// Thread-safe.
class RestCatalog final : public iceberg::Catalog {
 public:
  /// Asks the server for its configuration. kInvalidArgument when signing cannot be, kPermissionDenied, kUnavailable,
  /// kNotFound (no such warehouse, or no catalog there), kCorrupt when the answer is none of a REST catalog's.
  /// `signer` may be null unless rest.sigv4-enabled is true. What is given must outlive the catalog.
  static Result<std::unique_ptr<RestCatalog>> Open(RestCatalogOptions options, http::Transport& transport,
                                                   aws::Client* signer, Clock& clock, Rng& rng);

  /// What the server and the user have configured.
  const std::map<std::string, std::string>& properties() const { return config_.properties(); }

  /// With the credentials that the server vends.
  Result<iceberg::LoadedTable> Load(const iceberg::TableIdentifier& table) override;
  Result<iceberg::LoadedTable> Create(const iceberg::TableIdentifier& table,
                                      const iceberg::NewTable& definition) override;
  /// `base` is not sent: the change goes through on a newer state too, where its requirements hold.
  iceberg::CommitOutcome Commit(const iceberg::TableIdentifier& table, const iceberg::LoadedTable& base,
                                const iceberg::TableChange& change) override;
  Result<std::vector<iceberg::TableIdentifier>> List(const std::vector<std::string>& ns) override;
  Status Drop(const iceberg::TableIdentifier& table) override;
  /// Empty when the server chooses: Create takes that.
  Result<std::string> DefaultLocation(const iceberg::TableIdentifier& table) override;

 private:
  RestCatalog(RestCatalogOptions options, http::Transport& transport, aws::Client* signer, Clock& clock, Rng& rng);

  Status Configure();
  Status CreateNamespace(const std::vector<std::string>& ns);
  /// All pages of a listing: the items of the answers' `member`.
  Result<std::vector<Json>> Pages(std::string_view operation, RestCall call, const char* member);
  Result<std::vector<std::vector<std::string>>> ChildNamespaces(const std::vector<std::string>& parent);
  Status ListBelow(const std::vector<std::string>& ns, std::vector<iceberg::TableIdentifier>& found);
  Status ListOne(const std::vector<std::string>& ns, std::vector<iceberg::TableIdentifier>& found);

  const RestCatalogOptions options_;
  Clock& clock_;
  Rng& rng_;
  RestClient client_;
  RestConfig config_;
};

}  // namespace calve::catalog
