// Data files into a table as one snapshot, found again by its marker.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "iceberg/append.h"
#include "load/action.h"
#include "load/commit_loop.h"
#include "load/commit_search.h"
#include "load/ledger.h"

namespace calve::load {

class AppendAction final : public Action {
 public:
  /// `append.summary` gets the marker, too. What an attempt is built on is recorded in the ledger before it is sent.
  AppendAction(const CommitContext& context, Ledger& ledger, iceberg::TableIdentifier table, CommitMarker marker,
               iceberg::AppendRequest append);

  Result<std::optional<Done>> Find(const iceberg::LoadedTable& table) override;
  Result<Built> Build(const iceberg::LoadedTable& table) override;

 private:
  const CommitContext& context_;
  Ledger& ledger_;
  const iceberg::TableIdentifier table_;
  const CommitMarker marker_;
  iceberg::AppendRequest append_;
};

}  // namespace calve::load
