#include "catalog/memory_catalog.h"

namespace calve::catalog {
namespace {

Error NoSuchTable(const iceberg::TableIdentifier& table) {
  return Error{ErrorKind::kNotFound, "there is no table " + table.ToString()};
}

}  // namespace

MemoryCatalog::MemoryCatalog(std::string warehouse_location, store::ObjectStore& store, Clock& clock, Rng& rng)
    : warehouse_location_(std::move(warehouse_location)), store_(store), swap_(store, clock, rng) {}

Result<iceberg::LoadedTable> MemoryCatalog::Load(const iceberg::TableIdentifier& table) {
  return LoadPointedTo(store_, table, [&]() -> Result<std::string> {
    const std::lock_guard lock(mutex_);
    const auto it = tables_.find(table.ToString());
    if (it == tables_.end()) return std::unexpected(NoSuchTable(table));
    return it->second.metadata_location;
  });
}

Result<iceberg::LoadedTable> MemoryCatalog::Create(const iceberg::TableIdentifier& table,
                                                   const iceberg::NewTable& definition) {
  CALVE_RETURN_IF_ERROR(CheckIdentifier(table));
  CALVE_ASSIGN_OR_RETURN(Staged staged, swap_.StageCreate(definition));
  bool created = false;
  {
    const std::lock_guard lock(mutex_);
    created = tables_.try_emplace(table.ToString(), Entry{table, staged.metadata_location}).second;
  }
  if (!created) {
    swap_.Discard(staged);
    return Err(ErrorKind::kAlreadyExists, "there is a table " + table.ToString() + " already");
  }
  return iceberg::LoadedTable{std::move(staged.metadata_location), std::move(staged.metadata)};
}

iceberg::CommitOutcome MemoryCatalog::Commit(const iceberg::TableIdentifier& table, const iceberg::LoadedTable& base,
                                             const iceberg::TableChange& change) {
  const auto rejected = [](Error error) {
    return iceberg::CommitOutcome{iceberg::CommitState::kRejected, std::move(error), ""};
  };
  auto staged = swap_.StageCommit(base, change);
  if (!staged) return rejected(std::move(staged).error());
  Error error{ErrorKind::kConflict, "another commit to " + table.ToString() + " was faster"};
  bool committed = false;
  {
    const std::lock_guard lock(mutex_);
    const auto it = tables_.find(table.ToString());
    if (it == tables_.end()) {
      error = NoSuchTable(table);
    } else if (it->second.metadata_location == base.metadata_location) {
      it->second.metadata_location = staged->metadata_location;
      committed = true;
    }
  }
  if (!committed) {
    swap_.Discard(*staged);
    return rejected(std::move(error));
  }
  swap_.DeleteExpired(base, staged->metadata);
  return {iceberg::CommitState::kCommitted, Error{ErrorKind::kInternal, ""}, staged->metadata_location};
}

Result<std::vector<iceberg::TableIdentifier>> MemoryCatalog::List(const std::vector<std::string>& ns) {
  const std::lock_guard lock(mutex_);
  std::vector<iceberg::TableIdentifier> found;
  for (const auto& [key, entry] : tables_) {
    if (ns.empty() || entry.table.ns == ns) found.push_back(entry.table);
  }
  return found;
}

Status MemoryCatalog::Drop(const iceberg::TableIdentifier& table) {
  const std::lock_guard lock(mutex_);
  if (tables_.erase(table.ToString()) == 0) return std::unexpected(NoSuchTable(table));
  return {};
}

Result<std::string> MemoryCatalog::DefaultLocation(const iceberg::TableIdentifier& table) {
  return LocationUnder(warehouse_location_, table);
}

}  // namespace calve::catalog
