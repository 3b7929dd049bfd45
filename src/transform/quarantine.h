// Bad records of one attempt, as JSON Lines (docs/ledger-format.md, "Quarantine").
#pragma once

#include <cstdint>
#include <fstream>
#include <optional>
#include <string>

#include "base/error.h"
#include "csv/reader.h"
#include "load/chunk_result.h"

namespace calve::transform {

/// Writes to a local file, which is published when the attempt is. Not thread-safe.
class QuarantineWriter {
 public:
  /// `path` is created with the first record. `source` and `chunk` stand in every line.
  QuarantineWriter(std::string path, std::string source, int chunk)
      : path_(std::move(path)), source_(std::move(source)), chunk_(chunk) {}

  Status Add(const csv::BadRecord& record);
  /// Makes what was added durable enough to publish.
  Status Close();

  uint64_t count() const { return count_; }
  const std::string& path() const { return path_; }
  const std::optional<load::FirstBadRecord>& first() const { return first_; }

 private:
  std::string path_;
  std::string source_;
  int chunk_;
  std::ofstream file_;
  uint64_t count_ = 0;
  std::optional<load::FirstBadRecord> first_;
};

}  // namespace calve::transform
