#include "load/target.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <set>

namespace calve::load {
namespace {

using iceberg::Field;
using iceberg::TypeId;

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

std::string TableColumns(const iceberg::Schema& schema) {
  std::vector<std::string> names;
  for (const Field& field : schema.fields) names.push_back(field.name);
  return fmt::format("{}", fmt::join(names, ", "));
}

/// Takes the ids (and names) of a nested table type over into what is written; the shapes are equal.
bool HasOther(const iceberg::Type& type) {
  return type.id == TypeId::kOther ||
         std::any_of(type.fields.begin(), type.fields.end(), [](const Field& field) { return HasOther(field.type); });
}

Status CheckWritable(const iceberg::TableIdentifier& identifier, const iceberg::TableMetadata& table) {
  if (table.format_version() > 2) {
    return Err(ErrorKind::kInvalidArgument,
               fmt::format("table {} has format version {}; calve appends to versions 1 and 2", identifier.ToString(),
                           table.format_version()));
  }
  for (const iceberg::PartitionField& field : table.spec().fields) {
    if (field.transform.kind == iceberg::TransformKind::kUnknown) {
      return Err(ErrorKind::kInvalidArgument,
                 fmt::format("table {} is partitioned by the transform '{}', which calve does not know",
                             identifier.ToString(), field.transform.text));
    }
  }
  return {};
}

}  // namespace

const Field* FindColumn(const iceberg::Schema& schema, const std::string& name) {
  if (const Field* exact = schema.FindByName(name)) return exact;
  const Field* found = nullptr;
  for (const Field& field : schema.fields) {
    if (Lower(field.name) != Lower(name)) continue;
    if (found != nullptr) return nullptr;
    found = &field;
  }
  return found;
}

Result<Binding> BindTarget(const iceberg::TableIdentifier& identifier, const iceberg::TableMetadata& table,
                           const std::vector<Field>& columns) {
  CALVE_RETURN_IF_ERROR(CheckWritable(identifier, table));
  const iceberg::Schema& schema = table.schema();
  Binding binding;
  Target& target = binding.target;
  target.identifier = identifier.ToString();
  target.table_uuid = table.uuid();
  target.data_location = table.Property("write.data.path", table.location() + "/data");
  while (target.data_location.size() > 1 && target.data_location.ends_with('/')) target.data_location.pop_back();
  target.schema_id = schema.schema_id;
  target.spec = table.spec();
  if (const iceberg::Snapshot* tip = table.current_snapshot()) target.base_snapshot_id = tip->snapshot_id;

  std::set<int> written;
  for (const Field& column : columns) {
    const Field* field = FindColumn(schema, column.name);
    if (field == nullptr) {
      binding.unknown.push_back(column);
      continue;
    }
    if (!iceberg::IsPromotable(column.type, field->type) || HasOther(field->type)) {
      return Err(ErrorKind::kInvalidArgument,
                 fmt::format("column {} is {} but table {} has it as {}; cast it in the SQL, e.g. --sql 'SELECT "
                             "CAST({} AS ...) AS {}, ... FROM chunk'",
                             column.name, iceberg::TypeToString(column.type), identifier.ToString(),
                             iceberg::TypeToString(field->type), column.name, column.name));
    }
    if (!written.insert(field->id).second) {
      return Err(ErrorKind::kInvalidArgument,
                 fmt::format("two columns of the SQL are column {} of table {}", field->name, identifier.ToString()));
    }
    target.columns.push_back(*field);
  }
  for (const Field& field : schema.fields) {
    if (field.required && !written.contains(field.id)) {
      return Err(ErrorKind::kInvalidArgument, fmt::format("table {} requires column {}, which the SQL does not yield",
                                                          identifier.ToString(), field.name));
    }
  }
  for (const iceberg::PartitionField& partition : target.spec.fields) {
    const Field* source = schema.FindById(partition.source_id);
    if (source == nullptr && partition.transform.kind != iceberg::TransformKind::kVoid) {
      return Err(ErrorKind::kInvalidArgument, fmt::format("table {} is partitioned by {}, whose source column is gone",
                                                          identifier.ToString(), partition.name));
    }
    Field gone;
    gone.id = partition.source_id;
    gone.name = partition.name;
    target.partition_sources.push_back(source != nullptr ? *source : gone);
  }
  if (target.columns.empty() && binding.unknown.size() == columns.size()) {
    // Nothing fits: most likely the wrong table, which adding columns would only hide.
    return Err(ErrorKind::kInvalidArgument, fmt::format("none of the SQL's columns is a column of table {} (it has {})",
                                                        identifier.ToString(), TableColumns(schema)));
  }
  return binding;
}

std::map<std::string, csv::ColumnType> CsvTypesOf(const iceberg::Schema& schema) {
  static const std::map<TypeId, csv::TypeKind> kKinds = {
      {TypeId::kBoolean, csv::TypeKind::kBoolean},     {TypeId::kInt, csv::TypeKind::kInteger},
      {TypeId::kLong, csv::TypeKind::kBigInt},         {TypeId::kFloat, csv::TypeKind::kDouble},
      {TypeId::kDouble, csv::TypeKind::kDouble},       {TypeId::kDecimal, csv::TypeKind::kDecimal},
      {TypeId::kDate, csv::TypeKind::kDate},           {TypeId::kTime, csv::TypeKind::kTime},
      {TypeId::kTimestamp, csv::TypeKind::kTimestamp}, {TypeId::kTimestampTz, csv::TypeKind::kTimestampTz},
      {TypeId::kString, csv::TypeKind::kVarchar},      {TypeId::kUuid, csv::TypeKind::kUuid}};
  std::map<std::string, csv::ColumnType> types;
  for (const Field& field : schema.fields) {
    const auto it = kKinds.find(field.type.id);
    if (it == kKinds.end()) continue;
    csv::ColumnType type{it->second, 0, 0};
    if (it->second == csv::TypeKind::kDecimal) {
      type.precision = static_cast<uint8_t>(field.type.precision);
      type.scale = static_cast<uint8_t>(field.type.scale);
    }
    types[Lower(field.name)] = type;
  }
  return types;
}

std::string DefaultSql(const std::vector<csv::Column>& columns, const iceberg::Schema* table_schema) {
  bool casts = false;
  std::vector<std::string> terms;
  for (const csv::Column& column : columns) {
    std::string quoted = "\"";
    for (const char c : column.name) quoted.append(c == '"' ? 2U : 1U, c);
    quoted += '"';
    const Field* field = table_schema == nullptr ? nullptr : FindColumn(*table_schema, column.name);
    if (field != nullptr && field->type.id == TypeId::kFloat && column.type.kind == csv::TypeKind::kDouble) {
      terms.push_back(fmt::format("CAST({} AS FLOAT) AS {}", quoted, quoted));
      casts = true;
    } else {
      terms.push_back(std::move(quoted));
    }
  }
  if (!casts) return "SELECT * FROM chunk";
  return fmt::format("SELECT {} FROM chunk", fmt::join(terms, ", "));
}

void ApplyTableProperties(const iceberg::TableMetadata& table, WriteOptions& write) {
  const std::string codec = Lower(table.Property("write.parquet.compression-codec", ""));
  if (codec.empty() || codec == "zstd") return;
  static const std::set<std::string> kKnown = {"snappy", "gzip", "uncompressed", "lz4", "brotli"};
  if (!kKnown.contains(codec)) return;
  write.codec = codec == "lz4" ? "lz4_raw" : codec;
}

}  // namespace calve::load
