// What a commit does to a table: the commit loop's one parameter.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "iceberg/catalog.h"

namespace calve::load {

/// An action that is in the table.
struct Done {
  std::optional<int64_t> snapshot_id;  ///< nullopt: it makes none, or nobody can say any more which it was.
};

/// What to send, and what was written for it.
struct Built {
  iceberg::TableChange change;
  std::optional<int64_t> snapshot_id;  ///< Of the snapshot that it makes.
  std::vector<std::string> written;    ///< Deleted when the commit is proven to be rejected.
};

/// The loop asks Find, and where the answer is no, Build, with the newest metadata each time. Not thread-safe.
class Action {
 public:
  virtual ~Action() = default;
  /// Whether it has happened: this one's former attempts, and other processes', count. kUnprovable when that cannot be
  /// told; an error of any other kind but kUnavailable ends the loop.
  virtual Result<std::optional<Done>> Find(const iceberg::LoadedTable& table) = 0;
  /// The change on top of `table`, whose requirements hold for no other state than what Find has seen. On an error
  /// nothing that it wrote is left.
  virtual Result<Built> Build(const iceberg::LoadedTable& table) = 0;
};

}  // namespace calve::load
