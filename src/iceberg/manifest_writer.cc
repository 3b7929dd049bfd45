#include "iceberg/manifest_writer.h"

#include "avro/object_container.h"
#include "iceberg/manifest_schema.h"
#include "iceberg/manifest_value.h"

namespace calve::iceberg {
namespace {

/// Version 1 asks for it; readers pay no attention to it. The value is the reference implementation's.
constexpr int64_t kBlockSizeBytes = int64_t{64} << 20U;

template <typename T>
avro::Value OrNull(const std::optional<T>& value) {
  return value ? avro::Value{*value} : avro::Value{};
}

template <typename T>
avro::Value MapOrNull(const std::map<int, T>& map) {
  if (map.empty()) return {};
  avro::Array items;
  items.reserve(map.size());
  for (const auto& [key, value] : map) {
    items.push_back({avro::Record{{"key", {int64_t{key}}}, {"value", {value}}}});
  }
  return {std::move(items)};
}

template <typename T>
avro::Value ListOrNull(const std::vector<T>& list) {
  if (list.empty()) return {};
  avro::Array items;
  items.reserve(list.size());
  for (const T value : list) items.push_back({int64_t{value}});
  return {std::move(items)};
}

Result<avro::Value> PartitionRecord(const ManifestContext& context, const Json& entry_schema, const DataFile& file) {
  if (file.partition.size() != context.types.size()) {
    return Err(ErrorKind::kInternal, file.file_path + " has " + std::to_string(file.partition.size()) +
                                         " partition values where its spec has " +
                                         std::to_string(context.types.size()) + " fields");
  }
  // The field names stand in the schema, made fit for Avro.
  const Json* fields = nullptr;
  for (const Json& field : entry_schema["fields"].back()["type"]["fields"]) {
    if (field["field-id"] == 102) fields = &field["type"]["fields"];
  }
  avro::Record record;
  for (size_t i = 0; i < context.types.size(); ++i) {
    auto value = PartitionValueToAvro(context.types[i], file.partition[i]);
    if (!value) return WithContext(std::move(value).error(), file.file_path);
    record.emplace_back((*fields)[i]["name"].get<std::string>(), *std::move(value));
  }
  return avro::Value{std::move(record)};
}

Result<avro::Value> FileRecord(const ManifestContext& context, const Json& entry_schema, const ManifestEntry& entry) {
  const DataFile& file = entry.file;
  const bool v1 = context.format_version == 1;
  CALVE_ASSIGN_OR_RETURN(avro::Value partition, PartitionRecord(context, entry_schema, file));
  avro::Record record;
  if (!v1) record.emplace_back("content", avro::Value{static_cast<int64_t>(file.content)});
  record.emplace_back("file_path", avro::Value{file.file_path});
  record.emplace_back("file_format", avro::Value{file.file_format});
  record.emplace_back("partition", std::move(partition));
  record.emplace_back("record_count", avro::Value{file.record_count});
  record.emplace_back("file_size_in_bytes", avro::Value{file.file_size_bytes});
  if (v1) record.emplace_back("block_size_in_bytes", avro::Value{kBlockSizeBytes});
  record.emplace_back("column_sizes", MapOrNull(file.column_sizes_bytes));
  record.emplace_back("value_counts", MapOrNull(file.value_counts));
  record.emplace_back("null_value_counts", MapOrNull(file.null_value_counts));
  record.emplace_back("nan_value_counts", MapOrNull(file.nan_value_counts));
  record.emplace_back("lower_bounds", MapOrNull(file.lower_bounds));
  record.emplace_back("upper_bounds", MapOrNull(file.upper_bounds));
  record.emplace_back("key_metadata", OrNull(entry.key_metadata));
  record.emplace_back("split_offsets", ListOrNull(file.split_offsets));
  if (!v1) record.emplace_back("equality_ids", ListOrNull(entry.equality_ids));
  const std::optional<int64_t> sort_order =
      file.sort_order_id ? std::optional<int64_t>(*file.sort_order_id) : std::nullopt;
  record.emplace_back("sort_order_id", OrNull(sort_order));
  if (!v1) record.emplace_back("referenced_data_file", OrNull(entry.referenced_data_file));
  return avro::Value{std::move(record)};
}

}  // namespace

Result<std::string> EncodeManifest(const ManifestContext& context, const std::vector<ManifestEntry>& entries,
                                   Rng& rng) {
  const bool v1 = context.format_version == 1;
  CALVE_ASSIGN_OR_RETURN(const Json schema, ManifestEntrySchema(context.format_version, context.spec, context.types));
  std::vector<avro::Value> records;
  records.reserve(entries.size());
  for (const ManifestEntry& entry : entries) {
    CALVE_ASSIGN_OR_RETURN(avro::Value file, FileRecord(context, schema, entry));
    avro::Record record;
    record.emplace_back("status", avro::Value{static_cast<int64_t>(entry.status)});
    record.emplace_back("snapshot_id", OrNull(entry.snapshot_id));
    if (!v1) {
      record.emplace_back("sequence_number", OrNull(entry.sequence_number));
      record.emplace_back("file_sequence_number", OrNull(entry.file_sequence_number));
    }
    record.emplace_back("data_file", std::move(file));
    records.push_back({std::move(record)});
  }
  std::map<std::string, std::string> header;
  try {
    header["schema"] = SchemaToJson(context.schema).dump();
    header["partition-spec"] = PartitionFieldsToJson(context.spec).dump();
  } catch (const Json::exception& e) {
    return Err(ErrorKind::kInternal, std::string("a manifest's header cannot be written as JSON: ") + e.what());
  }
  header["schema-id"] = std::to_string(context.schema.schema_id);
  header["partition-spec-id"] = std::to_string(context.spec.spec_id);
  header["format-version"] = std::to_string(context.format_version);
  if (!v1) header["content"] = context.content == ManifestContent::kData ? "data" : "deletes";
  return avro::WriteContainer(schema, header, records, avro::Codec::kDeflate, rng);
}

}  // namespace calve::iceberg
