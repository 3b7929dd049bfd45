// A chunk processor without an engine: a source is lines, a data file is the lines of a chunk. Everything else (ranges,
// guesses, attempts, publishing) is as the real one does it, through the same store.
#pragma once

#include <fmt/format.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "load/processor.h"
#include "load/sample.h"
#include "load/text_store.h"
#include "store/object_store.h"

namespace calve::load {

/// What it guesses for a chunk that is not exact: the true first line start, another, or nullopt ("undecided").
using Guess = std::function<std::optional<uint64_t>(int chunk, uint64_t true_start)>;

class LineProcessor final : public ChunkProcessor {
 public:
  LineProcessor(store::ObjectStore& store, Guess guess) : store_(store), guess_(std::move(guess)) {}

  /// How often it was asked to.
  int processed() const { return processed_; }

  Result<ChunkResult> Process(const ChunkTask& task) override {
    ++processed_;
    const Plan& plan = task.plan;
    std::optional<TextStore> decoded;
    if (plan.encoding) decoded.emplace(store_, plan.source, *plan.encoding, "");
    store::ObjectStore& store = decoded ? static_cast<store::ObjectStore&>(*decoded) : store_;
    // What the chunk needs, read where it is: from behind the line before it.
    const uint64_t from = task.chunk.start_bytes - std::min<uint64_t>(task.chunk.start_bytes, 1);
    CALVE_ASSIGN_OR_RETURN(const std::string rest,
                           ReadRange(store, plan.source.uri, plan.source.version, from, plan.cuts.extent - from));
    const std::string text = std::string(from, ' ') + rest;
    ChunkResult result;
    result.load_id = plan.load_id;
    result.chunk = task.chunk.index;
    result.attempt_id = task.attempt_id;
    result.pinned_start = task.pinned_start;
    uint64_t start = LineStart(text, task.chunk.start_bytes);
    if (task.pinned_start) {
      start = *task.pinned_start;
    } else if (!task.chunk.exact) {
      const auto guessed = guess_(task.chunk.index, start);
      if (!guessed) {
        result.undecided = true;
        return result;
      }
      start = *guessed;
    }
    result.first_offset_bytes = start;
    std::string lines;
    while (start < task.chunk.end_bytes && start < text.size()) {
      const size_t end = text.find('\n', start);
      const size_t next = end == std::string::npos ? text.size() : end + 1;
      lines += text.substr(start, next - start);
      start = next;
      ++result.records;
    }
    result.end_offset_bytes = start;
    result.rows_in = result.rows_out = result.records;
    if (result.records == 0) return result;
    iceberg::DataFile file;
    file.file_path = fmt::format("{}/{}-{:06}-{}.parquet", plan.target.data_location, plan.load_id, task.chunk.index,
                                 task.attempt_id);
    file.record_count = static_cast<int64_t>(result.records);
    file.file_size_bytes = static_cast<int64_t>(lines.size());
    Status put = store_.Put(file.file_path, lines, store::PutMode::kOverwrite);
    if (!put.has_value()) return std::unexpected(std::move(put).error());
    result.files.push_back(std::move(file));
    return result;
  }

  static uint64_t LineStart(const std::string& text, uint64_t offset) {
    if (offset == 0 || text[offset - 1] == '\n') return offset;
    const size_t end = text.find('\n', offset);
    return end == std::string::npos ? text.size() : end + 1;
  }

 private:
  store::ObjectStore& store_;
  Guess guess_;
  int processed_ = 0;
};

}  // namespace calve::load
