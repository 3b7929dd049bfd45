#include "catalog/rest_table.h"

#include <fmt/format.h>

#include "catalog/json_members.h"

namespace calve::catalog {
namespace {

void AddStrings(const Json& object, std::map<std::string, std::string>& to) {
  if (!object.is_object()) return;
  for (const auto& [key, value] : object.items()) {
    if (value.is_string()) to[key] = value.get<std::string>();
  }
}

}  // namespace

std::vector<std::string> ReadNamespace(const Json& array) {
  std::vector<std::string> levels;
  if (!array.is_array()) return levels;
  for (const Json& level : array) levels.push_back(level.is_string() ? level.get<std::string>() : std::string());
  return levels;
}

Result<iceberg::LoadedTable> ReadLoadTableResult(const Json& answer, const std::string& name) {
  const Json& document = MemberOf(answer, "metadata");
  if (!document.is_object()) {
    return Err(ErrorKind::kCorrupt, fmt::format("the REST catalog's answer for table {} has no metadata", name));
  }
  std::string location = TextOf(answer, "metadata-location");
  auto metadata = iceberg::TableMetadata::FromJson(document, location.empty() ? "of table " + name : location);
  if (!metadata) return std::unexpected(std::move(metadata).error());
  iceberg::LoadedTable table{std::move(location), *std::move(metadata), {}};
  AddStrings(MemberOf(answer, "config"), table.config);
  const Json* best = nullptr;
  size_t longest = 0;
  for (const Json& credential : ListOf(answer, "storage-credentials")) {
    const std::string prefix = TextOf(credential, "prefix");
    if (!table.metadata.location().starts_with(prefix) || (best != nullptr && prefix.size() <= longest)) continue;
    best = &credential;
    longest = prefix.size();
  }
  if (best != nullptr) AddStrings(MemberOf(*best, "config"), table.config);
  return table;
}

Result<Json> CreateTableRequest(const std::string& name, const iceberg::NewTable& definition, Clock& clock, Rng& rng) {
  // Made as if the table were ours to make: that checks the definition, assigns ids and binds the partition terms.
  iceberg::NewTable placed = definition;
  if (placed.location.empty()) placed.location = "unset:";
  CALVE_ASSIGN_OR_RETURN(const iceberg::TableMetadata metadata, iceberg::MakeTableMetadata(placed, clock, rng));
  Json request = {{"name", name}, {"schema", iceberg::SchemaToJson(metadata.schema())}};
  if (!definition.location.empty()) request["location"] = metadata.location();
  if (!metadata.spec().fields.empty()) request["partition-spec"] = iceberg::PartitionSpecToJson(metadata.spec());
  request["stage-create"] = false;
  Json properties = Json(definition.properties);
  if (definition.properties.empty()) properties = Json::object();
  properties["format-version"] = std::to_string(definition.format_version);
  request["properties"] = std::move(properties);
  return request;
}

Json CommitTableRequest(const iceberg::TableIdentifier& table, const iceberg::TableChange& change) {
  Json request = {{"identifier", {{"namespace", table.ns}, {"name", table.name}}},
                  {"requirements", Json::array()},
                  {"updates", Json::array()}};
  for (const Json& requirement : change.requirements) request["requirements"].push_back(requirement);
  for (const Json& update : change.updates) request["updates"].push_back(update);
  return request;
}

}  // namespace calve::catalog
