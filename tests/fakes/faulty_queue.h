// A queue whose calls fail by plan; fault_plan.h describes the method.
#pragma once

#include <fmt/format.h>

#include <string_view>
#include <vector>

#include "fakes/fault_plan.h"
#include "queue/queue.h"

namespace calve::queue {

/// Each method is one call. A Receive done twice takes two batches and loses the first: its messages come back when
/// their visibility runs out.
class FaultyQueue final : public Queue {
 public:
  FaultyQueue(Queue& inner, FaultInjector& faults) : inner_(inner), faults_(faults) {}

  int calls() const { return faults_.calls(); }

  Status Send(std::span<const Message> messages) override {
    return faults_.Run("Send", [&] { return inner_.Send(messages); });
  }
  Result<std::vector<Delivery>> Receive(int max, std::chrono::milliseconds visibility,
                                        std::chrono::milliseconds wait) override {
    return faults_.Run("Receive", [&] { return inner_.Receive(max, visibility, wait); });
  }
  Status Extend(std::string_view receipt, std::chrono::milliseconds visibility) override {
    return faults_.Run(fmt::format("Extend {}", receipt), [&] { return inner_.Extend(receipt, visibility); });
  }
  Status Delete(std::string_view receipt) override {
    return faults_.Run(fmt::format("Delete {}", receipt), [&] { return inner_.Delete(receipt); });
  }
  Status Fail(const Delivery& delivery, std::string_view reason, FailMode mode,
              std::chrono::milliseconds delay) override {
    return faults_.Run(fmt::format("Fail {}: {}", delivery.receipt, reason),
                       [&] { return inner_.Fail(delivery, reason, mode, delay); });
  }
  Result<QueueStats> Stats() override {
    return faults_.Run("Stats", [&] { return inner_.Stats(); });
  }

 private:
  Queue& inner_;
  FaultInjector& faults_;
};

}  // namespace calve::queue
