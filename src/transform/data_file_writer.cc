#include "transform/data_file_writer.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>
#include <map>
#include <optional>

#include "base/hash.h"
#include "base/whole_number.h"
#include "iceberg/literal.h"
#include "transform/types.h"

namespace calve::transform {
namespace {

using iceberg::DataFile;
using iceberg::Field;
using iceberg::TypeId;

constexpr const char* kPartitionColumn = "__calve_partition";
constexpr int kBoundLength = 16;  // write.metadata.metrics.default: truncate(16)

/// `a: 1` or `l: {__duckdb_field_id: 10, element: 11}`, as COPY's FIELD_IDS takes it.
std::string FieldIds(const Field& field) {
  if (!field.type.is_nested()) return fmt::format("{}: {}", SqlName(field.name), field.id);
  std::vector<std::string> children;
  for (const Field& child : field.type.fields) children.push_back(FieldIds(child));
  return fmt::format("{}: {{__duckdb_field_id: {}, {}}}", SqlName(field.name), field.id, fmt::join(children, ", "));
}

/// The names of the view's columns, in order.
Result<std::vector<std::string>> ViewColumns(Session& session) {
  CALVE_ASSIGN_OR_RETURN(
      const auto rows,
      QueryText(session.connection(), fmt::format("SELECT column_name FROM (DESCRIBE {})", Session::kResultView)));
  std::vector<std::string> names;
  for (const auto& row : rows) names.push_back(row.at(0).value_or(""));
  return names;
}

Result<std::string> CopyStatement(Session& session, const load::Plan& plan, const std::string& path) {
  CALVE_ASSIGN_OR_RETURN(const std::vector<std::string> names, ViewColumns(session));
  if (names.size() != plan.target.columns.size()) {
    return Err(ErrorKind::kCorrupt, "the plan's columns are not those of its SQL");
  }
  std::vector<std::string> terms;
  std::vector<std::string> ids;
  std::map<int, std::string> term_by_id;
  for (size_t i = 0; i < names.size(); ++i) {
    const Field& field = plan.target.columns[i];
    const std::string value = fmt::format("CAST({} AS {})", SqlName(names[i]), SqlType(field.type));
    terms.push_back(fmt::format("{} AS {}", session.floats().Watched(value, field.type), SqlName(field.name)));
    ids.push_back(FieldIds(field));
    term_by_id[field.id] = value;
  }
  std::string partition_by;
  if (!plan.target.spec.fields.empty()) {
    std::vector<std::string> arguments;
    std::vector<iceberg::Type> types;
    for (const Field& source : plan.target.partition_sources) {
      const auto it = term_by_id.find(source.id);
      arguments.push_back(it != term_by_id.end() ? it->second : fmt::format("CAST(NULL AS {})", SqlType(source.type)));
      types.push_back(source.type);
    }
    session.partitions().Reset(plan.target.spec, std::move(types));
    terms.push_back(
        fmt::format("{}({}) AS {}", PartitionInterner::kFunction, fmt::join(arguments, ", "), kPartitionColumn));
    partition_by = fmt::format(", PARTITION_BY ({})", kPartitionColumn);
  }
  const load::WriteOptions& write = plan.write;
  const std::string level = write.codec == "zstd" ? fmt::format(", COMPRESSION_LEVEL {}", write.codec_level) : "";
  return fmt::format(
      "COPY (SELECT {} FROM {}) TO {} (FORMAT parquet, PARQUET_VERSION V{}, COMPRESSION {}{}, ROW_GROUP_SIZE {}, "
      "DICTIONARY_SIZE_LIMIT {}, FIELD_IDS {{{}}}, RETURN_STATS{})",
      fmt::join(terms, ", "), Session::kResultView, SqlString(path), write.parquet_version, write.codec, level,
      write.row_group_rows, session.floats().dictionaries() ? write.dictionary_size_limit : 0, fmt::join(ids, ", "),
      partition_by);
}

/// A leaf column's place in the statistics: "a"."b" for a struct's member. Leaves below lists and maps have no bounds
/// in Iceberg.
void CollectLeaves(const Field& field, const std::string& parent, bool repeated,
                   std::map<std::string, std::pair<const Field*, bool>>& leaves) {
  const std::string path = parent.empty() ? SqlName(field.name) : parent + "." + SqlName(field.name);
  if (!field.type.is_nested()) {
    leaves[path] = {&field, repeated};
    return;
  }
  const bool below = repeated || field.type.id != TypeId::kStruct;
  for (const Field& child : field.type.fields) CollectLeaves(child, path, below, leaves);
}

std::optional<int64_t> Number(const std::map<std::string, std::string>& stats, const std::string& key) {
  const auto it = stats.find(key);
  return it == stats.end() ? std::nullopt : WholeNumber<int64_t>(it->second);
}

/// DuckDB prints booleans' bounds as 0 and 1, and a blob's as hex digits.
std::optional<iceberg::Literal> ParseBound(const iceberg::Type& type, const std::string& text) {
  if (type.id == TypeId::kBoolean) {
    if (text == "0" || text == "false") return iceberg::Literal(false);
    if (text == "1" || text == "true") return iceberg::Literal(true);
    return std::nullopt;
  }
  if (type.id == TypeId::kBinary || type.id == TypeId::kFixed) {
    auto bytes = FromHex(text);
    if (!bytes) return std::nullopt;
    return iceberg::Literal(*std::move(bytes));
  }
  return iceberg::LiteralFromText(type, text);
}

void SetBounds(const Field& field, const std::map<std::string, std::string>& stats, DataFile& file) {
  const auto min = stats.find("min");
  const auto max = stats.find("max");
  if (min == stats.end() || max == stats.end()) return;
  const auto lower = ParseBound(field.type, min->second);
  const auto upper = ParseBound(field.type, max->second);
  if (!lower || !upper) return;
  const Result<std::string> lower_bytes = iceberg::SerializeLiteral(field.type, *lower);
  const Result<std::string> upper_bytes = iceberg::SerializeLiteral(field.type, *upper);
  if (!lower_bytes.has_value() || !upper_bytes.has_value()) return;
  file.lower_bounds[field.id] = iceberg::TruncateLowerBound(field.type, *lower_bytes, kBoundLength);
  if (auto truncated = iceberg::TruncateUpperBound(field.type, *upper_bytes, kBoundLength)) {
    file.upper_bounds[field.id] = *std::move(truncated);
  }
}

Status SetLeafStatistics(const Field& field, bool repeated, const std::map<std::string, std::string>& stats,
                         DataFile& file) {
  if (const auto size = Number(stats, "column_size_bytes")) file.column_sizes_bytes[field.id] = *size;
  if (repeated) return {};
  if (const auto values = Number(stats, "num_values")) file.value_counts[field.id] = *values;
  const auto nulls = Number(stats, "null_count");
  if (nulls) file.null_value_counts[field.id] = *nulls;
  if (field.required && nulls.value_or(0) > 0) {
    return Err(ErrorKind::kBadData,
               fmt::format("column {} is required by the table, but {} of its values are null", field.name, *nulls));
  }
  if (field.type.id == TypeId::kFloat || field.type.id == TypeId::kDouble) {
    const auto has_nan = stats.find("has_nan");
    if (has_nan != stats.end() && has_nan->second == "false") file.nan_value_counts[field.id] = 0;
    if (has_nan == stats.end() || has_nan->second != "false") return {};
  }
  SetBounds(field, stats, file);
  return {};
}

/// Where each row group begins: the offset of its first column chunk (spec: split_offsets).
Result<std::vector<int64_t>> SplitOffsets(Session& session, const std::string& path) {
  CALVE_ASSIGN_OR_RETURN(
      const auto rows,
      QueryText(
          session.connection(),
          fmt::format("SELECT CAST(min(coalesce(nullif(dictionary_page_offset, 0), data_page_offset)) AS VARCHAR) FROM "
                      "parquet_metadata({}) GROUP BY row_group_id ORDER BY row_group_id",
                      SqlString(path))));
  std::vector<int64_t> offsets;
  for (const auto& row : rows) {
    const auto offset = Number({{"offset", row.at(0).value_or("")}}, "offset");
    if (!offset) return Err(ErrorKind::kInternal, "a row group of " + path + " has no offset");
    offsets.push_back(*offset);
  }
  return offsets;
}

/// One row of RETURN_STATS: the columns below, as they were selected in RunCopy.
struct StatsRow {
  std::string filename;
  int64_t count = 0;
  int64_t size_bytes = 0;
  std::map<std::string, std::map<std::string, std::string>> columns;
  std::optional<int64_t> partition;
};

std::string StringIn(duckdb_vector vector, idx_t row) {
  auto value = static_cast<duckdb_string_t*>(duckdb_vector_get_data(vector))[row];
  return {duckdb_string_t_data(&value), duckdb_string_t_length(value)};
}

bool IsValid(duckdb_vector vector, idx_t row) {
  uint64_t* validity = duckdb_vector_get_validity(vector);
  return validity == nullptr || duckdb_validity_row_is_valid(validity, row);
}

/// Calls visit(keys, values, index) for each entry of a MAP value.
template <typename Visit>
void ForEachEntry(duckdb_vector map, idx_t row, const Visit& visit) {
  const auto entry = static_cast<duckdb_list_entry*>(duckdb_vector_get_data(map))[row];
  const duckdb_vector pairs = duckdb_list_vector_get_child(map);
  const duckdb_vector keys = duckdb_struct_vector_get_child(pairs, 0);
  const duckdb_vector values = duckdb_struct_vector_get_child(pairs, 1);
  for (idx_t i = entry.offset; i < entry.offset + entry.length; ++i) visit(keys, values, i);
}

StatsRow ReadStatsRow(duckdb_data_chunk chunk, idx_t row) {
  StatsRow stats;
  stats.filename = StringIn(duckdb_data_chunk_get_vector(chunk, 0), row);
  stats.count =
      static_cast<int64_t>(static_cast<uint64_t*>(duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk, 1)))[row]);
  stats.size_bytes =
      static_cast<int64_t>(static_cast<uint64_t*>(duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk, 2)))[row]);
  ForEachEntry(duckdb_data_chunk_get_vector(chunk, 4), row, [&](duckdb_vector names, duckdb_vector maps, idx_t column) {
    auto& values = stats.columns[StringIn(names, column)];
    ForEachEntry(maps, column, [&](duckdb_vector keys, duckdb_vector texts, idx_t i) {
      if (IsValid(texts, i)) values[StringIn(keys, i)] = StringIn(texts, i);
    });
  });
  const duckdb_vector partition = duckdb_data_chunk_get_vector(chunk, 5);
  if (IsValid(partition, row)) {
    ForEachEntry(partition, row, [&](duckdb_vector, duckdb_vector values, idx_t i) {
      stats.partition = Number({{"p", StringIn(values, i)}}, "p");
    });
  }
  return stats;
}

