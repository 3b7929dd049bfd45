// Is our snapshot among the table's ancestors?
#include <set>

#include "iceberg/append.h"

namespace calve::iceberg {

FoundSnapshot FindInHistory(const TableMetadata& table, const std::string& key, const std::string& value,
                            std::optional<int64_t> known_before) {
  const Snapshot* snapshot = table.current_snapshot();
  std::set<int64_t> seen;
  while (snapshot != nullptr) {
    if (const auto it = snapshot->summary.find(key); it != snapshot->summary.end() && it->second == value) {
      return {Presence::kPresent, *snapshot};
    }
    if (snapshot->snapshot_id == known_before || !snapshot->parent_snapshot_id)
      return {Presence::kAbsent, std::nullopt};
    // All that came after the known one has been seen, even if the known one itself has been expired.
    if (snapshot->parent_snapshot_id == known_before) return {Presence::kAbsent, std::nullopt};
    // A chain that runs in a circle is damaged metadata: it proves nothing.
    if (!seen.insert(snapshot->snapshot_id).second) return {Presence::kUnprovable, std::nullopt};
    snapshot = table.SnapshotById(*snapshot->parent_snapshot_id);
    if (snapshot == nullptr) return {Presence::kUnprovable, std::nullopt};
  }
  return {Presence::kAbsent, std::nullopt};  // The table has no snapshot.
}

}  // namespace calve::iceberg
