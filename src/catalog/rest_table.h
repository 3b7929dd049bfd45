// Tables as the REST catalog specification writes them. Private to this module.
#pragma once

#include "base/json.h"
#include "catalog/rest_config.h"
#include "iceberg/catalog.h"

namespace calve::catalog {

/// A LoadTableResult. Its config is joined with the storage-credentials entry whose prefix is the longest that fits the
/// table's location. kCorrupt.
Result<iceberg::LoadedTable> ReadLoadTableResult(const Json& answer, const std::string& name);

/// A CreateTableRequest; no location when the definition's is empty.
Result<Json> CreateTableRequest(const std::string& name, const iceberg::NewTable& definition, Clock& clock, Rng& rng);

/// A CommitTableRequest.
Json CommitTableRequest(const iceberg::TableIdentifier& table, const iceberg::TableChange& change);

/// The strings of a JSON array.
std::vector<std::string> ReadNamespace(const Json& array);

}  // namespace calve::catalog
