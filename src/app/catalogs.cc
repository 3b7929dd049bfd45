#include "app/catalogs.h"

#include <fmt/format.h>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "app/cloud.h"
#include "catalog/glue_catalog.h"
#include "catalog/rest_catalog.h"
#include "catalog/sql_catalog.h"
#include "store/local_path.h"

namespace calve::app {
namespace {

using CatalogPtr = std::unique_ptr<iceberg::Catalog>;

/// "glue" or "glue:CATALOG_ID"; the id, or nullopt when it is something else.
std::optional<std::string> GlueId(const std::string& text) {
  if (text == "glue") return "";
  if (text.starts_with("glue:")) return text.substr(5);
  return std::nullopt;
}

bool IsUrl(const std::string& text, std::string_view scheme) { return text.starts_with(std::string(scheme) + "://"); }

Result<CatalogPtr> OpenGlue(Environment& environment, std::string id) {
  CALVE_ASSIGN_OR_RETURN(Cloud * cloud, environment.cloud());
  catalog::GlueCatalogOptions options;
  CALVE_ASSIGN_OR_RETURN(options.endpoint, cloud->EndpointOf("glue"));
  options.catalog_id = std::move(id);
  options.warehouse_location = environment.warehouse_uri();
  return CatalogPtr(std::make_unique<catalog::GlueCatalog>(std::move(options), cloud->client(), environment.store(),
                                                           environment.clock(), environment.rng()));
}

Result<CatalogPtr> OpenSql(Environment& environment, catalog::SqlCatalogOptions options) {
  options.catalog_name = environment.settings().catalog_name;
  options.warehouse_location = environment.warehouse_uri();
  CALVE_ASSIGN_OR_RETURN(CatalogPtr catalog, catalog::SqlCatalog::Open(std::move(options), environment.store(),
                                                                       environment.clock(), environment.rng()));
  return catalog;
}

Result<CatalogPtr> OpenFile(Environment& environment, std::string path, bool create) {
  // As SQLAlchemy and PyIceberg write it.
  constexpr std::string_view kSqlite = "sqlite:///";
  if (path.starts_with(kSqlite)) path.erase(0, kSqlite.size());
  if (const size_t scheme = path.find("://"); scheme != std::string::npos && !path.starts_with("file://")) {
    // Behind a scheme that is mistyped there may be a password all the same.
    return Err(
        ErrorKind::kInvalidArgument,
        fmt::format("'{}://' is no catalog: give a file, glue, http(s):// or postgresql://", path.substr(0, scheme)));
  }
  CALVE_ASSIGN_OR_RETURN(path, store::LocalPath(path));
  std::error_code unknown;
  if (!create && !std::filesystem::exists(path, unknown)) {
    return Err(ErrorKind::kNotFound,
               fmt::format("there is no catalog at {}; nothing has been loaded into this warehouse yet", path));
  }
  return OpenSql(environment, {.path = path});
}

/// A server of the REST protocol chooses where its tables are; the warehouse of the settings has the ledger.
Result<CatalogPtr> OpenRest(Environment& environment, const std::string& uri) {
  CALVE_ASSIGN_OR_RETURN(Cloud * cloud, environment.cloud());
  CALVE_ASSIGN_OR_RETURN(
      std::unique_ptr<catalog::RestCatalog> catalog,
      catalog::RestCatalog::Open({.uri = uri, .properties = environment.settings().catalog_properties},
                                 cloud->transport(), &cloud->client(), environment.clock(), environment.rng()));
  std::map<std::string, std::string> config = catalog->properties();
  return environment.TakeVended(std::move(catalog), std::move(config));
}

}  // namespace

Result<CatalogPtr> MakeCatalog(Environment& environment, bool create) {
  const std::string text = environment.settings().Catalog();
  if (std::optional<std::string> id = GlueId(text)) return OpenGlue(environment, *std::move(id));
  if (IsUrl(text, "http") || IsUrl(text, "https")) return OpenRest(environment, text);
  if (IsUrl(text, "postgresql") || IsUrl(text, "postgres")) return OpenSql(environment, {.postgres_uri = text});
  return OpenFile(environment, text, create);
}

}  // namespace calve::app
