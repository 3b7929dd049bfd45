// The AWS Glue Data Catalog, natively: a table's metadata location is a parameter of its Glue table, and a commit is
// one UpdateTable that names the version it replaces.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "aws/client.h"
#include "catalog/pointer_swap.h"
#include "iceberg/catalog.h"

namespace calve::catalog {

struct GlueCatalogOptions {
  aws::Endpoint endpoint{};          ///< "https://glue.eu-west-1.amazonaws.com", service "glue".
  std::string catalog_id{};          ///< Whose catalog; empty: the account's own.
  std::string warehouse_location{};  ///< New tables of databases without a location go below it.
  bool create_databases = true;      ///< Whether Create may create the database of a new table.
};

/// Thread-safe; Athena, Spark, PyIceberg and other processes may use the same tables.
/// Glue has one level of namespaces, and folds names to lower case: other names are refused (kInvalidArgument), since
/// two of ours could be one of Glue's.
class GlueCatalog final : public iceberg::Catalog {
 public:
  /// `client`, `store`, `clock` and `rng` must outlive it.
  GlueCatalog(GlueCatalogOptions options, aws::Client& client, store::ObjectStore& store, Clock& clock, Rng& rng);

  /// kInvalidArgument when the table is no Iceberg table.
  Result<iceberg::LoadedTable> Load(const iceberg::TableIdentifier& table) override;
  Result<iceberg::LoadedTable> Create(const iceberg::TableIdentifier& table,
                                      const iceberg::NewTable& definition) override;
  iceberg::CommitOutcome Commit(const iceberg::TableIdentifier& table, const iceberg::LoadedTable& base,
                                const iceberg::TableChange& change) override;
  /// The Iceberg tables alone.
  Result<std::vector<iceberg::TableIdentifier>> List(const std::vector<std::string>& ns) override;
  Status Drop(const iceberg::TableIdentifier& table) override;
  /// Below the database's LocationUri; `<warehouse>/<database>.db/<table>` when it has none.
  Result<std::string> DefaultLocation(const iceberg::TableIdentifier& table) override;

 private:
  aws::Answer<Json> Call(std::string_view operation, Json input, aws::Attempts attempts = aws::Attempts::kRetry);
  Result<Json> GetTable(const iceberg::TableIdentifier& table);
  Status CreateDatabase(const std::string& database);
  Status ListDatabase(const std::string& database, std::vector<iceberg::TableIdentifier>& found);

  const GlueCatalogOptions options_;
  aws::Client& client_;
  store::ObjectStore& store_;
  PointerSwap swap_;
};

}  // namespace calve::catalog
