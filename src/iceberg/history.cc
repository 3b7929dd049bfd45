#include "iceberg/history.h"

#include <algorithm>
#include <set>

namespace calve::iceberg {
namespace {

std::string_view Of(const Snapshot& snapshot, const char* key) {
  const auto it = snapshot.summary.find(key);
  return it == snapshot.summary.end() ? std::string_view() : std::string_view(it->second);
}

bool AddedAllThatItHas(const Snapshot& snapshot) {
  if (Of(snapshot, "operation") != "append") return false;
  for (const auto& [total, added] :
       {std::pair{"total-data-files", "added-data-files"}, std::pair{"total-records", "added-records"}}) {
    const std::string_view all = Of(snapshot, total);
    const std::string_view new_ones = Of(snapshot, added);
    if (all.empty() || all != (new_ones.empty() ? "0" : new_ones)) return false;
  }
  return true;
}

/// Whether `snapshot`, which has no parent, is the first one that the table's main ever had.
bool IsFirst(const TableMetadata& table, const Snapshot& snapshot) {
  if (snapshot.sequence_number == 0) return AddedAllThatItHas(snapshot);
  std::set<int64_t> before;
  for (const Snapshot& other : table.snapshots()) {
    if (other.sequence_number > 0 && other.sequence_number < snapshot.sequence_number) {
      before.insert(other.sequence_number);
    }
  }
  return static_cast<int64_t>(before.size()) == snapshot.sequence_number - 1;
}

/// Whether all that came after `point` has been seen once `snapshot` has.
bool Passes(const Snapshot& snapshot, const CleanPoint& point) {
  if (point.snapshot_id && snapshot.snapshot_id == *point.snapshot_id) return true;
  if (snapshot.parent_snapshot_id) return snapshot.parent_snapshot_id == point.snapshot_id;
  // The parent is not shown. Nothing was committed in between when the one number follows the other.
  return point.sequence_number && snapshot.sequence_number > 0 &&
         snapshot.sequence_number == *point.sequence_number + 1;
}

}  // namespace

CleanPoint StateOf(const TableMetadata& table) {
  CleanPoint point;
  if (const Snapshot* tip = table.current_snapshot()) point.snapshot_id = tip->snapshot_id;
  // Version 1 counts nothing: its 0 is no number that another could follow.
  if (table.format_version() > 1) point.sequence_number = table.last_sequence_number();
  return point;
}

FoundSnapshot FindInHistory(const TableMetadata& table, const std::string& key, const std::string& value,
                            std::span<const CleanPoint> clean) {
  const Snapshot* snapshot = table.current_snapshot();
  // Nothing is in the table; and what is built on that is refused, should the catalog have shown an old state.
  if (snapshot == nullptr) return {Presence::kAbsent, std::nullopt};
  std::set<int64_t> seen;
  // A chain that runs in a circle is damaged metadata: it proves nothing.
  while (snapshot != nullptr && seen.insert(snapshot->snapshot_id).second) {
    if (const auto it = snapshot->summary.find(key); it != snapshot->summary.end() && it->second == value) {
      return {Presence::kPresent, *snapshot};
    }
    const auto passes = [&](const CleanPoint& point) { return Passes(*snapshot, point); };
    if (std::ranges::any_of(clean, passes)) return {Presence::kAbsent, std::nullopt};
    if (!snapshot->parent_snapshot_id) {
      return {IsFirst(table, *snapshot) ? Presence::kAbsent : Presence::kCut, std::nullopt};
    }
    snapshot = table.SnapshotById(*snapshot->parent_snapshot_id);
  }
  return {Presence::kCut, std::nullopt};
}

bool ShowsWholeHistory(const TableMetadata& table) {
  return FindInHistory(table, "", "", {}).presence == Presence::kAbsent;
}

}  // namespace calve::iceberg
