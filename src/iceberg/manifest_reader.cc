#include "iceberg/manifest_reader.h"

#include <algorithm>
#include <cctype>

#include "avro/container_reader.h"
#include "base/whole_number.h"
#include "iceberg/manifest_schema.h"
#include "iceberg/manifest_value.h"

namespace calve::iceberg {
namespace {

Result<std::optional<int>> HeaderInt(const std::map<std::string, std::string>& metadata, const std::string& key) {
  const auto it = metadata.find(key);
  if (it == metadata.end()) return std::optional<int>();
  const auto value = WholeNumber<int>(it->second);
  if (!value) return Err(ErrorKind::kCorrupt, "header field '" + key + "' is not a number");
  return value;
}

Result<std::optional<Json>> HeaderJson(const std::map<std::string, std::string>& metadata, const std::string& key) {
  const auto it = metadata.find(key);
  if (it == metadata.end()) return std::optional<Json>();
  if (avro::JsonNesting(it->second) > avro::kMaxJsonNesting) {
    return Err(ErrorKind::kCorrupt, "header field '" + key + "' is nested too deeply");
  }
  CALVE_ASSIGN_OR_RETURN(Json json, ParseJson(it->second, "header field '" + key + "'"));
  return std::optional<Json>(std::move(json));
}

Result<ManifestHeader> HeaderFrom(const std::map<std::string, std::string>& metadata) {
  ManifestHeader header;
  CALVE_ASSIGN_OR_RETURN(const std::optional<Json> schema, HeaderJson(metadata, "schema"));
  if (schema) {
    CALVE_ASSIGN_OR_RETURN(header.schema, SchemaFromJson(*schema));
  }
  CALVE_ASSIGN_OR_RETURN(const std::optional<Json> fields, HeaderJson(metadata, "partition-spec"));
  if (fields) {
    // The spec wants the array of fields; some writers put the whole spec there.
    const auto inner = fields->find("fields");
    CALVE_ASSIGN_OR_RETURN(header.fields, PartitionFieldsFromJson(inner == fields->end() ? *fields : *inner));
  }
  CALVE_ASSIGN_OR_RETURN(header.spec_id, HeaderInt(metadata, "partition-spec-id"));
  CALVE_ASSIGN_OR_RETURN(const std::optional<int> version, HeaderInt(metadata, "format-version"));
  header.format_version = version.value_or(1);
  if (const auto content = metadata.find("content"); content != metadata.end()) {
    // "delete" is what one writer puts there.
    const bool deletes = content->second == "deletes" || content->second == "delete";
    if (!deletes && content->second != "data") {
      return Err(ErrorKind::kCorrupt, "header field 'content' is neither data nor deletes");
    }
    if (deletes) header.content = ManifestContent::kDeletes;
  }
  return header;
}

template <typename T>
Result<std::map<int, T>> MapFrom(const RecordReader& record, int id) {
  std::map<int, T> map;
  CALVE_ASSIGN_OR_RETURN(avro::Array * items, record.FindArray(id));
  if (items == nullptr) return map;
  for (avro::Value& item : *items) {
    auto* pair = std::get_if<avro::Record>(&item.v);
    const int64_t* key = nullptr;
    T* value = nullptr;
    if (pair != nullptr && pair->size() == 2) {
      key = std::get_if<int64_t>(&(*pair)[0].second.v);
      value = std::get_if<T>(&(*pair)[1].second.v);
    }
    if (key == nullptr || value == nullptr || *key != static_cast<int32_t>(*key)) {
      return Err(ErrorKind::kCorrupt, "field " + std::to_string(id) + " is not a map of column ids");
    }
    map.insert_or_assign(static_cast<int>(*key), std::move(*value));
  }
  return map;
}

template <typename T>
Result<std::vector<T>> ListFrom(const RecordReader& record, int id) {
  std::vector<T> list;
  CALVE_ASSIGN_OR_RETURN(avro::Array * items, record.FindArray(id));
  if (items == nullptr) return list;
  for (const avro::Value& item : *items) {
    const auto* value = std::get_if<int64_t>(&item.v);
    if (value == nullptr || *value != static_cast<T>(*value)) {
      return Err(ErrorKind::kCorrupt, "field " + std::to_string(id) + " is not a list of numbers");
    }
    list.push_back(static_cast<T>(*value));
  }
  return list;
}

/// Everything about a file's schema that its records are read with.
class EntryReader {
 public:
  static Result<EntryReader> Make(const Json& schema, const PartitionSpec& spec, const std::vector<Type>* types) {
    EntryReader reader(spec, types);
    CALVE_ASSIGN_OR_RETURN(reader.entry_, FieldMap::Make(RecordSchemaOf(schema), {{0, "status"},
                                                                                  {1, "snapshot_id"},
                                                                                  {3, "sequence_number"},
                                                                                  {4, "file_sequence_number"},
                                                                                  {2, "data_file"}}));
    const Json* file = reader.entry_.TypeOf(2);
    if (file == nullptr) return Err(ErrorKind::kCorrupt, "its entries have no data_file");
    CALVE_ASSIGN_OR_RETURN(reader.file_, FieldMap::Make(RecordSchemaOf(*file), {{134, "content"},
                                                                                {100, "file_path"},
                                                                                {101, "file_format"},
                                                                                {102, "partition"},
                                                                                {103, "record_count"},
                                                                                {104, "file_size_in_bytes"},
                                                                                {108, "column_sizes"},
                                                                                {109, "value_counts"},
                                                                                {110, "null_value_counts"},
                                                                                {137, "nan_value_counts"},
                                                                                {125, "lower_bounds"},
                                                                                {128, "upper_bounds"},
                                                                                {131, "key_metadata"},
                                                                                {132, "split_offsets"},
                                                                                {135, "equality_ids"},
                                                                                {140, "sort_order_id"},
                                                                                {143, "referenced_data_file"}}));
    if (types != nullptr && !spec.fields.empty()) CALVE_RETURN_IF_ERROR(reader.MapPartition());
    return reader;
  }

