#include "transform/processor.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <utility>

#include "base/scratch.h"
#include "csv/boundaries.h"
#include "load/sample.h"
#include "transform/parquet_chunk.h"
#include "transform/parquet_writer.h"
#include "transform/quarantine.h"

namespace calve::transform {
namespace {

namespace fs = std::filesystem;

/// A guess looks at this much first, and if it shows no line start at this much.
constexpr uint64_t kWindowBytes[] = {256U << 10U, 8U << 20U};
/// What is read behind the range, to its last record's end, is rarely more.
constexpr uint64_t kBeyondRange = 64U << 10U;
/// The window begins this much before the range: enough for any record delimiter.
constexpr uint64_t kWindowLead = 64;

/// Pulls the source from `start` on; looks at the cancel flag, counts progress.
csv::ReadBytes StreamBytes(std::unique_ptr<store::ByteStream> stream, const load::ChunkTask& task) {
  std::shared_ptr<store::ByteStream> shared = std::move(stream);
  return [shared, &task](std::span<std::byte> buffer) -> Result<size_t> {
    if (task.cancel.cancelled()) return Err(ErrorKind::kCancelled, "stopped in the middle of a chunk");
    Result<size_t> n = shared->Read(buffer);
    if (n.has_value() && task.progress != nullptr) task.progress->bytes_read += *n;
    return n;
  };
}

Error Located(Error error, const load::ChunkTask& task) {
  error.message = fmt::format("{}, chunk {} (bytes {} to {}): {}", task.plan.source.uri, task.chunk.index,
                              task.chunk.start_bytes, task.chunk.end_bytes, error.message);
  return error;
}

load::ChunkResult EmptyResult(const load::ChunkTask& task) {
  load::ChunkResult result;
  result.load_id = task.plan.load_id;
  result.chunk = task.chunk.index;
  result.attempt_id = task.attempt_id;
  result.pinned_start = task.pinned_start;
  return result;
}

}  // namespace

Result<std::unique_ptr<DuckDbProcessor>> DuckDbProcessor::Make(store::ObjectStore& store,
                                                               const ProcessorOptions& options) {
  CALVE_RETURN_IF_ERROR(MakeScratchFolder(options.scratch_dir, Durable::kYes));
  CALVE_ASSIGN_OR_RETURN(std::unique_ptr<Session> session,
                         Session::Make({options.scratch_dir, options.memory_limit_bytes}));
  return std::unique_ptr<DuckDbProcessor>(new DuckDbProcessor(store, options, std::move(session)));
}

DuckDbProcessor::~DuckDbProcessor() {
  session_.reset();
  std::error_code ignored;
  fs::remove_all(options_.scratch_dir, ignored);
}

Result<load::ChunkResult> DuckDbProcessor::Process(const load::ChunkTask& task) {
  const std::string directory = options_.scratch_dir + "/" + task.attempt_id;
  const auto run = [&](bool dictionaries) -> Result<load::ChunkResult> {
    CALVE_RETURN_IF_ERROR(MakeScratchFolder(directory, Durable::kNo));
    const bool parquet = task.plan.format == load::SourceFormat::kParquet;
    session_->floats().Reset(dictionaries, parquet || !task.plan.row_preserving);
    return parquet ? RunParquet(task, directory) : Run(task, directory);
  };
  Result<load::ChunkResult> result = run(task.plan.write.dictionary_size_limit > 0);
  if (!result.has_value() && session_->floats().must_write_plainly()) {
    std::error_code ignored;
    fs::remove_all(directory, ignored);
    result = run(false);
  }
  session_->chunk().Reset({}, false, nullptr);
  session_->rows().Reset(0, 0, nullptr, nullptr);
  std::error_code ignored;
  fs::remove_all(directory, ignored);
  if (!result.has_value()) CALVE_RETURN_IF_ERROR(Revive());
  if (!result.has_value()) return std::unexpected(Located(std::move(result).error(), task));
  return result;
}

Result<load::ChunkResult> DuckDbProcessor::Run(const load::ChunkTask& task, const std::string& directory) {
  const auto began = std::chrono::steady_clock::now();
  const load::Plan& plan = task.plan;
  load::ChunkResult result = EmptyResult(task);
  CALVE_ASSIGN_OR_RETURN(const std::optional<uint64_t> start, FindStart(task));
  if (!start) {
    result.undecided = true;
    return result;
  }
  result.first_offset_bytes = *start;
  result.end_offset_bytes = *start;
  if (*start >= task.chunk.end_bytes) return result;  // One long record covers the whole range: nothing begins here.

  CALVE_ASSIGN_OR_RETURN(
      std::unique_ptr<store::ByteStream> stream,
      store_.Open(plan.source.uri, {.offset_bytes = *start,
                                    .length_bytes = std::nullopt,
                                    .if_version = plan.source.version,
                                    .expected_bytes = task.chunk.end_bytes - *start + kBeyondRange}));
  QuarantineWriter quarantine(directory + "/quarantine.jsonl", plan.source.uri, task.chunk.index);
  const auto on_bad = [&](csv::BadRecord record) -> Status {
    if (plan.bad_records.fail) {
      return Err(ErrorKind::kBadData,
                 fmt::format("bad record at byte {}{}: {} (--on-bad-record fail)", record.offset_bytes,
                             record.column.empty() ? "" : ", column " + record.column, record.reason));
    }
    CALVE_RETURN_IF_ERROR(quarantine.Add(record));
    if (task.progress != nullptr) ++task.progress->quarantined;
    if (plan.bad_records.max_count && quarantine.count() > *plan.bad_records.max_count) {
      return Err(ErrorKind::kBadData,
                 fmt::format("more than {} bad records (--max-bad-records); the last at byte {}{}: {}",
                             *plan.bad_records.max_count, record.offset_bytes,
                             record.column.empty() ? "" : ", column " + record.column, record.reason));
    }
    return {};
  };
  csv::ReaderOptions reader_options;
  reader_options.max_record_bytes = plan.max_record_bytes;
  reader_options.buffer_bytes = options_.read_buffer_bytes;
  CALVE_ASSIGN_OR_RETURN(const std::unique_ptr<csv::ChunkReader> reader,
                         csv::ChunkReader::Make(plan.dialect, plan.columns, *start, task.chunk.end_bytes,
                                                StreamBytes(std::move(stream), task), on_bad, reader_options));
  session_->chunk().Reset(plan.columns, plan.metadata_columns, nullptr);
  CALVE_RETURN_IF_ERROR(session_->Prepare(plan.sql));
  session_->chunk().Reset(plan.columns, plan.metadata_columns, reader.get());
  session_->chunk().SetMetadata(plan.source.uri, plan.created_us);
  session_->chunk().SetProgress(task.progress);
  CALVE_RETURN_IF_ERROR(MakeScratchFolder(directory + "/out", Durable::kNo));
  CALVE_ASSIGN_OR_RETURN(std::vector<WrittenFile> files, WriteParquet(*session_, plan, directory + "/out"));

  // A LIMIT in the SQL stops pulling before the range is done; the rest is read all the same, so that every record is
  // accounted for and the end is known.
  const csv::ReadSummary& summary = reader->summary();
  if (session_->chunk().rows() + summary.bad != summary.records || summary.end_offset_bytes < task.chunk.end_bytes) {
    CALVE_RETURN_IF_ERROR(session_->Drain());
  }
  result.end_offset_bytes = summary.end_offset_bytes;
  result.records = summary.records;
  result.quarantined = summary.bad;
  result.repeated_headers = summary.repeated_headers;
  result.rows_in = session_->chunk().rows();
  result.first_bad = quarantine.first();
  if (result.rows_in + result.quarantined != result.records || quarantine.count() != summary.bad) {
    return Err(ErrorKind::kInternal, fmt::format("{} records, but {} rows and {} bad ones: they do not add up",
                                                 result.records, result.rows_in, result.quarantined));
  }
  CALVE_RETURN_IF_ERROR(quarantine.Close());
  if (quarantine.count() > 0) {
    CALVE_RETURN_IF_ERROR(store_.PutFile(task.quarantine_uri, quarantine.path(), store::PutMode::kOverwrite));
    result.quarantine_uri = task.quarantine_uri;
  }
  CALVE_RETURN_IF_ERROR(Publish(task, std::move(files), result));
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  return result;
}

Result<load::ChunkResult> DuckDbProcessor::RunParquet(const load::ChunkTask& task, const std::string& directory) {
  const auto began = std::chrono::steady_clock::now();
  const load::Plan& plan = task.plan;
  load::ChunkResult result = EmptyResult(task);
  CALVE_ASSIGN_OR_RETURN(const ParquetChunk chunk, FetchParquetChunk(*session_, store_, task, directory));
  result.first_offset_bytes = task.chunk.start_bytes;
  result.end_offset_bytes = task.chunk.end_bytes;
  result.records = result.rows_in = chunk.range.rows;
  if (chunk.range.rows == 0) return result;

  CALVE_RETURN_IF_ERROR(session_->PrepareOver(chunk.relation, plan.sql));
  CALVE_RETURN_IF_ERROR(CheckParquetColumns(*session_, plan));
  CALVE_RETURN_IF_ERROR(MakeScratchFolder(directory + "/out", Durable::kNo));
  Result<std::vector<WrittenFile>> files = WriteParquet(*session_, plan, directory + "/out");
  if (!files.has_value()) return std::unexpected(Judge(chunk, std::move(files).error()));
  // A LIMIT in the SQL stops pulling early; the rest is read all the same, so that every record is accounted for.
  if (session_->rows().seen() != chunk.range.rows) CALVE_RETURN_IF_ERROR(ReadAllOfParquetChunk(*session_, chunk));
  CALVE_RETURN_IF_ERROR(Publish(task, *std::move(files), result));
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  return result;
}

Error DuckDbProcessor::Judge(const ParquetChunk& chunk, Error error) {
  if ((error.kind != ErrorKind::kInternal && error.kind != ErrorKind::kUnavailable) || IsOutOfMemory(error)) {
    return error;
  }
  if (!Revive().has_value()) return error;
  session_->rows().Reset(chunk.range.first_row, chunk.range.rows, nullptr, nullptr);
  Status read = ReadAllOfParquetChunk(*session_, chunk);
  return read.has_value() || read.error().kind != ErrorKind::kBadData ? error : std::move(read).error();
}

Status DuckDbProcessor::Revive() {
  if (session_->IsAlive()) return {};
  CALVE_ASSIGN_OR_RETURN(session_, Session::Make({options_.scratch_dir, options_.memory_limit_bytes}));
  return {};
}

Result<std::optional<uint64_t>> DuckDbProcessor::FindStart(const load::ChunkTask& task) {
  if (task.pinned_start) return task.pinned_start;
  if (task.chunk.exact) return std::optional(task.chunk.start_bytes);
  const load::Plan& plan = task.plan;
  const uint64_t offset =
      std::max(plan.dialect.data_offset_bytes, task.chunk.start_bytes - std::min(kWindowLead, task.chunk.start_bytes));
  for (const uint64_t length : kWindowBytes) {
    CALVE_ASSIGN_OR_RETURN(const std::string window,
                           load::ReadRange(store_, plan.source.uri, plan.source.version, offset, length));
    const bool at_end = offset + window.size() >= plan.source.size_bytes;
    const auto start =
        csv::SpeculateFirstLine(plan.dialect, plan.columns, window, offset, task.chunk.start_bytes, at_end);
    if (start || at_end) return start;
  }
  return std::optional<uint64_t>();
}

/// Moves the files to their final places: <data>/<partition>/<load>-<chunk>-<attempt>[-n].parquet. Two attempts never
/// share a path. On an error those already moved are removed again.
Status DuckDbProcessor::Publish(const load::ChunkTask& task, std::vector<WrittenFile> files,
                                load::ChunkResult& result) {
  std::vector<std::string> published;
  for (size_t i = 0; i < files.size(); ++i) {
    iceberg::DataFile& file = files[i].file;
    const std::string folder = files[i].partition_path.empty() ? "" : files[i].partition_path + "/";
    const std::string uri = fmt::format("{}/{}{}-{:06}-{}-{:03}.parquet", task.plan.target.data_location, folder,
                                        task.plan.load_id, task.chunk.index, task.attempt_id, i);
    published.push_back(uri);
    // The name holds a fresh uuid, so overwriting can only repeat ourselves; put-if-absent would take the echo of a
    // repeated request for somebody else's file.
    Status put = store_.PutFile(uri, file.file_path, store::PutMode::kOverwrite);
    if (!put.has_value()) {
      if (!result.quarantine_uri.empty()) published.push_back(result.quarantine_uri);
      static_cast<void>(store_.Delete(published));  // Nobody knows of them; what stays is an orphan, no harm.
      return put;
    }
    file.file_path = uri;
    result.rows_out += static_cast<uint64_t>(file.record_count);
    result.files.push_back(std::move(file));
  }
  return {};
}

}  // namespace calve::transform
