// Tables as the REST catalog specification writes them. Private to this module.
#pragma once

#include "base/json.h"
#include "catalog/rest_config.h"
#include "iceberg/catalog.h"

namespace calve::catalog {

/// A LoadTableResult. Its storage-credentials, each joined with its config, are those of the table's own folders and of
/// what lies below them, whatever else their prefixes would fit; keys in the config itself, as older servers write
/// them, are for where nothing else fits. kCorrupt.
Result<iceberg::LoadedTable> ReadLoadTableResult(const Json& answer, const std::string& name);

/// A CreateTableRequest; no location when the definition's is empty.
Result<Json> CreateTableRequest(const std::string& name, const iceberg::NewTable& definition, Clock& clock, Rng& rng);

/// A CommitTableRequest.
Json CommitTableRequest(const iceberg::TableIdentifier& table, const iceberg::TableChange& change);

/// The strings of a JSON array.
std::vector<std::string> ReadNamespace(const Json& array);

}  // namespace calve::catalog