Result<std::vector<StatsRow>> RunCopy(Session& session, const std::string& sql) {
  CALVE_ASSIGN_OR_RETURN(QueryResult result, session.Run(sql));
  std::vector<StatsRow> rows;
  while (true) {
    const DataChunk chunk(duckdb_fetch_chunk(result.raw()));
    if (chunk.get() == nullptr) return rows;
    for (idx_t row = 0; row < duckdb_data_chunk_get_size(chunk.get()); ++row)
      rows.push_back(ReadStatsRow(chunk.get(), row));
  }
}

Result<WrittenFile> ToWrittenFile(Session& session, const load::Plan& plan, const StatsRow& stats) {
  WrittenFile written;
  DataFile& file = written.file;
  file.file_path = stats.filename;
  file.spec_id = plan.target.spec.spec_id;
  file.record_count = stats.count;
  file.file_size_bytes = stats.size_bytes;
  if (!plan.target.spec.fields.empty()) {
    if (!stats.partition || *stats.partition < 0 ||
        static_cast<size_t>(*stats.partition) >= session.partitions().size()) {
      return Err(ErrorKind::kInternal, "DuckDB reports no partition for " + stats.filename);
    }
    file.partition = session.partitions().Tuple(*stats.partition);
    iceberg::Schema sources;
    sources.fields = plan.target.partition_sources;
    written.partition_path = iceberg::PartitionPath(plan.target.spec, sources, file.partition);
  }
  std::map<std::string, std::pair<const Field*, bool>> leaves;
  for (const Field& field : plan.target.columns) CollectLeaves(field, "", false, leaves);
  for (const auto& [name, values] : stats.columns) {
    const auto it = leaves.find(name);
    if (it == leaves.end()) continue;
    CALVE_RETURN_IF_ERROR(SetLeafStatistics(*it->second.first, it->second.second, values, file));
  }
  CALVE_ASSIGN_OR_RETURN(file.split_offsets, SplitOffsets(session, stats.filename));
  return written;
}

}  // namespace

Result<std::vector<WrittenFile>> WriteDataFiles(Session& session, const load::Plan& plan,
                                                const std::string& directory) {
  const bool partitioned = !plan.target.spec.fields.empty();
  const std::string path = partitioned ? directory : directory + "/data.parquet";
  CALVE_ASSIGN_OR_RETURN(const std::string copy, CopyStatement(session, plan, path));
  CALVE_ASSIGN_OR_RETURN(const std::vector<StatsRow> rows, RunCopy(session, copy));
  if (session.floats().must_write_plainly()) {
    return Err(ErrorKind::kConflict, "a dictionary may have changed a zero's sign or a NaN: to be written without one");
  }
  std::vector<WrittenFile> files;
  for (const StatsRow& row : rows) {
    if (row.count == 0) {  // An empty result still makes a file; the table need not have it.
      std::error_code ignored;
      std::filesystem::remove(row.filename, ignored);
      continue;
    }
    CALVE_ASSIGN_OR_RETURN(WrittenFile file, ToWrittenFile(session, plan, row));
    files.push_back(std::move(file));
  }
  return files;
}

}  // namespace calve::transform
