#include "app/environment.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <utility>

#include "catalog/sql_catalog.h"
#include "queue/lease_owner.h"
#include "queue/sqlite_queue.h"
#include "store/local_path.h"
#include "store/local_store.h"
#include "store/router_store.h"
#include "transform/describer.h"
#include "transform/processor.h"

namespace calve::app {
namespace {

namespace fs = std::filesystem;

/// Scratch folders carry their process's name, so that another one can tell whether it is still at work.
std::string OwnerFolder() {
  std::string owner = queue::CurrentOwner();
  std::replace(owner.begin(), owner.end(), '/', '~');
  return owner;
}

Status MakeFolder(const std::string& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) return std::unexpected(ErrnoError(error.value(), "the warehouse folder " + path + " cannot be made"));
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

Result<std::unique_ptr<Environment>> Environment::Open(const Settings& settings, bool create) {
  std::unique_ptr<Environment> environment(new Environment(settings, SystemClock(), SystemRng()));
  Settings& own = environment->settings_;
  auto router = std::make_unique<store::RouterStore>();
  router->Register({"file"}, std::make_unique<store::LocalStore>());
  environment->store_ = std::move(router);

  CALVE_ASSIGN_OR_RETURN(const std::string warehouse, store::LocalPath(own.warehouse));
  if (create) {
    CALVE_RETURN_IF_ERROR(MakeFolder(warehouse));
  } else if (!fs::exists(warehouse)) {
    return Err(ErrorKind::kNotFound,
               fmt::format("there is no warehouse at {}; --warehouse DIR says where it is", warehouse));
  }
  own.warehouse = warehouse;
  CALVE_ASSIGN_OR_RETURN(own.catalog, store::LocalPath(own.Catalog()));
  CALVE_ASSIGN_OR_RETURN(own.state, store::LocalPath(own.State()));
  CALVE_ASSIGN_OR_RETURN(own.scratch, store::LocalPath(own.Scratch()));
  if (!create && !fs::exists(own.catalog)) {
    return Err(ErrorKind::kNotFound,
               fmt::format("there is no catalog at {}; nothing has been loaded into this warehouse yet", own.catalog));
  }
  CALVE_ASSIGN_OR_RETURN(
      environment->catalog_,
      catalog::SqlCatalog::Open(
          {.path = own.catalog, .catalog_name = own.catalog_name, .warehouse_location = store::FileUri(own.warehouse)},
          *environment->store_, environment->clock_, environment->rng_));
  environment->ledger_ = std::make_unique<load::Ledger>(*environment->store_, store::FileUri(own.state));
  return environment;
}

Result<OpenQueue> Environment::OpenLoadQueue(const std::string& load_id) {
  CALVE_ASSIGN_OR_RETURN(std::shared_ptr<queue::SqliteQueue> opened,
                         queue::SqliteQueue::Open(settings_.state + "/queue.db", "load-" + load_id,
                                                  {.max_receives = settings_.max_receives, .owner = {}}, clock_, rng_));
  return OpenQueue{opened, opened, [opened] { return opened->ReleaseDeadLeases(); }};
}

Result<std::unique_ptr<load::ChunkProcessor>> Environment::MakeProcessor() {
  const std::string folder = settings_.scratch + "/" + OwnerFolder() + "/" + NewUuid(rng_);
  CALVE_ASSIGN_OR_RETURN(std::unique_ptr<load::ChunkProcessor> processor,
                         transform::DuckDbProcessor::Make(
                             *store_, {.scratch_dir = folder, .memory_limit_bytes = MemoryPerThread(settings_)}));
  return processor;
}

Result<std::unique_ptr<load::SqlDescriber>> Environment::MakeDescriber() {
  CALVE_ASSIGN_OR_RETURN(std::unique_ptr<load::SqlDescriber> describer,
                         transform::DuckDbDescriber::Make(settings_.scratch + "/" + OwnerFolder()));
  return describer;
}

void Environment::CleanScratch() {
  std::error_code ignored;
  std::vector<fs::path> dead;
  for (const fs::directory_entry& entry : fs::directory_iterator(settings_.scratch, ignored)) {
    std::string owner = entry.path().filename().string();
    std::replace(owner.begin(), owner.end(), '~', '/');
    if (queue::OwnerLiveness(owner) == queue::Liveness::kDead) dead.push_back(entry.path());
  }
  for (const fs::path& path : dead) fs::remove_all(path, ignored);
}

}  // namespace calve::app
