// What a worker has done, as counters.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "app/worker.h"

namespace calve::app {

/// Sums of everything since the process began. Thread-safe.
class WorkMetrics final : public WorkObserver {
 public:
  void OnIntake(const IntakeResult& result, const queue::Delivery& delivery) override;
  void OnChunk(const ChunkEvent& event) override;
  void OnTrouble(const std::string& what) override;

  /// Prometheus text exposition format 0.0.4.
  std::string Text(bool ready) const;

 private:
  using Counter = std::atomic<uint64_t>;

  Counter sources_planned_{0};
  Counter sources_known_{0};
  Counter messages_acknowledged_{0};
  Counter messages_retried_{0};
  Counter messages_dead_{0};
  Counter chunks_done_{0};
  Counter chunks_redone_{0};
  Counter chunks_retried_{0};
  Counter chunks_dead_{0};
  Counter records_{0};
  Counter rows_{0};
  Counter quarantined_{0};
  Counter bytes_in_{0};
  Counter bytes_out_{0};
  Counter files_{0};
  Counter commits_{0};
  Counter conflicts_{0};
  Counter loads_failed_{0};
  Counter troubles_{0};
  Counter plan_ms_{0};
  Counter work_ms_{0};
  Counter finish_ms_{0};
};

}  // namespace calve::app
