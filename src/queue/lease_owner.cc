#include "queue/lease_owner.h"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <fstream>
#include <optional>
#include <sstream>
#include <vector>

#include "base/whole_number.h"

namespace calve::queue {
namespace {

std::string BootId() {
  std::string id;
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::getline(file, id);
  return id;
}

std::string PidNamespace() {
  std::array<char, 64> link{};
  const ssize_t n = readlink("/proc/self/ns/pid", link.data(), link.size());
  return n > 0 ? std::string(link.data(), static_cast<size_t>(n)) : std::string();
}

struct ProcessStat {
  char state = 0;
  std::string start_time;  // Clock ticks since boot.
};

// /proc/PID/stat, proc(5). The command (field 2) may hold anything, parentheses too: fields count from its last ')'.
std::optional<ProcessStat> ReadStat(pid_t pid) {
  std::ifstream file(fmt::format("/proc/{}/stat", pid));
  std::string line;
  if (!std::getline(file, line, '\0') && line.empty()) return std::nullopt;
  const size_t close = line.rfind(')');
  if (close == std::string::npos) return std::nullopt;
  std::istringstream fields(line.substr(close + 1));
  ProcessStat stat;
  fields >> stat.state;                                                 // Field 3.
  for (int field = 4; field <= 22; ++field) fields >> stat.start_time;  // Ends on field 22.
  if (!fields) return std::nullopt;
  return stat;
}

std::vector<std::string_view> Split(std::string_view text) {
  std::vector<std::string_view> parts;
  for (;;) {
    const size_t slash = text.find('/');
    parts.push_back(text.substr(0, slash));
    if (slash == std::string_view::npos) return parts;
    text.remove_prefix(slash + 1);
  }
}

}  // namespace

std::string CurrentOwner() {
  const pid_t pid = getpid();
  const std::optional<ProcessStat> stat = ReadStat(pid);
  return fmt::format("{}/{}/{}/{}", BootId(), PidNamespace(), pid, stat ? stat->start_time : "");
}

Liveness OwnerLiveness(std::string_view owner) {
  const std::vector<std::string_view> parts = Split(owner);
  if (parts.size() != 4) return Liveness::kUnknown;
  const std::string boot = BootId();
  if (boot.empty() || parts[0].empty()) return Liveness::kUnknown;
  if (parts[0] != boot) return Liveness::kDead;
  // In another PID namespace (another container) the same number is another process.
  if (parts[1].empty() || parts[1] != PidNamespace()) return Liveness::kUnknown;
  const pid_t pid = WholeNumber<pid_t>(parts[2]).value_or(0);
  if (pid <= 0) return Liveness::kUnknown;
  if (kill(pid, 0) != 0 && errno == ESRCH) return Liveness::kDead;
  const std::optional<ProcessStat> stat = ReadStat(pid);
  if (!stat) return Liveness::kAlive;  // It is there, but /proc hides it from us (hidepid).
  if (stat->state == 'Z' || stat->state == 'X') return Liveness::kDead;
  if (!parts[3].empty() && parts[3] != stat->start_time) return Liveness::kDead;
  return Liveness::kAlive;
}

}  // namespace calve::queue
