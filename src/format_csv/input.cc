#include "format_csv/input.h"

#include <algorithm>
#include <utility>

#include "csv/boundaries.h"
#include "format_csv/pin.h"
#include "format_csv/stream.h"
#include "load/sample.h"

namespace calve::format_csv {
namespace {

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

class CsvInput final : public transform::ChunkInput {
 public:
  CsvInput(const transform::InputContext& context, csv::Dialect dialect, std::vector<csv::Column> columns)
      : context_(context), dialect_(std::move(dialect)), columns_(std::move(columns)) {}

  Result<std::optional<uint64_t>> FirstRecord() override {
    const load::ChunkTask& task = context_.task;
    if (task.pinned_start) return task.pinned_start;
    if (task.chunk.exact) return std::optional(task.chunk.start_bytes);
    const load::Plan& plan = task.plan;
    const uint64_t offset =
        std::max(plan.cuts.first, task.chunk.start_bytes - std::min(kWindowLead, task.chunk.start_bytes));
    for (const uint64_t length : kWindowBytes) {
      CALVE_ASSIGN_OR_RETURN(const std::string window,
                             load::ReadRange(context_.store, plan.source.uri, plan.source.version, offset, length));
      const bool at_end = offset + window.size() >= plan.cuts.extent;
      const auto start = csv::SpeculateFirstLine(dialect_, columns_, window, offset, task.chunk.start_bytes, at_end);
      if (start || at_end) return start;
    }
    return std::optional<uint64_t>();
  }

  Result<bool> Bind(transform::Session& session, uint64_t first) override {
    const load::ChunkTask& task = context_.task;
    const load::Plan& plan = task.plan;
    CALVE_ASSIGN_OR_RETURN(
        std::unique_ptr<store::ByteStream> bytes,
        context_.store.Open(plan.source.uri, {.offset_bytes = first,
                                              .length_bytes = std::nullopt,
                                              .if_version = plan.source.version,
                                              .expected_bytes = task.chunk.end_bytes - first + kBeyondRange}));
    csv::ReaderOptions options;
    options.max_record_bytes = plan.max_record_bytes;
    options.buffer_bytes = context_.read_buffer_bytes;
    const auto on_bad = [this](const BadRecord& record) { return context_.quarantine.Add(record); };
    CALVE_ASSIGN_OR_RETURN(std::unique_ptr<csv::ChunkReader> reader,
                           csv::ChunkReader::Make(dialect_, columns_, first, task.chunk.end_bytes,
                                                  StreamBytes(std::move(bytes), task), on_bad, options));
    stream_.emplace(std::move(reader), columns_, session.floats());
    CALVE_ASSIGN_OR_RETURN(std::vector<transform::TypedColumn> typed,
                           transform::TypedColumns(session.connection(), plan.columns));
    session.chunk().Reset(std::move(typed), plan.metadata_columns, &*stream_);
    session.chunk().SetMetadata(plan.source.uri, plan.created_us);
    session.chunk().SetProgress(task.progress);
    CALVE_RETURN_IF_ERROR(session.BindStream());
    return true;
  }

  Result<transform::ReadAccount> Finish(transform::Session& session) override {
    const csv::ReadSummary& summary = stream_->summary();
    if (session.chunk().rows() + summary.bad != summary.records ||
        summary.end_offset_bytes < context_.task.chunk.end_bytes) {
      CALVE_RETURN_IF_ERROR(session.Drain());
    }
    return transform::ReadAccount{summary.end_offset_bytes, summary.records, summary.repeated_headers,
                                  session.chunk().rows()};
  }

 private:
  const transform::InputContext context_;
  const csv::Dialect dialect_;
  const std::vector<csv::Column> columns_;
  std::optional<CsvStream> stream_;
};

}  // namespace

std::string_view CsvInputFormat::name() const { return kName; }

Result<std::unique_ptr<transform::ChunkInput>> CsvInputFormat::Open(const transform::InputContext& context) const {
  CALVE_ASSIGN_OR_RETURN(csv::Dialect dialect, DialectOf(context.task.plan));
  CALVE_ASSIGN_OR_RETURN(std::vector<csv::Column> columns, ColumnsOf(context.task.plan));
  return std::make_unique<CsvInput>(context, std::move(dialect), std::move(columns));
}

}  // namespace calve::format_csv
