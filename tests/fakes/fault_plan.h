// Which call fails, and how. The method of the fault suites:
//
// Every call to a faked service (store, stream, queue, ...) asks one FaultInjector first. The injector numbers the
// calls 0, 1, 2 ... over all the services that share it, and its policy says what happens to each:
//   kFailBefore  kUnavailable, without any effect
//   kFailAfter   it is done, then kUnavailable: the answer was lost
//   kLate        it is done, the answer comes `late_by` later (the fake clock is advanced): leases may have run out
//   kTwice       it is done twice and the second answer is given, as when a transport repeats a request whose answer it
//                lost: the second put-if-absent says kAlreadyExists though the first was ours, the second Delete of a
//                message says that the receipt is stale, the second Send makes a duplicate
//   kDieBefore   the process is dead from here on: this call and all later ones fail without effect
//   kDieAfter    the same, but this call is still done
// A suite first runs without faults and reads calls() = n, then runs once per pair of i < n and kind with
// FaultPlan{i, kind}, each time on fresh services, restarts what died on an injector without faults, and checks the
// invariant. Seeded() instead hits many calls of one run at random.
#pragma once

#include <fmt/format.h>

#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/rng.h"
#include "fakes/fake_clock.h"

namespace calve {

enum class FaultKind { kFailBefore, kFailAfter, kLate, kTwice, kDieBefore, kDieAfter };

inline constexpr std::array kAllFaultKinds{FaultKind::kFailBefore, FaultKind::kFailAfter, FaultKind::kLate,
                                           FaultKind::kTwice,      FaultKind::kDieBefore, FaultKind::kDieAfter};

inline std::string_view FaultKindName(FaultKind kind) {
  constexpr std::array<std::string_view, 6> kNames{"FailBefore", "FailAfter", "Late", "Twice", "DieBefore", "DieAfter"};
  return kNames.at(static_cast<size_t>(kind));
}

/// Call number `call_index`, counted from 0 over everything that shares the injector, meets `kind`.
struct FaultPlan {
  int call_index = 0;
  FaultKind kind = FaultKind::kFailBefore;
};

/// Asked once for each call, in order, under the injector's lock.
using FaultPolicy = std::function<std::optional<FaultKind>(int call_index)>;

inline FaultPolicy NoFaults() {
  return [](int) { return std::nullopt; };
}

inline FaultPolicy Scripted(std::vector<FaultPlan> plans) {
  return [plans = std::move(plans)](int call_index) -> std::optional<FaultKind> {
    for (const FaultPlan& plan : plans) {
      if (plan.call_index == call_index) return plan.kind;
    }
    return std::nullopt;
  };
}

/// Each call meets one of `kinds` with probability `percent` / 100; repeatable by seed (and call order).
inline FaultPolicy Seeded(uint64_t seed, int percent, std::vector<FaultKind> kinds) {
  auto rng = std::make_shared<SeededRng>(seed);
  return [rng, percent, kinds = std::move(kinds)](int) -> std::optional<FaultKind> {
    if (rng->Next() % 100U >= static_cast<uint64_t>(percent)) return std::nullopt;
    return kinds[rng->Next() % kinds.size()];
  };
}

/// Thread-safe.
class FaultInjector {
 public:
  FaultInjector(FaultPolicy policy, FakeClock& clock,
                std::chrono::milliseconds late_by = std::chrono::milliseconds(60'000))
      : policy_(std::move(policy)), clock_(clock), late_by_(late_by) {}
  FaultInjector(FaultPlan plan, FakeClock& clock) : FaultInjector(Scripted({plan}), clock) {}

  /// Calls made so far.
  int calls() const { return static_cast<int>(calls_); }
  /// Calls that met a fault.
  int faults() const { return faults_; }
  /// True once a kDie fault was met.
  bool dead() const { return dead_; }
  /// "12 Put s3://..." for each call, in order: shows what an index is.
  std::vector<std::string> log() const {
    const std::lock_guard lock(mutex_);
    return log_;
  }

  /// Runs `call` (which returns a Result or Status; it may run twice) under the policy.
  template <typename Call>
  auto Run(std::string_view what, Call call) -> decltype(call()) {
    const std::optional<FaultKind> fault = Next(what);
    if (!fault) return call();
    switch (*fault) {
      case FaultKind::kFailBefore:
      case FaultKind::kDieBefore:
        return Lost(what);
      case FaultKind::kFailAfter:
      case FaultKind::kDieAfter: {
        auto answer = call();
        if (answer.has_value()) return Lost(what);
        return answer;
      }
      case FaultKind::kLate: {
        auto answer = call();
        clock_.Advance(late_by_);
        return answer;
      }
      case FaultKind::kTwice: {
        auto first = call();
        (void)first.has_value();
        return call();
      }
    }
    return call();
  }

 private:
  std::optional<FaultKind> Next(std::string_view what) {
    const std::lock_guard lock(mutex_);
    const int index = static_cast<int>(log_.size());
    log_.push_back(fmt::format("{} {}", index, what));
    ++calls_;
    if (dead_) return FaultKind::kDieBefore;
    const std::optional<FaultKind> fault = policy_(index);
    if (fault) ++faults_;
    if (fault == FaultKind::kDieBefore || fault == FaultKind::kDieAfter) dead_ = true;
    return fault;
  }

  static std::unexpected<Error> Lost(std::string_view what) {
    return Err(ErrorKind::kUnavailable, fmt::format("{}: injected fault", what));
  }

  FaultPolicy policy_;
  FakeClock& clock_;
  const std::chrono::milliseconds late_by_;
  mutable std::mutex mutex_;
  std::vector<std::string> log_;
  std::atomic<int> calls_ = 0;
  std::atomic<int> faults_ = 0;
  std::atomic<bool> dead_ = false;
};

}  // namespace calve
