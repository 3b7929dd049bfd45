#include "app/status.h"

#include <algorithm>
#include <set>
#include <utility>

#include "load/message.h"

namespace calve::app {
namespace {

Status AddProgress(Environment& environment, const load::Plan& plan, LoadStatus& status) {
  CALVE_ASSIGN_OR_RETURN(const auto keys, environment.ledger().ListResults(plan));
  std::set<int> done;
  for (const load::ResultKey& key : keys) {
    CALVE_ASSIGN_OR_RETURN(const std::optional<load::ChunkResult> result, environment.ledger().FindResult(plan, key));
    if (!result || result->undecided || result->failure) continue;
    if (!done.insert(key.chunk).second) continue;
    status.rows += result->rows_out;
    status.quarantined += result->quarantined;
    if (!result->quarantine_uri.empty()) status.quarantine_uris.push_back(result->quarantine_uri);
    if (!status.first_bad) status.first_bad = result->first_bad;
  }
  status.chunks_done = static_cast<int>(done.size());
  return {};
}

/// The workers' queue, looked at once, and only when there is an unfinished load.
class WorkersQueue {
 public:
  explicit WorkersQueue(Environment& environment) : environment_(environment) {}

  Result<const Environment::QueueView*> Get() {
    if (!view_) {
      CALVE_ASSIGN_OR_RETURN(view_, environment_.LookAtChunkQueue());
    }
    return &*view_;
  }

 private:
  Environment& environment_;
  std::optional<Environment::QueueView> view_;
};

Status AddQueues(Environment& environment, WorkersQueue& workers, LoadStatus& status) {
  CALVE_ASSIGN_OR_RETURN(Environment::QueueView own, environment.LookAtLoadQueue(status.load_id));
  status.queue = own.stats;
  status.dead_letters = std::move(own.dead_letters);
  CALVE_ASSIGN_OR_RETURN(const Environment::QueueView* shared, workers.Get());
  status.workers_queue = shared->stats;
  for (const queue::DeadLetter& letter : shared->dead_letters) {
    const Result<load::ChunkMessage> message = load::ParseChunkMessage(letter.body);
    if (message.has_value() && message->load_id == status.load_id) status.dead_letters.push_back(letter);
  }
  return {};
}

Result<std::optional<LoadStatus>> ReadOne(Environment& environment, WorkersQueue& workers, const std::string& load_id) {
  LoadStatus status;
  status.load_id = load_id;
  CALVE_ASSIGN_OR_RETURN(status.commit, environment.ledger().FindCommit(load_id));
  if (status.commit) {
    const load::CommitRecord& commit = *status.commit;
    status.source = commit.source.uri;
    status.table = commit.table;
    status.status = "committed";
    status.size_bytes = commit.source.size_bytes;
    status.chunks = status.chunks_done = commit.chunks;
    status.planned_ms = commit.planned_ms;
    status.rows = commit.rows;
    status.quarantined = commit.quarantined;
    status.quarantine_uris = commit.quarantine_uris;
    status.first_bad = commit.first_bad;
    return std::optional(std::move(status));
  }
  CALVE_ASSIGN_OR_RETURN(const std::optional<load::Plan> plan, environment.ledger().FindPlan(load_id));
  if (!plan) return std::optional<LoadStatus>();
  CALVE_ASSIGN_OR_RETURN(status.failure, environment.ledger().FindFailure(*plan));
  status.source = plan->source.uri;
  status.table = plan->target.identifier;
  status.status = status.failure ? "failed" : "unfinished";
  status.size_bytes = plan->source.size_bytes;
  status.chunks = plan->chunk_count();
  status.planned_ms = plan->created_us / 1000;
  CALVE_RETURN_IF_ERROR(AddProgress(environment, *plan, status));
  CALVE_RETURN_IF_ERROR(AddQueues(environment, workers, status));
  return std::optional(std::move(status));
}

}  // namespace

Result<std::vector<LoadStatus>> ReadStatus(Environment& environment, const std::string& load_id_prefix) {
  CALVE_ASSIGN_OR_RETURN(const std::vector<std::string> ids, environment.ledger().ListLoads());
  std::vector<LoadStatus> loads;
  WorkersQueue workers(environment);
  for (const std::string& id : ids) {
    if (!id.starts_with(load_id_prefix)) continue;
    CALVE_ASSIGN_OR_RETURN(std::optional<LoadStatus> status, ReadOne(environment, workers, id));
    if (status) loads.push_back(*std::move(status));
  }
  std::stable_sort(loads.begin(), loads.end(),
                   [](const LoadStatus& a, const LoadStatus& b) { return a.planned_ms > b.planned_ms; });
  return loads;
}

}  // namespace calve::app
