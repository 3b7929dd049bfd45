// What a worker does, as log lines: one for each message, with load, chunk, attempt and request id.
#pragma once

#include "app/worker.h"

namespace calve::app {

/// Writes through spdlog's default logger: with the JSON formatter each line is an object, and the names below are its
/// fields. Never a payload: sources and reasons only. Thread-safe.
class WorkLog final : public WorkObserver {
 public:
  void OnIntake(const IntakeResult& result, const queue::Delivery& delivery) override;
  void OnChunk(const ChunkEvent& event) override;
  void OnTrouble(const std::string& what) override;
};

/// Tells several observers. They outlive it.
class WorkObservers final : public WorkObserver {
 public:
  explicit WorkObservers(std::vector<WorkObserver*> observers) : observers_(std::move(observers)) {}
  void OnIntake(const IntakeResult& result, const queue::Delivery& delivery) override;
  void OnChunk(const ChunkEvent& event) override;
  void OnTrouble(const std::string& what) override;

 private:
  std::vector<WorkObserver*> observers_;
};

}  // namespace calve::app
