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

/// The table's location, and where else its properties put files.
std::vector<std::string> FoldersOf(const iceberg::TableMetadata& metadata) {
  std::vector<std::string> folders{metadata.location()};
  for (const char* property : {"write.data.path", "write.metadata.path"}) {
    const std::string folder = metadata.Property(property, "");
    if (!folder.empty() && !folder.starts_with(metadata.location())) folders.push_back(folder);
  }
  return folders;
}

/// The specification's rule, for each folder: of the credentials that fit, the one with the longest prefix.
std::vector<iceberg::StorageCredential> ReadCredentials(const Json& answer, const std::vector<std::string>& folders) {
  std::map<std::string, std::string> config;
  AddStrings(MemberOf(answer, "config"), config);
  std::map<std::string, std::map<std::string, std::string>> by_prefix;
  if (config.contains("s3.access-key-id") || config.contains("s3.endpoint")) by_prefix[""] = config;
  for (const Json& credential : ListOf(answer, "storage-credentials")) {
    std::map<std::string, std::string>& joined = by_prefix[TextOf(credential, "prefix")];
    joined = config;
    AddStrings(MemberOf(credential, "config"), joined);
  }
  std::map<std::string, std::map<std::string, std::string>> found;
  for (const std::string& folder : folders) {
    for (const auto& [prefix, joined] : by_prefix) {  // Those that fit come in the order of their lengths.
      if (folder.starts_with(prefix)) found[folder] = joined;
      if (prefix.starts_with(folder)) found[prefix] = joined;
    }
  }
  std::vector<iceberg::StorageCredential> credentials;
  for (auto& [prefix, joined] : found) credentials.push_back({prefix, std::move(joined)});
  return credentials;
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
  iceberg::LoadedTable table{std::move(location), *std::move(metadata)};
  table.storage_credentials = ReadCredentials(answer, FoldersOf(table.metadata));
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