  Result<ManifestEntry> Read(avro::Value& value) const {
    auto* record = std::get_if<avro::Record>(&value.v);
    if (record == nullptr) return Err(ErrorKind::kCorrupt, "an entry is no record");
    const RecordReader fields(entry_, *record);
    ManifestEntry entry;
    CALVE_ASSIGN_OR_RETURN(const int status, fields.Int(0));
    if (status < 0 || status > 2)
      return Err(ErrorKind::kCorrupt, "an entry has the unknown status " + std::to_string(status));
    entry.status = static_cast<EntryStatus>(status);
    CALVE_ASSIGN_OR_RETURN(entry.snapshot_id, fields.FindLong(1));
    CALVE_ASSIGN_OR_RETURN(entry.sequence_number, fields.FindLong(3));
    CALVE_ASSIGN_OR_RETURN(entry.file_sequence_number, fields.FindLong(4));
    CALVE_ASSIGN_OR_RETURN(avro::Record * file, fields.FindRecord(2));
    if (file == nullptr) return Err(ErrorKind::kCorrupt, "an entry has no data_file");
    CALVE_RETURN_IF_ERROR(ReadFile(*file, entry));
    return entry;
  }

 private:
  EntryReader(const PartitionSpec& spec, const std::vector<Type>* types) : spec_(spec), types_(types) {}

  /// Where each field of the spec stands in the partition record: by id, else by name.
  Status MapPartition() {
    const Json* type = file_.TypeOf(102);
    std::vector<FieldMap::Name> known;
    std::vector<std::string> safe_names;
    for (const PartitionField& field : spec_.fields) safe_names.push_back(AvroName(field.name));
    for (size_t i = 0; i < spec_.fields.size(); ++i) {
      known.push_back({spec_.fields[i].field_id, spec_.fields[i].name});
      known.push_back({spec_.fields[i].field_id, safe_names[i]});
    }
    if (type == nullptr) return Err(ErrorKind::kCorrupt, "its files have no partition");
    CALVE_ASSIGN_OR_RETURN(const FieldMap map, FieldMap::Make(RecordSchemaOf(*type), known));
    for (const PartitionField& field : spec_.fields) {
      const auto position = map.PositionOf(field.field_id);
      if (!position && field.transform.kind != TransformKind::kVoid) {
        return Err(ErrorKind::kCorrupt,
                   "its files lack the partition field '" + field.name + "' of spec " + std::to_string(spec_.spec_id));
      }
      partition_positions_.push_back(position);
    }
    return {};
  }

