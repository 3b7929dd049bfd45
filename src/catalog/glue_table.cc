#include "catalog/glue_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "catalog/glue_columns.h"
#include "catalog/json_members.h"

namespace calve::catalog {
namespace {

constexpr const char* kTableType = "table_type";
constexpr const char* kMetadataLocation = "metadata_location";
constexpr const char* kPreviousLocation = "previous_metadata_location";

std::string Parameter(const Json& table, const char* key) { return TextOf(MemberOf(table, "Parameters"), key); }

/// Sets what the metadata says, keeping what else is there.
void Describe(Json& input, const std::string& metadata_location, const iceberg::TableMetadata& metadata) {
  input["TableType"] = "EXTERNAL_TABLE";
  Json& parameters = input["Parameters"];
  if (!parameters.is_object()) parameters = Json::object();
  parameters[kTableType] = "ICEBERG";
  parameters[kMetadataLocation] = metadata_location;
  Json& storage = input["StorageDescriptor"];
  if (!storage.is_object()) storage = Json::object();
  storage["Columns"] = GlueColumns(metadata, Json(ListOf(storage, "Columns")));
  storage["Location"] = metadata.location();
}

}  // namespace

bool IsIcebergTable(const Json& table) {
  std::string type = Parameter(table, kTableType);
  std::ranges::transform(type, type.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return type == "iceberg";
}

Result<GluePointer> ReadGlueTable(const Json& table, std::string_view name) {
  if (!table.is_object()) return Err(ErrorKind::kCorrupt, fmt::format("Glue's answer for table {} has no table", name));
  if (!IsIcebergTable(table)) {
    const std::string type = Parameter(table, kTableType);
    return Err(ErrorKind::kInvalidArgument,
               fmt::format("Glue's table {} is no Iceberg table ({}); it is left alone: load into another table", name,
                           type.empty() ? "its parameter table_type is not set" : "its table_type is " + type));
  }
  GluePointer pointer{Parameter(table, kMetadataLocation), TextOf(table, "VersionId")};
  if (pointer.metadata_location.empty()) {
    return Err(ErrorKind::kCorrupt, fmt::format("Glue's table {} has no parameter metadata_location", name));
  }
  return pointer;
}

Json NewGlueTable(std::string_view name, const std::string& metadata_location, const iceberg::TableMetadata& metadata) {
  Json input = Json::object();
  input["Name"] = std::string(name);
  Describe(input, metadata_location, metadata);
  return input;
}

Json MovedGlueTable(const Json& table, const std::string& metadata_location, const iceberg::TableMetadata& metadata) {
  // The members that TableInput shares with Table (Glue API, "TableInput structure"); it refuses the others.
  static constexpr const char* kShared[] = {
      "Name",      "Description",       "Owner",         "LastAccessTime",   "LastAnalyzedTime",
      "Retention", "StorageDescriptor", "PartitionKeys", "ViewOriginalText", "ViewExpandedText",
      "TableType", "Parameters",        "TargetTable"};
  Json input = Json::object();
  for (const char* key : kShared) {
    if (const auto value = table.find(key); value != table.end() && !value->is_null()) input[key] = *value;
  }
  const std::string before = Parameter(table, kMetadataLocation);
  Describe(input, metadata_location, metadata);
  input["Parameters"][kPreviousLocation] = before;
  return input;
}

}  // namespace calve::catalog
