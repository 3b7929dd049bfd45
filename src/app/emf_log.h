// What was done as CloudWatch metrics: one line of embedded metric format for each message.
#pragma once

#include <cstdio>
#include <string>

#include "app/worker.h"
#include "base/clock.h"

namespace calve::app {

/// Metrics in the namespace `calve`, dimension FunctionName: rows, quarantined, bytes_in, bytes_out, loads_planned,
/// loads_committed, loads_failed, retries, conflicts, dead_letters, seconds_plan, seconds_process, seconds_publish,
/// seconds_commit. Thread-safe: a line is one write.
class EmfLog final : public WorkObserver {
 public:
  EmfLog(std::FILE* out, std::string function_name, Clock& clock)
      : out_(out), function_name_(std::move(function_name)), clock_(clock) {}

  void OnIntake(const IntakeResult& result, const queue::Delivery& delivery) override;
  void OnChunk(const ChunkEvent& event) override;
  void OnTrouble(const std::string& /*what*/) override {}

 private:
  std::FILE* out_;
  const std::string function_name_;
  Clock& clock_;
};

}  // namespace calve::app
