#include "format_parquet/input.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

#include "format_parquet/file.h"
#include "format_parquet/pages.h"
#include "format_parquet/pin.h"
#include "format_parquet/sparse_file.h"
#include "load/sample.h"

namespace calve::format_parquet {
namespace {

constexpr uint64_t kCopyBytes = 1U << 20U;

Status CopyRange(store::ObjectStore& store, const load::ChunkTask& task, const RowRange& range, const std::string& path,
                 uint64_t object_bytes, const ParquetFooter& footer) {
  const load::Source& source = task.plan.source;
  const uint64_t length = range.end_bytes - range.first_bytes;
  CALVE_ASSIGN_OR_RETURN(const std::unique_ptr<store::ByteStream> stream,
                         store.Open(source.uri, {.offset_bytes = range.first_bytes,
                                                 .length_bytes = length,
                                                 .if_version = source.version,
                                                 .expected_bytes = length}));
  CALVE_ASSIGN_OR_RETURN(SparseFile file, SparseFile::Make(path, object_bytes));
  CALVE_RETURN_IF_ERROR(file.Write(0, kParquetMagic));
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
std::string Relation(const load::Plan& plan, const std::string& path, const RowRange& range) {
  std::vector<std::string> terms;
  for (const load::SourceColumn& column : plan.columns) {
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
      transform::RowWatch::kFunction);
}

/// kCorrupt when `chunk` has other columns than the plan.
Status CheckColumns(transform::Session& session, const load::Plan& plan) {
  CALVE_ASSIGN_OR_RETURN(const auto rows,
                         transform::QueryText(session.connection(),
                                              "SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM chunk)"));
  for (size_t i = 0; i < plan.columns.size(); ++i) {
    const load::SourceColumn& column = plan.columns[i];
    if (i < rows.size() && rows[i][0] == column.name && rows[i][1] == column.type) continue;
    return Err(
        ErrorKind::kCorrupt,
        fmt::format("the plan has column {} as {}, this calve reads it as {}: finish the load with the calve that "
                    "planned it",
                    column.name, column.type, i < rows.size() ? rows[i][1].value_or("") : "nothing"));
  }
  return {};
}

class ParquetInput final : public transform::ChunkInput {
 public:
  ParquetInput(const transform::InputContext& context, uint64_t footer_bytes)
      : context_(context), footer_bytes_(footer_bytes) {}

  Result<std::optional<uint64_t>> FirstRecord() override { return std::optional(context_.task.chunk.start_bytes); }

  /// Fetches the footer and the chunk's bytes into the attempt's folder. kBadData for a footer that cannot be read, and
  /// pages that are not what it says; kConflict when the source was replaced, kCancelled.
  Result<bool> Bind(transform::Session& session, uint64_t /*first*/) override {
    const load::ChunkTask& task = context_.task;
    const load::Plan& plan = task.plan;
    ParquetFooter footer;
    footer.object_bytes = plan.source.size_bytes;
    CALVE_ASSIGN_OR_RETURN(footer.bytes, load::ReadRange(context_.store, plan.source.uri, plan.source.version,
                                                         plan.source.size_bytes - footer_bytes_, footer_bytes_));
    if (footer.bytes.size() != footer_bytes_) {
      return Err(ErrorKind::kUnavailable, fmt::format("the source's last {} bytes could not be read", footer_bytes_));
    }
    const std::string path = context_.directory + "/source.parquet";
    CALVE_RETURN_IF_ERROR(WriteFooter(path, footer));
    CALVE_ASSIGN_OR_RETURN(const std::vector<RowGroup> groups, ReadRowGroups(session.connection(), path, footer));
    CALVE_ASSIGN_OR_RETURN(range_, RowsOfChunk(groups, task.chunk));
    if (range_.rows == 0) return false;
    CALVE_RETURN_IF_ERROR(CopyRange(context_.store, task, range_, path, plan.source.size_bytes, footer));
    CALVE_ASSIGN_OR_RETURN(const std::vector<ColumnChunk> columns,
                           ReadColumnChunks(session.connection(), path, groups, range_));
    CALVE_RETURN_IF_ERROR(CheckPages(path, columns, task.cancel));
    relation_ = Relation(plan, path, range_);
    session.rows().Reset(range_.first_row, range_.rows, &task.cancel, task.progress);
    CALVE_RETURN_IF_ERROR(session.BindRelation(relation_));
    CALVE_RETURN_IF_ERROR(CheckColumns(session, plan));
    return true;
  }

  Result<transform::ReadAccount> Finish(transform::Session& session) override {
    if (session.rows().seen() != range_.rows) CALVE_RETURN_IF_ERROR(ReadAll(session));
    return transform::ReadAccount{context_.task.chunk.end_bytes, range_.rows, 0, range_.rows};
  }

  Error Judge(transform::Session& session, Error error) override {
    if ((error.kind != ErrorKind::kInternal && error.kind != ErrorKind::kUnavailable) ||
        transform::IsOutOfMemory(error)) {
      return error;
    }
    session.rows().Reset(range_.first_row, range_.rows, nullptr, nullptr);
    Status read = ReadAll(session);
    return read.has_value() || read.error().kind != ErrorKind::kBadData ? error : std::move(read).error();
  }

 private:
  /// Reads all of the chunk without the user's SQL, and throws it away. kBadData when that cannot be done.
  Status ReadAll(transform::Session& session) {
    session.rows().Recount();
    // A hash wants every value; a count would not.
    const auto read = session.Run(fmt::format("SELECT bit_xor(hash(COLUMNS(*))) FROM ({})", relation_));
    if (!read.has_value()) {
      if (read.error().kind == ErrorKind::kCancelled || read.error().kind == ErrorKind::kNoSpace ||
          transform::IsOutOfMemory(read.error())) {
        return std::unexpected(read.error());
      }
      return Err(ErrorKind::kBadData, "the Parquet file is corrupt: " + read.error().message);
    }
    if (session.rows().seen() == range_.rows) return {};
    return Err(ErrorKind::kBadData, fmt::format("the Parquet file is corrupt: {} rows where its footer says {}",
                                                session.rows().seen(), range_.rows));
  }

  const transform::InputContext context_;
  const uint64_t footer_bytes_;
  RowRange range_;
  std::string relation_;  ///< The SELECT that `chunk` is a view of.
};

}  // namespace

std::string_view ParquetInputFormat::name() const { return kName; }

Result<std::unique_ptr<transform::ChunkInput>> ParquetInputFormat::Open(const transform::InputContext& context) const {
  CALVE_ASSIGN_OR_RETURN(const uint64_t footer_bytes, FooterBytesOf(context.task.plan));
  return std::make_unique<ParquetInput>(context, footer_bytes);
}

}  // namespace calve::format_parquet
