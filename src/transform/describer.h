// Checks the user's SQL at planning, against a chunk without rows.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "load/processor.h"
#include "transform/session.h"

namespace calve::transform {

/// Thread-safe.
class DuckDbDescriber final : public load::SqlDescriber {
 public:
  /// `private_dir`: a folder of its own, which is there only while a Parquet footer in it is looked at.
  static Result<std::unique_ptr<DuckDbDescriber>> Make(const std::string& private_dir);

  Result<load::Described> Describe(const load::Plan& plan) override;
  Result<load::ParquetFile> InspectParquet(const load::ParquetFooter& footer, const iceberg::Schema* table) override;

 private:
  Status SetColumns(const load::Plan& plan);
  /// What WhyNotRowWise says of the prepared SQL.
  Result<std::optional<std::string>> JudgeRows();
  /// A broken footer may break DuckDB itself.
  Status Revive();

  explicit DuckDbDescriber(std::unique_ptr<Session> session) : session_(std::move(session)) {}

  std::mutex mutex_;
  std::unique_ptr<Session> session_;
};

}  // namespace calve::transform