  Status ReadFile(avro::Record& record, ManifestEntry& entry) const {
    const RecordReader fields(file_, record);
    DataFile& file = entry.file;
    file.spec_id = spec_.spec_id;
    CALVE_ASSIGN_OR_RETURN(const std::optional<int> content, fields.FindInt(134));
    if (content.value_or(0) < 0 || content.value_or(0) > 2)
      return Err(ErrorKind::kCorrupt, "a file of unknown content");
    file.content = static_cast<FileContent>(content.value_or(0));
    CALVE_ASSIGN_OR_RETURN(file.file_path, fields.Text(100));
    CALVE_ASSIGN_OR_RETURN(file.file_format, fields.Text(101));
    std::ranges::transform(file.file_format, file.file_format.begin(),
                           [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    CALVE_ASSIGN_OR_RETURN(file.record_count, fields.Long(103));
    CALVE_ASSIGN_OR_RETURN(file.file_size_bytes, fields.Long(104));
    if (file.record_count < 0 || file.file_size_bytes < 0) return Err(ErrorKind::kCorrupt, "a negative count or size");
    CALVE_ASSIGN_OR_RETURN(file.column_sizes_bytes, MapFrom<int64_t>(fields, 108));
    CALVE_ASSIGN_OR_RETURN(file.value_counts, MapFrom<int64_t>(fields, 109));
    CALVE_ASSIGN_OR_RETURN(file.null_value_counts, MapFrom<int64_t>(fields, 110));
    CALVE_ASSIGN_OR_RETURN(file.nan_value_counts, MapFrom<int64_t>(fields, 137));
    CALVE_ASSIGN_OR_RETURN(file.lower_bounds, MapFrom<std::string>(fields, 125));
    CALVE_ASSIGN_OR_RETURN(file.upper_bounds, MapFrom<std::string>(fields, 128));
    CALVE_ASSIGN_OR_RETURN(entry.key_metadata, fields.FindText(131));
    CALVE_ASSIGN_OR_RETURN(file.split_offsets, ListFrom<int64_t>(fields, 132));
    CALVE_ASSIGN_OR_RETURN(entry.equality_ids, ListFrom<int>(fields, 135));
    CALVE_ASSIGN_OR_RETURN(file.sort_order_id, fields.FindInt(140));
    CALVE_ASSIGN_OR_RETURN(entry.referenced_data_file, fields.FindText(143));
    return ReadPartition(fields, file);
  }

  Status ReadPartition(const RecordReader& fields, DataFile& file) const {
    if (types_ == nullptr || spec_.fields.empty()) return {};
    CALVE_ASSIGN_OR_RETURN(const avro::Record* partition, fields.FindRecord(102));
    if (partition == nullptr) return Err(ErrorKind::kCorrupt, file.file_path + " has no partition");
    for (size_t i = 0; i < spec_.fields.size(); ++i) {
      Literal value;
      const bool is_void = spec_.fields[i].transform.kind == TransformKind::kVoid;
      if (!is_void && partition_positions_[i] && *partition_positions_[i] < partition->size()) {
        CALVE_ASSIGN_OR_RETURN(value,
                               PartitionValueFromAvro((*types_)[i], (*partition)[*partition_positions_[i]].second));
      }
      file.partition.push_back(std::move(value));
    }
    return {};
  }

  const PartitionSpec& spec_;
  const std::vector<Type>* types_;
  FieldMap entry_;
  FieldMap file_;
  std::vector<std::optional<size_t>> partition_positions_;
};

Status Inherit(const ManifestFile& manifest, ManifestEntry& entry) {
  if (!entry.snapshot_id) entry.snapshot_id = manifest.added_snapshot_id;
  // Manifests of version 1 have no numbers: theirs is 0. Of the others only what a snapshot adds goes without.
  const bool inherits = manifest.sequence_number == 0 || entry.status == EntryStatus::kAdded;
  if (!entry.sequence_number) {
    if (!inherits) return Err(ErrorKind::kCorrupt, entry.file.file_path + " is an old file without a sequence number");
    entry.sequence_number = manifest.sequence_number;
  }
  if (!entry.file_sequence_number && inherits) entry.file_sequence_number = manifest.sequence_number;
  return {};
}

}  // namespace

Result<ManifestHeader> ReadManifestHeader(std::string_view bytes, std::string_view what) {
  CALVE_ASSIGN_OR_RETURN(const avro::ContainerReader reader, avro::ContainerReader::Open(bytes, what));
  auto header = HeaderFrom(reader.metadata());
  if (!header) return Err(ErrorKind::kCorrupt, "manifest " + std::string(what) + ": " + header.error().message);
  return header;
}

Result<std::vector<ManifestEntry>> ReadManifestEntries(std::string_view bytes, std::string_view what,
                                                       const PartitionSpec& spec, const std::vector<Type>* types,
                                                       const ManifestFile* inherit) {
  const auto bad = [&](const Error& error) {
    return Err(error.kind, "manifest " + std::string(what) + ": " + error.message);
  };
  if (types != nullptr && types->size() != spec.fields.size()) {
    return Err(ErrorKind::kInternal, "a partition spec and its types differ in number");
  }
  CALVE_ASSIGN_OR_RETURN(avro::ContainerReader reader, avro::ContainerReader::Open(bytes, what));
  const auto entry_reader = EntryReader::Make(reader.schema_json(), spec, types);
  if (!entry_reader) return bad(entry_reader.error());
  std::vector<ManifestEntry> entries;
  while (true) {
    CALVE_ASSIGN_OR_RETURN(std::optional<avro::Value> record, reader.Next());
    if (!record) return entries;
    auto entry = entry_reader->Read(*record);
    if (!entry) return bad(entry.error());
    if (inherit != nullptr) {
      if (Status status = Inherit(*inherit, *entry); !status) return bad(status.error());
    }
    entries.push_back(*std::move(entry));
  }
}

}  // namespace calve::iceberg
