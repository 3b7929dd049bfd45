#include "load/commit_loop.h"

#include <fmt/format.h>

#include <utility>

#include "iceberg/history.h"
#include "load/known_table.h"

namespace calve::load {
namespace {

using iceberg::CleanPoint;
using iceberg::CommitOutcome;
using iceberg::CommitState;
using iceberg::LoadedTable;

/// One run of the loop: keeps what must be remembered between attempts.
class Loop {
 public:
  Loop(const CommitContext& context, const CommitPolicy& policy, const CommitTarget& target, Action& action,
       const CancelToken& cancel)
      : context_(context),
        policy_(policy),
        target_(target),
        action_(action),
        cancel_(cancel),
        deadline_(context.clock.Monotonic() + policy.deadline) {}

  Result<CommitDone> Run() {
    for (int attempt = 0;; ++attempt) {
      Result<std::optional<CommitDone>> step = Attempt();
      if (step.has_value() && *step) return **step;
      if (!step.has_value()) {
        if (step.error().kind != ErrorKind::kUnavailable) return GiveUp(std::move(step).error());
        last_ = std::move(step).error();
      }
      if (attempt >= policy_.backoff.max_retries) {
        return GiveUp({ErrorKind::kUnavailable, fmt::format("gave up after {} attempts to commit to {}: {}",
                                                            attempt + 1, target_.table.ToString(), last_.message)});
      }
      if (cancel_.cancelled()) return GiveUp({ErrorKind::kCancelled, "stopped before the commit"});
      const auto wait = BackoffWait(policy_.backoff, attempt, context_.rng);
      if (context_.clock.Monotonic() + wait > deadline_) {
        return GiveUp({ErrorKind::kDeadlineExceeded,
                       fmt::format("the commit to {} did not succeed within {} ms: {}", target_.table.ToString(),
                                   policy_.deadline.count(), last_.message)});
      }
      context_.clock.SleepFor(wait);
    }
  }

 private:
  /// nullopt: rejected or unknown, try again. kUnavailable: try again.
  Result<std::optional<CommitDone>> Attempt() {
    CALVE_ASSIGN_OR_RETURN(const LoadedTable table, LoadTable());
    CALVE_ASSIGN_OR_RETURN(const std::optional<Done> found, action_.Find(table));
    if (found) {
      unknown_ = false;
      return std::optional(CommitDone{found->snapshot_id, !sent_, conflicts_});
    }
    // An attempt whose answer was lost can only land on the tip that it was built on. If the tip has moved, it never
    // will; if not, it may yet, but then the next attempt is built on the same tip, and at most one of the two lands.
    const CleanPoint state = iceberg::StateOf(table.metadata);
    if (unknown_ && state.snapshot_id != unknown_on_.snapshot_id &&
        !(state.sequence_number < unknown_on_.sequence_number)) {
      unknown_ = false;
    }
    CALVE_ASSIGN_OR_RETURN(const Built built, action_.Build(table));
    CommitOutcome outcome = context_.catalog.Commit(target_.table, table, built.change);
    switch (outcome.state) {
      case CommitState::kCommitted:
        return std::optional(CommitDone{built.snapshot_id, false, conflicts_});
      case CommitState::kUnknown:
        sent_ = true;
        unknown_ = true;
        unknown_on_ = state;
        last_ = std::move(outcome.error);
        return std::optional<CommitDone>();
      case CommitState::kRejected:
        break;
    }
    // Proven rejected: nobody refers to these. What cannot be removed is an orphan, no harm.
    static_cast<void>(context_.store.Delete(built.written));
    if (outcome.error.kind != ErrorKind::kConflict && outcome.error.kind != ErrorKind::kUnavailable) {
      return std::unexpected(std::move(outcome.error));
    }
    ++conflicts_;
    last_ = std::move(outcome.error);
    return std::optional<CommitDone>();
  }

  Result<LoadedTable> LoadTable() {
    Result<LoadedTable> table = LoadKnownTable(context_, target_.table);
    if (!table.has_value()) {
      if (table.error().kind == ErrorKind::kNotFound) {
        return Err(ErrorKind::kNotFound, fmt::format("table {} was dropped while it was loaded; nothing was committed",
                                                     target_.table.ToString()));
      }
      return table;
    }
    if (table->metadata.uuid() != target_.table_uuid) {
      return Err(ErrorKind::kConflict,
                 fmt::format("table {} is not the one that was planned for (uuid {}, planned {}): it was dropped and "
                             "created again; nothing was committed",
                             target_.table.ToString(), table->metadata.uuid(), target_.table_uuid));
    }
    return table;
  }

  /// The last word: if an answer was lost and the attempt may still land, nobody knows, and that is what it says.
  Result<CommitDone> GiveUp(Error error) const {
    if (unknown_ && error.kind != ErrorKind::kUnprovable) {
      return Err(
          ErrorKind::kUnprovable,
          fmt::format("the answer to a commit to {} was lost, and it cannot be told yet whether it happened ({}); "
                      "nothing was deleted. Run the same command again once the catalog answers",
                      target_.table.ToString(), error.message));
    }
    return std::unexpected(std::move(error));
  }

  const CommitContext& context_;
  const CommitPolicy& policy_;
  const CommitTarget& target_;
  Action& action_;
  const CancelToken& cancel_;
  Deadline deadline_;
  bool sent_ = false;      ///< An attempt was sent whose outcome was unknown.
  bool unknown_ = false;   ///< ... and it may still land.
  CleanPoint unknown_on_;  ///< What it was built on.
  int conflicts_ = 0;
  Error last_{ErrorKind::kInternal, ""};
};

}  // namespace

Result<CommitDone> CommitExactlyOnce(const CommitContext& context, const CommitPolicy& policy,
                                     const CommitTarget& target, Action& action, const CancelToken& cancel) {
  return Loop(context, policy, target, action, cancel).Run();
}

}  // namespace calve::load
