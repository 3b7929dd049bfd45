#include "load/target.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/ascii.h"
#include "base/sql_text.h"
#include "csv/sniff_names.h"

namespace calve::load {
namespace {

using iceberg::Field;
using iceberg::TypeId;

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

ColumnIndex::ColumnIndex(const iceberg::Schema& schema) {
  const auto add = [](Names& names, std::string name, const Field& field) {
    const auto [at, fresh] = names.emplace(std::move(name), &field);
    if (!fresh) at->second = nullptr;
  };
  for (const Field& field : schema.fields) {
    exact_.emplace(field.name, &field);
    add(by_case_, AsciiLower(field.name), field);
    add(normalised_, csv::NormaliseName(field.name), field);
  }
}

const Field* ColumnIndex::At(const Names& names, const std::string& name) {
  const auto at = names.find(name);
  return at == names.end() ? nullptr : at->second;
}

const Field* ColumnIndex::Find(const std::string& name) const {
  const Field* exact = At(exact_, name);
  return exact != nullptr ? exact : At(by_case_, AsciiLower(name));
}

std::vector<const Field*> ColumnIndex::Match(const std::vector<SourceColumn>& columns) const {
  std::vector<const Field*> matched(columns.size(), nullptr);
  std::set<const Field*> taken;
  const auto match = [&](auto find) {
    for (size_t c = 0; c < columns.size(); ++c) {
      if (matched[c] != nullptr) continue;
      const Field* field = find(columns[c]);
      if (field != nullptr && taken.insert(field).second) matched[c] = field;
    }
  };
  match([&](const SourceColumn& column) { return At(exact_, column.source_name); });
  match([&](const SourceColumn& column) { return Find(column.name); });
  match([&](const SourceColumn& column) { return At(normalised_, column.name); });
  return matched;
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
  target.base = iceberg::StateOf(table);

  const ColumnIndex index(schema);
  std::set<int> written;
  for (const Field& column : columns) {
    const Field* field = index.Find(column.name);
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

std::string DefaultSql(const std::vector<SourceColumn>& columns, const iceberg::Schema* table_schema) {
  if (table_schema == nullptr) return "SELECT * FROM chunk";
  const ColumnIndex index(*table_schema);
  const std::vector<const Field*> matched = index.Match(columns);
  bool renames = false;
  std::vector<std::string> terms;
  for (size_t c = 0; c < columns.size(); ++c) {
    terms.push_back(SqlName(columns[c].name));
    // By its own name it would be another column of the table, or none.
    if (matched[c] == nullptr || matched[c] == index.Find(columns[c].name)) continue;
    terms.back() += " AS " + SqlName(matched[c]->name);
    renames = true;
  }
  if (!renames) return "SELECT * FROM chunk";
  return fmt::format("SELECT {} FROM chunk", fmt::join(terms, ", "));
}

void ApplyTableProperties(const iceberg::TableMetadata& table, WriteOptions& write) {
  const std::string codec = AsciiLower(table.Property("write.parquet.compression-codec", ""));
  if (codec.empty() || codec == "zstd") return;
  static const std::set<std::string> kKnown = {"snappy", "gzip", "uncompressed", "lz4", "brotli"};
  if (!kKnown.contains(codec)) return;
  write.codec = codec == "lz4" ? "lz4_raw" : codec;
}

}  // namespace calve::load
