// What every catalog that only swaps a pointer to a metadata file shares: it applies the change itself, writes the new
// metadata file, and then asks its database for the one atomic step. Private to this module.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/rng.h"
#include "iceberg/catalog.h"
#include "store/object_store.h"

namespace calve::catalog {

/// A metadata file that is written, and that no catalog points to yet.
struct Staged {
  std::string metadata_location;
  iceberg::TableMetadata metadata;
};

class PointerSwap {
 public:
  PointerSwap(store::ObjectStore& store, Clock& clock, Rng& rng) : store_(store), clock_(clock), rng_(rng) {}

  /// Makes and writes the first metadata file of a table. On an error nothing points to what may have been written.
  Result<Staged> StageCreate(const iceberg::NewTable& definition);
  /// Checks the requirements against `base`, applies the updates and writes the next metadata file. Any error proves
  /// that the table did not change.
  Result<Staged> StageCommit(const iceberg::LoadedTable& base, const iceberg::TableChange& change);
  /// Deletes a staged file that is proven never to have been referenced. Best effort.
  void Discard(const Staged& staged);
  /// After a proven commit: deletes old metadata files where the table asks for it. Best effort.
  void DeleteExpired(const iceberg::LoadedTable& before, const iceberg::TableMetadata& after);

 private:
  store::ObjectStore& store_;
  Clock& clock_;
  Rng& rng_;
};

/// The table whose metadata file `pointer` names: asked again while that file is gone and the pointer moves on, as
/// commits that delete old metadata files do. kCorrupt when the file that the catalog points to is missing.
Result<iceberg::LoadedTable> LoadPointedTo(store::ObjectStore& store, const iceberg::TableIdentifier& table,
                                           const std::function<Result<std::string>()>& pointer);

/// kInvalidArgument unless every part of the identifier can be stored as dot-joined text.
Status CheckIdentifier(const iceberg::TableIdentifier& table);

/// `<warehouse>/<namespace levels>/<table>`. kInvalidArgument when a part would leave its folder.
Result<std::string> LocationUnder(std::string_view warehouse, const iceberg::TableIdentifier& table);

}  // namespace calve::catalog
