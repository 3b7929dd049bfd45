// Checks the user's SQL at planning, against a chunk without rows.
#pragma once

#include <functional>
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
  /// `private_dir`: a folder of its own, which is there only while WithSession needs it.
  static Result<std::unique_ptr<DuckDbDescriber>> Make(const std::string& private_dir);

  Result<load::Described> Describe(const load::Plan& plan) override;
  /// Lends the session to a format that looks at sources with it, and a folder that is there as long as that takes.
  Status WithSession(const std::function<Status(Session&, const std::string& directory)>& work);

 private:
  /// What WhyNotRowWise says of the prepared SQL.
  Result<std::optional<std::string>> JudgeRows();
  /// A broken source may break DuckDB itself.
  Status Revive();

  explicit DuckDbDescriber(std::unique_ptr<Session> session) : session_(std::move(session)) {}

  std::mutex mutex_;
  std::unique_ptr<Session> session_;
};

}  // namespace calve::transform
