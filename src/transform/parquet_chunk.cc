#include "transform/parquet_chunk.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

#include "load/sample.h"
#include "transform/parquet_file.h"
#include "transform/parquet_pages.h"
#include "transform/sparse_file.h"

namespace calve::transform {
namespace {

constexpr uint64_t kCopyBytes = 1U << 20U;

Status CopyRange(store::ObjectStore& store, const load::ChunkTask& task, const load::RowRange& range,
                 const std::string& path, uint64_t object_bytes, const load::ParquetFooter& footer) {
  const load::Source& source = task.plan.source;
  const uint64_t length = range.end_bytes - range.first_bytes;
  CALVE_ASSIGN_OR_RETURN(const std::unique_ptr<store::ByteStream> stream,
                         store.Open(source.uri, {.offset_bytes = range.first_bytes,
                                                 .length_bytes = length,
                                                 .if_version = source.version,
                                                 .expected_bytes = length}));
  CALVE_ASSIGN_OR_RETURN(SparseFile file, SparseFile::Make(path, object_bytes));
  CALVE_RETURN_IF_ERROR(file.Write(0, load::kParquetMagic));
  CALVE_RETURN_IF_ERROR(file.Write(footer.start_bytes(), footer.bytes));
  std::string buffer(std::min(length, kCopyBytes), '\0');
  uint64_t done = 0;
  while (done < length) {
    if (task.cancel.cancelled()) return Err(ErrorKind::kCancelled, "stopped in the middle of a chunk");
    CALVE_ASSIGN_OR_RETURN(const size_t n, stream->Read(std::as_writable_bytes(std::span(buffer))));
    if (n == 0) {
      return Err(ErrorKind::kUnavailable, fmt::format("the source ended {} bytes early", length - done));
    }
    CALVE_RETURN_IF_ERROR(file.Write(range.first_bytes + done, std::string_view(buffer).substr(0, n)));
    done += n;
    if (task.progress != nullptr) task.progress->bytes_read += n;
  }
  return file.Close();
}

/// The LIMIT, which limits nothing, keeps the user's conditions from reaching DuckDB's reader: it would use them to
/// pass over rows by the file's bloom filters, which lie outside the chunk's bytes, and nobody could say then how many
/// rows the chunk gave.
std::string Relation(const load::Plan& plan, const std::string& path, const load::RowRange& range) {
  std::vector<std::string> terms;
  for (const load::ParquetColumn& column : plan.parquet.columns) {
    terms.push_back(fmt::format("{} AS {}", SqlName(column.source_name), SqlName(column.name)));
  }
  if (plan.metadata_columns) {
    terms.push_back(SqlString(plan.source.uri) + " AS _file");
    terms.push_back("file_row_number AS _offset");
    terms.push_back(fmt::format("make_timestamptz(CAST({} AS BIGINT)) AS _loaded_at", plan.created_us));
  }
  return fmt::format(
      "SELECT {} FROM (SELECT * FROM {} WHERE file_row_number >= {} AND file_row_number < {} AND {}(file_row_number) "
      "LIMIT 9223372036854775807)",
      fmt::join(terms, ", "), ReadParquetCall(path), range.first_row, range.first_row + range.rows,
      RowWatch::kFunction);
}

}  // namespace

Result<ParquetChunk> FetchParquetChunk(Session& session, store::ObjectStore& store, const load::ChunkTask& task,
                                       const std::string& directory) {
  const load::Plan& plan = task.plan;
  load::ParquetFooter footer;
  footer.object_bytes = plan.source.size_bytes;
  const uint64_t length = plan.parquet.footer_bytes;
  CALVE_ASSIGN_OR_RETURN(footer.bytes, load::ReadRange(store, plan.source.uri, plan.source.version,
                                                       plan.source.size_bytes - length, length));
  if (footer.bytes.size() != length) {
    return Err(ErrorKind::kUnavailable, fmt::format("the source's last {} bytes could not be read", length));
  }
  const std::string path = directory + "/source.parquet";
  CALVE_RETURN_IF_ERROR(WriteFooter(path, footer));
  CALVE_ASSIGN_OR_RETURN(const std::vector<load::RowGroup> groups, ReadRowGroups(session.connection(), path, footer));
  ParquetChunk chunk;
  CALVE_ASSIGN_OR_RETURN(chunk.range, load::RowsOfChunk(groups, task.chunk));
  if (chunk.range.rows == 0) return chunk;
  CALVE_RETURN_IF_ERROR(CopyRange(store, task, chunk.range, path, plan.source.size_bytes, footer));
  CALVE_ASSIGN_OR_RETURN(const std::vector<ColumnChunk> columns,
                         ReadColumnChunks(session.connection(), path, groups, chunk.range));
  CALVE_RETURN_IF_ERROR(CheckPages(path, columns, task.cancel));
  chunk.relation = Relation(plan, path, chunk.range);
  session.rows().Reset(chunk.range.first_row, chunk.range.rows, &task.cancel, task.progress);
  return chunk;
}

Status CheckParquetColumns(Session& session, const load::Plan& plan) {
  CALVE_ASSIGN_OR_RETURN(
      const auto rows,
      QueryText(session.connection(), "SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM chunk)"));
  for (size_t i = 0; i < plan.parquet.columns.size(); ++i) {
    const load::ParquetColumn& column = plan.parquet.columns[i];
    if (i < rows.size() && rows[i][0] == column.name && rows[i][1] == column.type) continue;
    return Err(
        ErrorKind::kCorrupt,
        fmt::format("the plan has column {} as {}, this calve reads it as {}: finish the load with the calve that "
                    "planned it",
                    column.name, column.type, i < rows.size() ? rows[i][1].value_or("") : "nothing"));
  }
  return {};
}

Status ReadAllOfParquetChunk(Session& session, const ParquetChunk& chunk) {
  session.rows().Recount();
  // A hash wants every value; a count would not.
  const Result<QueryResult> read =
      Query(session.connection(), fmt::format("SELECT bit_xor(hash(COLUMNS(*))) FROM ({})", chunk.relation));
  if (!read.has_value()) {
    if (session.rows().error()) return std::unexpected(*session.rows().error());
    if (read.error().kind == ErrorKind::kNoSpace || IsOutOfMemory(read.error())) return std::unexpected(read.error());
    return Err(ErrorKind::kBadData, "the Parquet file is corrupt: " + read.error().message);
  }
  if (session.rows().seen() != chunk.range.rows) {
    return Err(ErrorKind::kBadData, fmt::format("the Parquet file is corrupt: {} rows where its footer says {}",
                                                session.rows().seen(), chunk.range.rows));
  }
  return {};
}

}  // namespace calve::transform
