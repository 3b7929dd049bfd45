#include "format_parquet/file.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <span>
#include <utility>

#include "base/whole_number.h"
#include "csv/sniff_names.h"
#include "format_parquet/sparse_file.h"
#include "format_parquet/sql.h"
#include "transform/duckdb_handle.h"

namespace calve::format_parquet {
namespace {

/// Where a column chunk's pages begin, in terms of parquet_metadata. Writers put 0 where there is no dictionary page.
constexpr const char* kFirstByte =
    "CASE WHEN dictionary_page_offset >= 4 THEN least(dictionary_page_offset, data_page_offset) ELSE data_page_offset "
    "END";

using Rows = std::vector<std::vector<std::optional<std::string>>>;

/// A query on the footer alone. Whatever DuckDB says is the footer's fault, but for want of room.
Result<Rows> QueryFooter(duckdb_connection connection, const std::string& sql) {
  Result<Rows> rows = transform::QueryText(connection, sql);
  if (rows.has_value() || rows.error().kind == ErrorKind::kNoSpace || rows.error().kind == ErrorKind::kCancelled ||
      transform::IsOutOfMemory(rows.error())) {
    return rows;
  }
  return Err(ErrorKind::kBadData, "the Parquet footer cannot be read: " + rows.error().message);
}

/// A number as DuckDB prints it, not negative; nullopt for null and anything else.
std::optional<uint64_t> Number(const std::optional<std::string>& text) {
  return text ? WholeNumber<uint64_t>(*text) : std::nullopt;
}

std::unexpected<Error> Impossible(std::string_view what) {
  return Err(ErrorKind::kBadData, fmt::format("the Parquet footer is corrupt: {}", what));
}

/// One line of parquet_schema: a node of the schema's tree, depth first.
struct SchemaNode {
  std::string name;
  uint64_t children = 0;
  std::string type;
  std::string logical_type;
  uint64_t precision = 0;
};

Result<std::vector<SchemaNode>> ReadSchema(duckdb_connection connection, const std::string& path) {
  CALVE_ASSIGN_OR_RETURN(
      const Rows rows,
      QueryFooter(connection,
                  fmt::format("SELECT name, CAST(coalesce(num_children, 0) AS VARCHAR), coalesce(type, ''), "
                              "coalesce(logical_type, ''), CAST(coalesce(precision, 0) AS VARCHAR) "
                              "FROM parquet_schema({})",
                              SqlString(path))));
  std::vector<SchemaNode> nodes;
  for (const auto& row : rows) {
    nodes.push_back({row[0].value_or(""), Number(row[1]).value_or(0), row[2].value_or(""), row[3].value_or(""),
                     Number(row[4]).value_or(0)});
  }
  if (nodes.empty()) return Impossible("it has no schema");
  return nodes;
}

/// The nodes of one column: from `at`, which is moved behind them.
Result<std::span<const SchemaNode>> TakeColumn(std::span<const SchemaNode> nodes, size_t& at) {
  const size_t first = at;
  uint64_t open = 1;
  while (open > 0) {
    if (at >= nodes.size()) return Impossible("its schema has fewer columns than it says");
    open += nodes[at++].children - 1;
  }
  return nodes.subspan(first, at - first);
}

/// Why the values of a column would not be what the file has: DuckDB cuts or rounds them as it reads.
std::optional<std::string> Unreadable(std::span<const SchemaNode> column) {
  for (const SchemaNode& node : column) {
    const bool nanos = node.logical_type.find("NANOS=Nano") != std::string::npos;
    const std::string of = node.name == column[0].name ? "" : fmt::format(" (its {})", node.name);
    if (nanos && node.logical_type.starts_with("TimestampType(isAdjustedToUTC=1")) {
      return fmt::format("column {}{} has timestamps with time zone in nanoseconds, which would be cut to microseconds",
                         column[0].name, of);
    }
    if (nanos && node.logical_type.starts_with("TimeType")) {
      return fmt::format("column {}{} has times in nanoseconds, which would be cut to microseconds", column[0].name,
                         of);
    }
    if (node.precision > 38) {
      return fmt::format("column {}{} has decimals of {} digits; 38 are the most that Iceberg has", column[0].name, of,
                         node.precision);
    }
  }
  return std::nullopt;
}

void AddNotes(std::span<const SchemaNode> column, std::vector<std::string>& notes) {
  if (std::ranges::any_of(column, [](const SchemaNode& node) { return node.type == "INT96"; })) {
    notes.push_back(fmt::format("column {} has timestamps of the old form INT96, which are read to the microsecond",
                                column[0].name));
  }
}

/// A row group's bytes go up to the next one's, the last one's to the footer: what a footer says of sizes is too little
/// where an old writer left out the headers of dictionary pages (PARQUET-816, IMPALA-694).
void ExtendToNext(std::vector<RowGroup>& groups, uint64_t footer_start) {
  std::vector<RowGroup*> order;
  for (RowGroup& group : groups) {
    if (group.rows > 0) order.push_back(&group);
  }
  std::ranges::stable_sort(order, {}, [](const RowGroup* group) { return group->first_bytes; });
  for (size_t i = 0; i < order.size(); ++i) {
    const uint64_t next = i + 1 < order.size() ? order[i + 1]->first_bytes : footer_start;
    order[i]->end_bytes = std::max(order[i]->end_bytes, next);
  }
}

}  // namespace

Status WriteFooter(const std::string& path, const ParquetFooter& footer) {
  CALVE_ASSIGN_OR_RETURN(SparseFile file, SparseFile::Make(path, footer.object_bytes));
  CALVE_RETURN_IF_ERROR(file.Write(0, kParquetMagic));
  CALVE_RETURN_IF_ERROR(file.Write(footer.start_bytes(), footer.bytes));
  return file.Close();
}

std::string ReadParquetCall(const std::string& path) {
  return fmt::format("read_parquet({}, file_row_number = true, hive_partitioning = false)", SqlString(path));
}

Result<std::vector<RowGroup>> ReadRowGroups(duckdb_connection connection, const std::string& path,
                                            const ParquetFooter& footer) {
  CALVE_ASSIGN_OR_RETURN(
      const Rows rows,
      QueryFooter(connection,
                  fmt::format("SELECT CAST(row_group_id AS VARCHAR), CAST(any_value(row_group_num_rows) AS VARCHAR), "
                              "CAST(min(first) AS VARCHAR), CAST(max(first + total_compressed_size) AS VARCHAR), "
                              "CAST(min(total_compressed_size) AS VARCHAR) FROM (SELECT *, {} AS first FROM "
                              "parquet_metadata({})) GROUP BY row_group_id ORDER BY row_group_id",
                              kFirstByte, SqlString(path))));
  CALVE_ASSIGN_OR_RETURN(
      const Rows totals,
      QueryFooter(connection, fmt::format("SELECT CAST(num_rows AS VARCHAR), CAST(num_row_groups AS VARCHAR) FROM "
                                          "parquet_file_metadata({})",
                                          SqlString(path))));
  std::vector<RowGroup> groups;
  uint64_t sum = 0;
  for (const auto& row : rows) {
    const auto count = Number(row[1]);
    if (Number(row[0]) != groups.size() || !count) return Impossible("its row groups have no numbers of rows");
    RowGroup group{0, 0, *count};
    if (*count > 0) {
      const auto first = Number(row[2]);
      const auto end = Number(row[3]);
      if (!first || !end || !Number(row[4]) || *first < kParquetMagic.size() || *end <= *first ||
          *end > footer.start_bytes()) {
        return Impossible(fmt::format("row group {} does not lie within the file", groups.size()));
      }
      group.first_bytes = *first;
      group.end_bytes = *end;
    }
    sum += *count;
    groups.push_back(group);
  }
  if (totals.size() != 1 || Number(totals[0][0]) != sum || Number(totals[0][1]) != groups.size()) {
    return Impossible("its row groups are not the rows that it says the file has");
  }
  ExtendToNext(groups, footer.start_bytes());
  return groups;
}

Result<std::vector<ColumnChunk>> ReadColumnChunks(duckdb_connection connection, const std::string& path,
                                                  std::span<const RowGroup> groups, const RowRange& range) {
  CALVE_ASSIGN_OR_RETURN(
      const Rows rows,
      QueryFooter(connection, fmt::format("SELECT CAST(row_group_id AS VARCHAR), path_in_schema, CAST({0} AS VARCHAR), "
                                          "CAST(num_values AS VARCHAR), CAST(NOT contains(path_in_schema, ', ') AND "
                                          "path_in_schema NOT IN (SELECT name FROM parquet_schema({1}) WHERE "
                                          "repetition_type = 'REPEATED') AS VARCHAR) FROM parquet_metadata({1})",
                                          kFirstByte, SqlString(path))));
  std::vector<ColumnChunk> chunks;
  for (const auto& row : rows) {
    const auto number = Number(row[0]);
    if (!number || *number >= groups.size()) return Impossible("its row groups have no numbers");
    const RowGroup& group = groups[*number];
    if (group.rows == 0 || group.first_bytes < range.first_bytes || group.end_bytes > range.end_bytes) continue;
    const std::string column = row[1].value_or("");
    const auto first = Number(row[2]);
    const auto values = Number(row[3]);
    if (!first || !values || *first < group.first_bytes || *first >= group.end_bytes) {
      return Impossible(fmt::format("column {} of row group {} does not lie within it", column, *number));
    }
    const bool flat = row[4] == "true";
    if (flat && *values != group.rows) {
      return Impossible(
          fmt::format("column {} of row group {} has {} values for {} rows", column, *number, *values, group.rows));
    }
    chunks.push_back({*number, column, *first, group.end_bytes, *values});
  }
  return chunks;
}

Result<ParquetFile> InspectParquetFile(duckdb_connection connection, const std::string& path,
                                       const ParquetFooter& footer, const iceberg::Schema* table) {
  CALVE_ASSIGN_OR_RETURN(const std::vector<SchemaNode> nodes, ReadSchema(connection, path));
  const bool taken = std::any_of(nodes.begin() + 1, nodes.end(),
                                 [](const SchemaNode& node) { return node.name == "file_row_number"; });
  if (taken) {
    return Err(ErrorKind::kInvalidArgument,
               "the file has a column named file_row_number, a name that reading Parquet needs itself; rename it");
  }
  CALVE_ASSIGN_OR_RETURN(
      const Rows described,
      QueryFooter(connection, fmt::format("SELECT column_name, column_type FROM (DESCRIBE SELECT * EXCLUDE "
                                          "(file_row_number) FROM {})",
                                          ReadParquetCall(path))));
  ParquetFile file;
  CALVE_ASSIGN_OR_RETURN(file.row_groups, ReadRowGroups(connection, path, footer));
  for (const RowGroup& group : file.row_groups) file.rows += group.rows;

  std::vector<std::string> source_names;
  for (const auto& row : described) source_names.push_back(row[0].value_or(""));
  const std::vector<csv::Column> named = csv::NameColumns(source_names, file.notes);
  std::vector<SelectedColumn> columns;
  size_t at = 1;
  for (size_t i = 0; i < described.size(); ++i) {
    CALVE_ASSIGN_OR_RETURN(const std::span<const SchemaNode> column, TakeColumn(nodes, at));
    if (auto reason = Unreadable(column)) {
      file.unreadable.push_back(*std::move(reason));
      continue;
    }
    // A struct whose members have no names (DuckDB's own unions) has no type that SQL could say.
    if (!ParseSqlType(connection, described[i][1].value_or("")).has_value()) {
      file.unreadable.push_back(
          fmt::format("column {} is {}, which no SQL can name", source_names[i], described[i][1].value_or("")));
      continue;
    }
    AddNotes(column, file.notes);
    file.columns.push_back({named[i].name, source_names[i], described[i][1].value_or(""), {}});
    columns.push_back({file.columns.back(), column[0].logical_type.starts_with("NullType")});
  }
  if (at != nodes.size()) return Impossible("its schema has more columns than it says");
  if (file.columns.empty() && file.unreadable.empty()) {
    return Err(ErrorKind::kBadData, "the Parquet file has no columns");
  }
  CALVE_ASSIGN_OR_RETURN(file.default_sql, DefaultParquetSql(connection, columns, table));
  return file;
}

}  // namespace calve::format_parquet
