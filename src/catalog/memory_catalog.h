// A catalog in memory, for tests: the pointers are in a map, the metadata files in the object store.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "catalog/pointer_swap.h"
#include "iceberg/catalog.h"

namespace calve::catalog {

class MemoryCatalog final : public iceberg::Catalog {
 public:
  /// `store`, `clock` and `rng` must outlive it.
  MemoryCatalog(std::string warehouse_location, store::ObjectStore& store, Clock& clock, Rng& rng);

  Result<iceberg::LoadedTable> Load(const iceberg::TableIdentifier& table) override;
  Result<iceberg::LoadedTable> Create(const iceberg::TableIdentifier& table,
                                      const iceberg::NewTable& definition) override;
  iceberg::CommitOutcome Commit(const iceberg::TableIdentifier& table, const iceberg::LoadedTable& base,
                                const iceberg::TableChange& change) override;
  Result<std::vector<iceberg::TableIdentifier>> List(const std::vector<std::string>& ns) override;
  Status Drop(const iceberg::TableIdentifier& table) override;
  Result<std::string> DefaultLocation(const iceberg::TableIdentifier& table) override;

 private:
  struct Entry {
    iceberg::TableIdentifier table;
    std::string metadata_location;
  };

  const std::string warehouse_location_;
  store::ObjectStore& store_;
  PointerSwap swap_;
  std::mutex mutex_;
  std::map<std::string, Entry> tables_;  ///< By the identifier's text. Guarded by mutex_.
};

}  // namespace calve::catalog
