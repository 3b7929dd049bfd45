// Who holds a lease, and whether that process still lives.
#pragma once

#include <string>
#include <string_view>

namespace calve::queue {

enum class Liveness {
  kAlive,
  kDead,     ///< Proven: another boot, no such process, a zombie, or its number belongs to a younger process.
  kUnknown,  ///< Not ours to judge (another PID namespace, an owner of another form): its lease has to run out.
};

/// This process as "boot-id/pid-namespace/pid/start-time" (proc(5): sys/kernel/random/boot_id, ns/pid, stat field 22).
/// Parts that the system does not tell are empty.
std::string CurrentOwner();

/// Whether the process that `owner` (made by CurrentOwner) names lives. Only kDead where that is proven.
Liveness OwnerLiveness(std::string_view owner);

}  // namespace calve::queue
