// A catalog that works, and whose answers are not true, or not all of the truth.
#pragma once

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/rng.h"
#include "iceberg/catalog.h"

namespace calve::iceberg {

enum class Lie {
  kNone,
  kForgets,   ///< Each answer shows the newest snapshot alone, without a parent: Nessie's REST catalog.
  kExpires,   ///< Now and then the oldest snapshots are gone, for good: somebody expires them.
  kStale,     ///< One answer in three is what it was some commits ago: a cache, a replica that lags.
  kNotThere,  ///< One answer in three says that there is no table.
  kGone,      ///< Each says so, and no list has it: an outage that looks like a dropped table.
};

inline std::string_view LieName(Lie lie) {
  switch (lie) {
    case Lie::kNone:
      return "None";
    case Lie::kForgets:
      return "Forgets";
    case Lie::kExpires:
      return "Expires";
    case Lie::kStale:
      return "Stale";
    case Lie::kNotThere:
      return "NotThere";
    case Lie::kGone:
      return "Gone";
  }
  return "";
}

/// What is committed goes to `inner` as it is, built on what was shown: what a forgotten history was is forgotten in
/// the next metadata, too. Thread-safe while it tells no lies.
class LyingCatalog final : public Catalog {
 public:
  LyingCatalog(Catalog& inner, Rng& rng) : inner_(inner), rng_(rng) {}

  void set_lie(Lie lie) { lie_ = lie; }

  Result<LoadedTable> Load(const TableIdentifier& table) override {
    Result<LoadedTable> truth = inner_.Load(table);
    if (!truth.has_value()) return truth;
    switch (lie_) {
      case Lie::kNone:
        return truth;
      case Lie::kForgets:
        return WithoutOldest(*truth, truth->metadata.snapshots().size(), true);
      case Lie::kExpires:
        if (rng_.Next() % 3 != 0) return truth;
        return WithoutOldest(*truth, rng_.Next() % (truth->metadata.snapshots().size() + 1), false);
      case Lie::kStale:
        former_.push_back(*truth);
        if (rng_.Next() % 3 != 0) return truth;
        return former_[former_.size() - 1 - rng_.Next() % std::min<size_t>(former_.size(), 6)];
      case Lie::kNotThere:
        if (rng_.Next() % 3 != 0) return truth;
        return Err(ErrorKind::kNotFound, "there is no table " + table.ToString());
      case Lie::kGone:
        return Err(ErrorKind::kNotFound, "there is no table " + table.ToString());
    }
    return truth;
  }

  Result<LoadedTable> Create(const TableIdentifier& table, const NewTable& definition) override {
    return inner_.Create(table, definition);
  }
  CommitOutcome Commit(const TableIdentifier& table, const LoadedTable& base, const TableChange& change) override {
    return inner_.Commit(table, base, change);
  }
  Result<std::vector<TableIdentifier>> List(const std::vector<std::string>& ns) override {
    if (lie_ == Lie::kGone) return std::vector<TableIdentifier>();
    return inner_.List(ns);
  }
  Status Drop(const TableIdentifier& table) override { return inner_.Drop(table); }
  Result<std::string> DefaultLocation(const TableIdentifier& table) override { return inner_.DefaultLocation(table); }

 private:
  /// The table without its `count` oldest snapshots; the newest stays. `orphaned`: no snapshot names its parent.
  static Result<LoadedTable> WithoutOldest(const LoadedTable& table, size_t count, bool orphaned) {
    Json json = table.metadata.json();
    if (!json.contains("snapshots") || json["snapshots"].empty()) return table;
    Json& snapshots = json["snapshots"];
    count = std::min(count, snapshots.size() - 1);
    snapshots.erase(snapshots.begin(), snapshots.begin() + static_cast<std::ptrdiff_t>(count));
    if (orphaned) {
      for (Json& snapshot : snapshots) snapshot.erase("parent-snapshot-id");
    }
    std::set<int64_t> shown;
    for (const Json& snapshot : snapshots) shown.insert(snapshot["snapshot-id"].get<int64_t>());
    Json log = Json::array();
    for (const Json& entry : json.value("snapshot-log", Json::array())) {
      if (shown.contains(entry["snapshot-id"].get<int64_t>())) log.push_back(entry);
    }
    json["snapshot-log"] = std::move(log);
    CALVE_ASSIGN_OR_RETURN(TableMetadata metadata, TableMetadata::FromJson(std::move(json), table.metadata_location));
    return LoadedTable{table.metadata_location, std::move(metadata)};
  }

  Catalog& inner_;
  Rng& rng_;
  Lie lie_ = Lie::kNone;
  std::vector<LoadedTable> former_;
};

}  // namespace calve::iceberg
