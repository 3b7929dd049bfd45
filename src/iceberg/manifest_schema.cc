#include "iceberg/manifest_schema.h"

#include <fmt/format.h>

#include <set>

#include "iceberg/literal_utf8.h"

namespace calve::iceberg {
namespace {

Json Required(int id, std::string_view name, Json type) {
  return {{"name", name}, {"type", std::move(type)}, {"field-id", id}};
}

Json Optional(int id, std::string_view name, Json type) {
  return {{"name", name}, {"type", Json::array({"null", std::move(type)})}, {"default", nullptr}, {"field-id", id}};
}

/// Maps with keys that are not strings: an array of key-value records.
Json MapType(int key_id, int value_id, std::string_view value_type) {
  const Json record = {
      {"type", "record"},
      {"name", fmt::format("k{}_v{}", key_id, value_id)},
      {"fields", Json::array({Required(key_id, "key", "int"), Required(value_id, "value", value_type)})}};
  return {{"type", "array"}, {"items", record}, {"logicalType", "map"}};
}

Json ListType(int element_id, std::string_view element_type) {
  return {{"type", "array"}, {"items", element_type}, {"element-id", element_id}};
}

/// Named types must have a name of their own each: some readers know no references to names.
std::string UniqueName(std::string name, int field_id, std::set<std::string>& names) {
  if (!names.insert(name).second) name += fmt::format("_{}", field_id);
  names.insert(name);
  return name;
}

Result<Json> AvroType(const Type& type, int field_id, std::set<std::string>& names) {
  switch (type.id) {
    case TypeId::kBoolean:
      return Json("boolean");
    case TypeId::kInt:
      return Json("int");
    case TypeId::kLong:
      return Json("long");
    case TypeId::kFloat:
      return Json("float");
    case TypeId::kDouble:
      return Json("double");
    case TypeId::kString:
      return Json("string");
    case TypeId::kBinary:
      return Json("bytes");
    case TypeId::kDate:
      return Json{{"type", "int"}, {"logicalType", "date"}};
    case TypeId::kTime:
      return Json{{"type", "long"}, {"logicalType", "time-micros"}};
    case TypeId::kTimestamp:
    case TypeId::kTimestampTz:
      return Json{
          {"type", "long"}, {"logicalType", "timestamp-micros"}, {"adjust-to-utc", type.id == TypeId::kTimestampTz}};
    case TypeId::kUuid:
      return Json{{"type", "fixed"},
                  {"size", 16},
                  {"logicalType", "uuid"},
                  {"name", UniqueName("uuid_fixed", field_id, names)}};
    case TypeId::kFixed:
      return Json{{"type", "fixed"},
                  {"size", type.length},
                  {"name", UniqueName(fmt::format("fixed_{}", type.length), field_id, names)}};
    case TypeId::kDecimal:
      return Json{{"type", "fixed"},
                  {"size", DecimalRequiredBytes(type.precision)},
                  {"logicalType", "decimal"},
                  {"precision", type.precision},
                  {"scale", type.scale},
                  {"name", UniqueName(fmt::format("decimal_{}_{}", type.precision, type.scale), field_id, names)}};
    default:
      return Err(ErrorKind::kInvalidArgument, "a partition value cannot be of type " + TypeToString(type));
  }
}

}  // namespace

int DecimalRequiredBytes(int precision) {
  UInt128 limit = 1;  // The least magnitude that has too many digits.
  for (int i = 0; i < precision; ++i) limit *= 10;
  int bytes = 1;
  while (bytes < 16 && (UInt128{1} << static_cast<unsigned>(8 * bytes - 1)) < limit) ++bytes;
  return bytes;
}

std::string AvroName(std::string_view name) {
  std::string out;
  while (!name.empty()) {
    const auto code_point = FirstCodePoint(name);
    const uint32_t c = code_point ? code_point->value : static_cast<uint8_t>(name[0]);
    name.remove_prefix(code_point ? code_point->size_bytes : 1);
    const bool digit = c >= '0' && c <= '9';
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    if (letter || (digit && !out.empty())) {
      out.push_back(static_cast<char>(c));
    } else {
      out += digit ? fmt::format("_{}", static_cast<char>(c)) : fmt::format("_x{:X}", c);
    }
  }
  return out.empty() ? "_" : out;
}

Result<std::vector<Type>> PartitionTypes(const PartitionSpec& spec, const Schema& schema) {
  std::vector<Type> types;
  for (const PartitionField& field : spec.fields) {
    const Field* source = schema.FindById(field.source_id);
    Type type;
    if (source == nullptr && field.transform.kind != TransformKind::kVoid) {
      return Err(ErrorKind::kInvalidArgument,
                 fmt::format("partition field '{}' is of a column (id {}) that is not in schema {}", field.name,
                             field.source_id, schema.schema_id));
    }
    const bool plain = source != nullptr && !source->type.is_nested() && source->type.id != TypeId::kOther;
    if (plain || field.transform.kind != TransformKind::kVoid) {
      CALVE_ASSIGN_OR_RETURN(type, TransformResultType(field.transform, source->type));
    }
    types.push_back(std::move(type));
  }
  return types;
}

Result<Json> ManifestEntrySchema(int format_version, const PartitionSpec& spec,
                                 const std::vector<Type>& partition_types) {
  if (partition_types.size() != spec.fields.size()) {
    return Err(ErrorKind::kInternal, "a partition spec and its types differ in number");
  }
  Json partition_fields = Json::array();
  std::set<std::string> names;
  std::set<std::string> type_names;
  for (size_t i = 0; i < spec.fields.size(); ++i) {
    const PartitionField& field = spec.fields[i];
    CALVE_ASSIGN_OR_RETURN(Json type, AvroType(partition_types[i], field.field_id, type_names));
    const std::string name = UniqueName(AvroName(field.name), field.field_id, names);
    Json avro_field = Optional(field.field_id, name, std::move(type));
    if (name != field.name) avro_field["iceberg-field-name"] = field.name;
    partition_fields.push_back(std::move(avro_field));
  }
  const Json partition = {{"type", "record"}, {"name", "r102"}, {"fields", std::move(partition_fields)}};
  const bool v1 = format_version == 1;

  Json file = Json::array();
  if (!v1) file.push_back(Required(134, "content", "int"));
  file.push_back(Required(100, "file_path", "string"));
  file.push_back(Required(101, "file_format", "string"));
  file.push_back(Required(102, "partition", partition));
  file.push_back(Required(103, "record_count", "long"));
  file.push_back(Required(104, "file_size_in_bytes", "long"));
  if (v1) file.push_back(Required(105, "block_size_in_bytes", "long"));
  file.push_back(Optional(108, "column_sizes", MapType(117, 118, "long")));
  file.push_back(Optional(109, "value_counts", MapType(119, 120, "long")));
  file.push_back(Optional(110, "null_value_counts", MapType(121, 122, "long")));
  file.push_back(Optional(137, "nan_value_counts", MapType(138, 139, "long")));
  file.push_back(Optional(125, "lower_bounds", MapType(126, 127, "bytes")));
  file.push_back(Optional(128, "upper_bounds", MapType(129, 130, "bytes")));
  file.push_back(Optional(131, "key_metadata", "bytes"));
  file.push_back(Optional(132, "split_offsets", ListType(133, "long")));
  if (!v1) file.push_back(Optional(135, "equality_ids", ListType(136, "int")));
  file.push_back(Optional(140, "sort_order_id", "int"));
  if (!v1) file.push_back(Optional(143, "referenced_data_file", "string"));

  Json entry = Json::array();
  entry.push_back(Required(0, "status", "int"));
  entry.push_back(v1 ? Required(1, "snapshot_id", "long") : Optional(1, "snapshot_id", "long"));
  if (!v1) {
    entry.push_back(Optional(3, "sequence_number", "long"));
    entry.push_back(Optional(4, "file_sequence_number", "long"));
  }
  entry.push_back(Required(2, "data_file", {{"type", "record"}, {"name", "r2"}, {"fields", std::move(file)}}));
  return Json{{"type", "record"}, {"name", "manifest_entry"}, {"fields", std::move(entry)}};
}

Json ManifestListSchema(int format_version) {
  const Json summary = {
      {"type", "record"},
      {"name", "r508"},
      {"fields", Json::array({Required(509, "contains_null", "boolean"), Optional(518, "contains_nan", "boolean"),
                              Optional(510, "lower_bound", "bytes"), Optional(511, "upper_bound", "bytes")})}};
  const Json partitions = {{"type", "array"}, {"items", summary}, {"element-id", 508}};
  Json fields = Json::array();
  fields.push_back(Required(500, "manifest_path", "string"));
  fields.push_back(Required(501, "manifest_length", "long"));
  fields.push_back(Required(502, "partition_spec_id", "int"));
  if (format_version == 1) {
    fields.push_back(Required(503, "added_snapshot_id", "long"));
    fields.push_back(Optional(504, "added_files_count", "int"));
    fields.push_back(Optional(505, "existing_files_count", "int"));
    fields.push_back(Optional(506, "deleted_files_count", "int"));
    fields.push_back(Optional(507, "partitions", partitions));
    fields.push_back(Optional(512, "added_rows_count", "long"));
    fields.push_back(Optional(513, "existing_rows_count", "long"));
    fields.push_back(Optional(514, "deleted_rows_count", "long"));
  } else {
    fields.push_back(Required(517, "content", "int"));
    fields.push_back(Required(515, "sequence_number", "long"));
    fields.push_back(Required(516, "min_sequence_number", "long"));
    fields.push_back(Required(503, "added_snapshot_id", "long"));
    fields.push_back(Required(504, "added_files_count", "int"));
    fields.push_back(Required(505, "existing_files_count", "int"));
    fields.push_back(Required(506, "deleted_files_count", "int"));
    fields.push_back(Required(512, "added_rows_count", "long"));
    fields.push_back(Required(513, "existing_rows_count", "long"));
    fields.push_back(Required(514, "deleted_rows_count", "long"));
    fields.push_back(Optional(507, "partitions", partitions));
  }
  fields.push_back(Optional(519, "key_metadata", "bytes"));
  return {{"type", "record"}, {"name", "manifest_file"}, {"fields", std::move(fields)}};
}

}  // namespace calve::iceberg
