#include "app/environment.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <utility>

#include "app/catalogs.h"
#include "app/cloud.h"
#include "app/stores.h"
#include "app/vended.h"
#include "base/directories.h"
#include "base/scratch.h"
#include "queue/lease_owner.h"
#include "queue/sqlite_queue.h"
#include "queue/sqs_queue.h"
#include "store/local_path.h"
#include "store/local_store.h"
#include "store/prefix_store.h"
#include "store/router_store.h"
#include "store/s3_store.h"
#include "store/uri.h"
#include "transform/processor.h"

namespace calve::app {
namespace {

namespace fs = std::filesystem;

constexpr int kShownLetters = 100;

/// Scratch folders carry their process's name, so that another one can tell whether it is still at work.
std::string OwnerFolder() {
  std::string owner = queue::CurrentOwner();
  std::replace(owner.begin(), owner.end(), '/', '~');
  return owner;
}

Status MakeFolder(const std::string& path) {
  if (auto made = MakeDirectories(path, Durable::kYes); !made) {
    return WithContext(std::move(made).error(), "the warehouse folder " + path + " cannot be made");
  }
  if (access(path.c_str(), W_OK | X_OK) != 0) {
    return std::unexpected(ErrnoError(errno, "the warehouse folder " + path + " cannot be written"));
  }
  return {};
}

uint64_t MemoryPerThread(const Settings& settings) {
  uint64_t total = settings.memory_limit_bytes;
  if (total == 0)
    total = static_cast<uint64_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<uint64_t>(sysconf(_SC_PAGE_SIZE)) / 2;
  return std::max<uint64_t>(total / static_cast<uint64_t>(settings.Threads()), 64U << 20U);
}

}  // namespace

Environment::Environment(const Settings& settings, Clock& clock, Rng& rng)
    : settings_(settings), clock_(clock), rng_(rng) {}

Environment::~Environment() {
  // Whoever used it has removed what was his; what is not empty stays, and is found to be a dead process's later on.
  std::error_code ignored;
  if (!settings_.scratch.empty()) fs::remove(settings_.scratch + "/" + OwnerFolder(), ignored);
}

Result<std::unique_ptr<Environment>> Environment::Open(const Settings& settings, bool create) {
  std::unique_ptr<Environment> environment(new Environment(settings, SystemClock(), SystemRng()));
  Settings& own = environment->settings_;
  if (own.OnS3()) {
    while (own.warehouse.ends_with('/')) own.warehouse.pop_back();
    environment->warehouse_uri_ = own.warehouse;
  } else {
    CALVE_ASSIGN_OR_RETURN(own.warehouse, store::LocalPath(own.warehouse));
    environment->warehouse_uri_ = store::FileUri(own.warehouse);
    if (create) {
      CALVE_RETURN_IF_ERROR(MakeFolder(own.warehouse));
    } else if (std::error_code unknown; !fs::exists(own.warehouse, unknown)) {
      return Err(ErrorKind::kNotFound,
                 fmt::format("there is no warehouse at {}; --warehouse DIR says where it is", own.warehouse));
    }
  }
  own.state = own.State();
  if (store::UriScheme(own.state) == "file") {
    CALVE_ASSIGN_OR_RETURN(own.state, store::LocalPath(own.state));
  }
  CALVE_ASSIGN_OR_RETURN(own.scratch, store::LocalPath(own.Scratch()));
  environment->OpenStores();
  CALVE_ASSIGN_OR_RETURN(environment->catalog_, MakeCatalog(*environment, create));
  environment->ledger_ = std::make_unique<load::Ledger>(
      *environment->store_, store::UriScheme(own.state) == "file" ? store::FileUri(own.state) : own.state);
  return environment;
}

void Environment::OpenStores() {
  auto router = std::make_unique<store::RouterStore>();
  router->Register({"file"}, std::make_unique<store::LocalStore>());
  auto own = std::make_unique<LazyStore>([this]() -> Result<std::unique_ptr<store::ObjectStore>> {
    CALVE_ASSIGN_OR_RETURN(Cloud * cloud, this->cloud());
    CALVE_ASSIGN_OR_RETURN(store::S3Options options, cloud->S3());
    return std::make_unique<store::S3Store>(cloud->client(), clock_, rng_, std::move(options));
  });
  auto by_prefix = std::make_unique<store::PrefixStore>(std::move(own));
  s3_ = by_prefix.get();
  router->Register({"s3", "s3a"}, std::move(by_prefix));
  store_ = std::move(router);
}

Result<Cloud*> Environment::cloud() {
  const std::lock_guard lock(mutex_);
  if (!cloud_) {
    CALVE_ASSIGN_OR_RETURN(cloud_, Cloud::Make(settings_, clock_, rng_));
  }
  return cloud_.get();
}

Result<std::unique_ptr<iceberg::Catalog>> Environment::TakeVended(std::unique_ptr<iceberg::Catalog> inner,
                                                                  std::map<std::string, std::string> config) {
  CALVE_ASSIGN_OR_RETURN(Cloud * cloud, this->cloud());
  // Made when the first credentials come, which may say themselves where the storage is.
  auto options = [cloud] { return cloud->S3().value_or(store::S3Options()); };
  auto vending = std::make_unique<VendingCatalog>(
      std::move(inner), VendedContext{cloud->transport(), clock_, rng_, std::move(options), *s3_, cloud->client(),
                                      iceberg::StorageCredential{"", std::move(config)}});
  if (settings_.OnS3()) vending->Serve(settings_.warehouse);
  vending_ = vending.get();
  return vending;
}

std::string Environment::EmbeddedPath() const {
  // A ledger that is not on this disk has its embedded queue in the scratch: should it be lost, the ledger knows what
  // is missing.
  const bool local = store::UriScheme(settings_.state) == "file";
  return (local ? settings_.state : settings_.scratch) + "/queue.db";
}

Result<Environment::QueueView> Environment::LookAtEmbedded(const std::string& name) {
  const Result<std::vector<queue::NamedQueueStats>> queues = queue::SqliteQueue::ListQueues(EmbeddedPath(), clock_);
  QueueView view;
  if (!queues.has_value() && queues.error().kind == ErrorKind::kNotFound) return view;
  if (!queues.has_value()) return std::unexpected(queues.error());
  const auto found = std::ranges::find(*queues, name, &queue::NamedQueueStats::name);
  if (found == queues->end()) return view;
  view.stats = found->stats;
  if (view.stats.dead > 0) {
    CALVE_ASSIGN_OR_RETURN(view.dead_letters, queue::SqliteQueue::ListDeadOf(EmbeddedPath(), name, kShownLetters));
  }
  return view;
}

Result<Environment::QueueView> Environment::LookAtLoadQueue(const std::string& load_id) {
  return LookAtEmbedded("load-" + load_id);
}

Result<Environment::QueueView> Environment::LookAtChunkQueue() {
  if (settings_.queue.empty()) return LookAtEmbedded("chunks");
  CALVE_ASSIGN_OR_RETURN(const OpenQueue open, OpenSqs(settings_.queue, {}));
  QueueView view;
  CALVE_ASSIGN_OR_RETURN(view.stats, open.queue->Stats());
  if (view.stats.dead > 0) {
    CALVE_ASSIGN_OR_RETURN(view.dead_letters, open.dead_letters->ListDead(kShownLetters));
  }
  return view;
}

Result<OpenQueue> Environment::OpenEmbedded(const std::string& name) {
  CALVE_ASSIGN_OR_RETURN(std::shared_ptr<queue::SqliteQueue> opened,
                         queue::SqliteQueue::Open(EmbeddedPath(), name,
                                                  {.max_receives = settings_.max_receives, .owner = {}}, clock_, rng_));
  return OpenQueue{opened, opened, [opened] { return opened->ReleaseDeadLeases(); }};
}

Result<OpenQueue> Environment::OpenLoadQueue(const std::string& load_id) { return OpenEmbedded("load-" + load_id); }

Result<OpenQueue> Environment::OpenChunkQueue(const queue::Stops& stops) {
  return settings_.queue.empty() ? OpenEmbedded("chunks") : OpenSqs(settings_.queue, stops);
}

Result<OpenQueue> Environment::OpenEventQueue(const queue::Stops& stops) {
  return settings_.events.empty() ? OpenEmbedded("events") : OpenSqs(settings_.events, stops);
}

Result<OpenQueue> Environment::OpenSqs(const std::string& url_or_name, const queue::Stops& stops) {
  queue::SqsOptions options;
  options.stops = stops;
  CALVE_ASSIGN_OR_RETURN(Cloud * cloud, this->cloud());
  CALVE_ASSIGN_OR_RETURN(aws::Endpoint endpoint, cloud->EndpointOf("sqs"));
  CALVE_ASSIGN_OR_RETURN(
      std::shared_ptr<queue::SqsQueue> opened,
      queue::SqsQueue::Open(url_or_name, options, cloud->client(), std::move(endpoint), clock_, rng_));
  return OpenQueue{opened, opened, {}};
}

std::string Environment::NewScratchFolder() { return settings_.scratch + "/" + OwnerFolder() + "/" + NewUuid(rng_); }

Result<std::unique_ptr<load::ChunkProcessor>> Environment::MakeProcessor() {
  const std::string folder = NewScratchFolder();
  CALVE_ASSIGN_OR_RETURN(
      std::unique_ptr<load::ChunkProcessor> processor,
      transform::DuckDbProcessor::Make(*store_, AllInputFormats(),
                                       {.scratch_dir = folder, .memory_limit_bytes = MemoryPerThread(settings_)}));
  if (vending_ != nullptr) return WithVendedCredentials(std::move(processor), *vending_);
  return processor;
}

Result<std::unique_ptr<PlanEngine>> Environment::MakeEngine() { return PlanEngine::Make(NewScratchFolder()); }

Status Environment::CheckScratch() { return ProbeScratch(settings_.scratch); }

void Environment::CleanScratch() {
  std::error_code ignored;
  std::vector<fs::path> dead;
  // Not a range-for: its increment throws.
  for (fs::directory_iterator it(settings_.scratch, ignored), end; !ignored && it != end; it.increment(ignored)) {
    const fs::directory_entry& entry = *it;
    std::string owner = entry.path().filename().string();
    std::replace(owner.begin(), owner.end(), '~', '/');
    if (queue::OwnerLiveness(owner) == queue::Liveness::kDead) dead.push_back(entry.path());
  }
  for (const fs::path& path : dead) fs::remove_all(path, ignored);
}

}  // namespace calve::app
