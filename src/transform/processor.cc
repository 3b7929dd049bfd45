#include "transform/processor.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <utility>

#include "base/scratch.h"
#include "load/text_store.h"
#include "transform/data_file_writer.h"

namespace calve::transform {
namespace {

namespace fs = std::filesystem;

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

Result<std::unique_ptr<DuckDbProcessor>> DuckDbProcessor::Make(store::ObjectStore& store, const InputFormats& formats,
                                                               const ProcessorOptions& options) {
  CALVE_RETURN_IF_ERROR(MakeScratchFolder(options.scratch_dir, Durable::kYes));
  CALVE_ASSIGN_OR_RETURN(std::unique_ptr<Session> session,
                         Session::Make({options.scratch_dir, options.memory_limit_bytes}));
  return std::unique_ptr<DuckDbProcessor>(new DuckDbProcessor(store, formats, options, std::move(session)));
}

DuckDbProcessor::~DuckDbProcessor() {
  session_.reset();
  std::error_code ignored;
  fs::remove_all(options_.scratch_dir, ignored);
}

Result<load::ChunkResult> DuckDbProcessor::Process(const load::ChunkTask& task) {
  CALVE_ASSIGN_OR_RETURN(const InputFormat* format, FindFormat(task.plan.format));
  const std::string directory = options_.scratch_dir + "/" + task.attempt_id;
  const auto run = [&](bool dictionaries) -> Result<load::ChunkResult> {
    CALVE_RETURN_IF_ERROR(MakeScratchFolder(directory, Durable::kNo));
    session_->floats().Reset(dictionaries, !format->looks_at_floats() || !task.plan.row_preserving);
    return Run(*format, task, directory);
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

Result<const InputFormat*> DuckDbProcessor::FindFormat(const std::string& name) const {
  const auto it = std::ranges::find(formats_, name, [](const auto& format) { return format->name(); });
  if (it != formats_.end()) return it->get();
  return Err(ErrorKind::kInvalidArgument,
             fmt::format("the plan's source is '{}', which this calve does not read", name));
}

Result<load::ChunkResult> DuckDbProcessor::Run(const InputFormat& format, const load::ChunkTask& task,
                                               const std::string& directory) {
  const auto began = std::chrono::steady_clock::now();
  load::ChunkResult result = EmptyResult(task);
  Quarantine quarantine(task, directory + "/quarantine.jsonl");
  std::optional<load::TextStore> text;
  if (task.plan.encoding) text.emplace(store_, task.plan.source, *task.plan.encoding, "");
  store::ObjectStore& source = text ? static_cast<store::ObjectStore&>(*text) : store_;
  CALVE_ASSIGN_OR_RETURN(const std::unique_ptr<ChunkInput> input,
                         format.Open({source, task, directory, options_.read_buffer_bytes, quarantine}));
  CALVE_ASSIGN_OR_RETURN(const std::optional<uint64_t> first, input->FirstRecord());
  if (!first) {
    result.undecided = true;
    return result;
  }
  result.first_offset_bytes = *first;
  result.end_offset_bytes = *first;
  if (*first >= task.chunk.end_bytes) return result;  // One long record covers the whole range: nothing begins here.
  CALVE_ASSIGN_OR_RETURN(const bool any, input->Bind(*session_, *first));
  if (!any) {
    result.end_offset_bytes = task.chunk.end_bytes;
    return result;
  }
  CALVE_ASSIGN_OR_RETURN(std::vector<WrittenFile> files, Transform(task, *input, directory, result));
  if (result.rows_in + quarantine.count() != result.records) {
    return Err(ErrorKind::kInternal, fmt::format("{} records, but {} rows and {} bad ones: they do not add up",
                                                 result.records, result.rows_in, quarantine.count()));
  }
  CALVE_RETURN_IF_ERROR(quarantine.Publish(store_, result));
  CALVE_RETURN_IF_ERROR(Publish(task, std::move(files), result));
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  return result;
}

Result<std::vector<WrittenFile>> DuckDbProcessor::Transform(const load::ChunkTask& task, ChunkInput& input,
                                                            const std::string& directory, load::ChunkResult& result) {
  CALVE_RETURN_IF_ERROR(session_->Prepare(task.plan.sql));
  CALVE_RETURN_IF_ERROR(MakeScratchFolder(directory + "/out", Durable::kNo));
  Result<std::vector<WrittenFile>> files = WriteDataFiles(*session_, task.plan, directory + "/out");
  if (!files.has_value()) {
    if (!Revive().has_value()) return files;
    return std::unexpected(input.Judge(*session_, std::move(files).error()));
  }
  CALVE_ASSIGN_OR_RETURN(const ReadAccount account, input.Finish(*session_));
  result.end_offset_bytes = account.end_offset_bytes;
  result.records = account.records;
  result.repeated_headers = account.repeated_headers;
  result.rows_in = account.rows;
  return files;
}

Status DuckDbProcessor::Revive() {
  if (session_->IsAlive()) return {};
  CALVE_ASSIGN_OR_RETURN(session_, Session::Make({options_.scratch_dir, options_.memory_limit_bytes}));
  return {};
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
