// The composition root: the one place that names implementations and puts them together.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "app/formats.h"
#include "app/settings.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/rng.h"
#include "iceberg/catalog.h"
#include "load/commit_loop.h"
#include "load/ledger.h"
#include "load/processor.h"
#include "queue/queue.h"
#include "store/object_store.h"
#include "store/prefix_store.h"

namespace calve::app {

class Cloud;
class VendingCatalog;

/// A queue and its dead letters: one object behind two interfaces, and what only the embedded one can do.
struct OpenQueue {
  std::shared_ptr<queue::Queue> queue;
  std::shared_ptr<queue::DeadLetterQueue> dead_letters;
  /// Takes back what processes that died had in hand; how many. Empty where the queue cannot tell (SQS).
  std::function<Result<int64_t>()> release_dead_leases;
};

/// Opened parts. Thread-safe, as its parts are. Lives longer than whatever uses them.
class Environment {
 public:
  /// With `create`, the warehouse folder and an empty catalog are made when they are not there; without, kNotFound says
  /// so. kPermissionDenied, kNoSpace, kCorrupt (the catalog file is no catalog) name the path and what to do.
  static Result<std::unique_ptr<Environment>> Open(const Settings& settings, bool create);
  ~Environment();

  const Settings& settings() const { return settings_; }
  store::ObjectStore& store() { return *store_; }
  iceberg::Catalog& catalog() { return *catalog_; }
  load::Ledger& ledger() { return *ledger_; }
  const std::string& ledger_prefix() const { return ledger_->prefix(); }
  load::CommitContext context() { return {*catalog_, *store_, clock_, rng_}; }
  Clock& clock() { return clock_; }
  Rng& rng() { return rng_; }

  /// The embedded queue of a load's chunk messages: `calve run` works on one load at a time.
  Result<OpenQueue> OpenLoadQueue(const std::string& load_id);
  /// The queue that workers share: SQS when the settings name one, else the embedded one.
  Result<OpenQueue> OpenChunkQueue(const queue::Stops& stops);
  /// What is in a queue, to look at: nothing is created or changed, and a queue that is not there is empty.
  struct QueueView {
    queue::QueueStats stats;
    std::vector<queue::DeadLetter> dead_letters;  ///< The oldest 100.
  };
  Result<QueueView> LookAtLoadQueue(const std::string& load_id);
  Result<QueueView> LookAtChunkQueue();
  /// The queue of notifications, likewise.
  Result<OpenQueue> OpenEventQueue(const queue::Stops& stops);
  /// The SQS queue of that URL or name.
  Result<OpenQueue> OpenSqs(const std::string& url_or_name, const queue::Stops& stops);
  /// A DuckDB processor for one thread, with its share of the memory.
  Result<std::unique_ptr<load::ChunkProcessor>> MakeProcessor();
  Result<std::unique_ptr<PlanEngine>> MakeEngine();
  /// A folder of this process's own in the scratch; not made yet.
  std::string NewScratchFolder();
  /// Where the warehouse is, as a URI without a trailing slash.
  const std::string& warehouse_uri() const { return warehouse_uri_; }
  /// HTTP and AWS; made when first asked for.
  Result<Cloud*> cloud();
  /// The catalog, with its tables' files read and written where it says, with the credentials that it vends. `config`:
  /// its configuration. Once.
  Result<std::unique_ptr<iceberg::Catalog>> TakeVended(std::unique_ptr<iceberg::Catalog> inner,
                                                       std::map<std::string, std::string> config);
  /// Whether this machine's scratch folder can be written to. kNoSpace, kMachine.
  Status CheckScratch();
  /// Removes scratch folders that processes which died left behind.
  void CleanScratch();

 private:
  Environment(const Settings& settings, Clock& clock, Rng& rng);

  void OpenStores();
  std::string EmbeddedPath() const;
  Result<OpenQueue> OpenEmbedded(const std::string& name);
  Result<QueueView> LookAtEmbedded(const std::string& name);

  Settings settings_;
  Clock& clock_;
  Rng& rng_;
  std::string warehouse_uri_;
  std::mutex mutex_;
  std::unique_ptr<Cloud> cloud_;      ///< Guarded by mutex_ while it is made.
  store::PrefixStore* s3_ = nullptr;  ///< In store_.
  std::unique_ptr<store::ObjectStore> store_;
  VendingCatalog* vending_ = nullptr;  ///< catalog_, where it vends credentials.
  std::unique_ptr<iceberg::Catalog> catalog_;
  std::unique_ptr<load::Ledger> ledger_;
};

}  // namespace calve::app
