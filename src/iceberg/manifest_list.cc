#include "iceberg/manifest_list.h"

#include "avro/container_reader.h"
#include "avro/object_container.h"
#include "iceberg/manifest_schema.h"
#include "iceberg/manifest_value.h"

namespace calve::iceberg {
namespace {

template <typename T>
avro::Value OrNull(const std::optional<T>& value) {
  return value ? avro::Value{*value} : avro::Value{};
}

avro::Value SummariesToAvro(const std::optional<std::vector<PartitionFieldSummary>>& summaries) {
  if (!summaries) return {};
  avro::Array items;
  for (const PartitionFieldSummary& summary : *summaries) {
    items.push_back({avro::Record{{"contains_null", {summary.contains_null}},
                                  {"contains_nan", OrNull(summary.contains_nan)},
                                  {"lower_bound", OrNull(summary.lower)},
                                  {"upper_bound", OrNull(summary.upper)}}});
  }
  return {std::move(items)};
}

Result<avro::Value> ToAvro(int format_version, const ManifestFile& manifest) {
  const bool v1 = format_version == 1;
  if (v1 && manifest.content != ManifestContent::kData) {
    return Err(ErrorKind::kInternal, "a delete manifest in a table of format version 1: " + manifest.path);
  }
  if (!v1 && !(manifest.added_files && manifest.existing_files && manifest.deleted_files && manifest.added_rows &&
               manifest.existing_rows && manifest.deleted_rows)) {
    return Err(ErrorKind::kInternal, "a manifest without counts in a table of format version 2: " + manifest.path);
  }
  avro::Record record;
  record.emplace_back("manifest_path", avro::Value{manifest.path});
  record.emplace_back("manifest_length", avro::Value{manifest.length_bytes});
  record.emplace_back("partition_spec_id", avro::Value{int64_t{manifest.spec_id}});
  if (!v1) {
    record.emplace_back("content", avro::Value{static_cast<int64_t>(manifest.content)});
    record.emplace_back("sequence_number", avro::Value{manifest.sequence_number});
    record.emplace_back("min_sequence_number", avro::Value{manifest.min_sequence_number});
  }
  record.emplace_back("added_snapshot_id", avro::Value{manifest.added_snapshot_id});
  record.emplace_back("added_files_count", OrNull(manifest.added_files));
  record.emplace_back("existing_files_count", OrNull(manifest.existing_files));
  record.emplace_back("deleted_files_count", OrNull(manifest.deleted_files));
  if (v1) record.emplace_back("partitions", SummariesToAvro(manifest.partitions));
  record.emplace_back("added_rows_count", OrNull(manifest.added_rows));
  record.emplace_back("existing_rows_count", OrNull(manifest.existing_rows));
  record.emplace_back("deleted_rows_count", OrNull(manifest.deleted_rows));
  if (!v1) record.emplace_back("partitions", SummariesToAvro(manifest.partitions));
  record.emplace_back("key_metadata", OrNull(manifest.key_metadata));
  return avro::Value{std::move(record)};
}

struct ListMaps {
  FieldMap manifest;
  std::optional<FieldMap> summary;
};

Result<ListMaps> MapsOf(const Json& schema) {
  ListMaps maps;
  // Counts have had two names: added_data_files_count in old version 1 files, added_files_count now.
  CALVE_ASSIGN_OR_RETURN(maps.manifest, FieldMap::Make(RecordSchemaOf(schema), {{500, "manifest_path"},
                                                                                {501, "manifest_length"},
                                                                                {502, "partition_spec_id"},
                                                                                {503, "added_snapshot_id"},
                                                                                {504, "added_files_count"},
                                                                                {504, "added_data_files_count"},
                                                                                {505, "existing_files_count"},
                                                                                {505, "existing_data_files_count"},
                                                                                {506, "deleted_files_count"},
                                                                                {506, "deleted_data_files_count"},
                                                                                {507, "partitions"},
                                                                                {512, "added_rows_count"},
                                                                                {513, "existing_rows_count"},
                                                                                {514, "deleted_rows_count"},
                                                                                {515, "sequence_number"},
                                                                                {516, "min_sequence_number"},
                                                                                {517, "content"},
                                                                                {519, "key_metadata"}}));
  if (const Json* partitions = maps.manifest.TypeOf(507)) {
    const Json* items = ItemSchemaOf(*partitions);
    const Json* record = items == nullptr ? nullptr : RecordSchemaOf(*items);
    CALVE_ASSIGN_OR_RETURN(
        maps.summary,
        FieldMap::Make(record,
                       {{509, "contains_null"}, {518, "contains_nan"}, {510, "lower_bound"}, {511, "upper_bound"}}));
  }
  return maps;
}

Status ReadSummaries(const ListMaps& maps, const RecordReader& fields, ManifestFile& manifest) {
  CALVE_ASSIGN_OR_RETURN(avro::Array * items, fields.FindArray(507));
  if (items == nullptr) return {};
  manifest.partitions.emplace();
  for (avro::Value& item : *items) {
    auto* record = std::get_if<avro::Record>(&item.v);
    if (record == nullptr) return Err(ErrorKind::kCorrupt, "a partition summary is no record");
    const RecordReader summary_fields(*maps.summary, *record);
    PartitionFieldSummary summary;
    CALVE_ASSIGN_OR_RETURN(summary.contains_null, summary_fields.Boolean(509));
    CALVE_ASSIGN_OR_RETURN(summary.contains_nan, summary_fields.FindBoolean(518));
    CALVE_ASSIGN_OR_RETURN(summary.lower, summary_fields.FindText(510));
    CALVE_ASSIGN_OR_RETURN(summary.upper, summary_fields.FindText(511));
    manifest.partitions->push_back(std::move(summary));
  }
  return {};
}

Result<ManifestFile> FromAvro(const ListMaps& maps, avro::Value& value) {
  auto* record = std::get_if<avro::Record>(&value.v);
  if (record == nullptr) return Err(ErrorKind::kCorrupt, "an entry is no record");
  const RecordReader fields(maps.manifest, *record);
  ManifestFile manifest;
  CALVE_ASSIGN_OR_RETURN(manifest.path, fields.Text(500));
  CALVE_ASSIGN_OR_RETURN(manifest.length_bytes, fields.Long(501));
  if (manifest.length_bytes < 0) return Err(ErrorKind::kCorrupt, "a negative manifest length");
  CALVE_ASSIGN_OR_RETURN(manifest.spec_id, fields.Int(502));
  CALVE_ASSIGN_OR_RETURN(const std::optional<int> content, fields.FindInt(517));
  if (content.value_or(0) < 0 || content.value_or(0) > 1)
    return Err(ErrorKind::kCorrupt, "a manifest of unknown content");
  manifest.content = static_cast<ManifestContent>(content.value_or(0));
  CALVE_ASSIGN_OR_RETURN(const std::optional<int64_t> sequence_number, fields.FindLong(515));
  CALVE_ASSIGN_OR_RETURN(const std::optional<int64_t> min_sequence_number, fields.FindLong(516));
  manifest.sequence_number = sequence_number.value_or(0);
  manifest.min_sequence_number = min_sequence_number.value_or(0);
  CALVE_ASSIGN_OR_RETURN(manifest.added_snapshot_id, fields.Long(503));
  CALVE_ASSIGN_OR_RETURN(manifest.added_files, fields.FindLong(504));
  CALVE_ASSIGN_OR_RETURN(manifest.existing_files, fields.FindLong(505));
  CALVE_ASSIGN_OR_RETURN(manifest.deleted_files, fields.FindLong(506));
  CALVE_ASSIGN_OR_RETURN(manifest.added_rows, fields.FindLong(512));
  CALVE_ASSIGN_OR_RETURN(manifest.existing_rows, fields.FindLong(513));
  CALVE_ASSIGN_OR_RETURN(manifest.deleted_rows, fields.FindLong(514));
  CALVE_ASSIGN_OR_RETURN(manifest.key_metadata, fields.FindText(519));
  CALVE_RETURN_IF_ERROR(ReadSummaries(maps, fields, manifest));
  return manifest;
}

}  // namespace

Result<std::string> EncodeManifestList(const ManifestListHeader& header, const std::vector<ManifestFile>& manifests,
                                       Rng& rng) {
  std::vector<avro::Value> records;
  records.reserve(manifests.size());
  for (const ManifestFile& manifest : manifests) {
    CALVE_ASSIGN_OR_RETURN(avro::Value record, ToAvro(header.format_version, manifest));
    records.push_back(std::move(record));
  }
  std::map<std::string, std::string> metadata = {
      {"snapshot-id", std::to_string(header.snapshot_id)},
      {"parent-snapshot-id", header.parent_snapshot_id ? std::to_string(*header.parent_snapshot_id) : "null"},
      {"format-version", std::to_string(header.format_version)}};
  if (header.format_version > 1) metadata["sequence-number"] = std::to_string(header.sequence_number);
  return avro::WriteContainer(ManifestListSchema(header.format_version), metadata, records, avro::Codec::kDeflate, rng);
}

Result<std::vector<ManifestFile>> ReadManifestList(std::string_view bytes, std::string_view what) {
  const auto bad = [&](const Error& error) {
    return Err(error.kind, "manifest list " + std::string(what) + ": " + error.message);
  };
  CALVE_ASSIGN_OR_RETURN(avro::ContainerReader reader, avro::ContainerReader::Open(bytes, what));
  const auto maps = MapsOf(reader.schema_json());
  if (!maps) return bad(maps.error());
  std::vector<ManifestFile> manifests;
  while (true) {
    CALVE_ASSIGN_OR_RETURN(std::optional<avro::Value> record, reader.Next());
    if (!record) return manifests;
    auto manifest = FromAvro(*maps, *record);
    if (!manifest) return bad(manifest.error());
    manifests.push_back(*std::move(manifest));
  }
}

}  // namespace calve::iceberg
