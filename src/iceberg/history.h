// Is our snapshot among the table's ancestors? Present, absent, or not to be told from what the catalog shows.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "iceberg/table_metadata.h"

namespace calve::iceberg {

/// A state of a table of which it is known that what is looked for was not in it.
struct CleanPoint {
  std::optional<int64_t> snapshot_id;      ///< main's tip then; nullopt: it had none.
  std::optional<int64_t> sequence_number;  ///< The table's last one then; nullopt: not known.

  friend bool operator==(const CleanPoint&, const CleanPoint&) = default;
};

/// The state that `table` is in.
CleanPoint StateOf(const TableMetadata& table);

enum class Presence {
  kPresent,
  kAbsent,  ///< Proven: everything since a clean point, or since the table's first snapshot, was seen.
  kCut,     ///< The history that the catalog shows ends before that: it was expired, or the catalog keeps none.
};

struct FoundSnapshot {
  Presence presence = Presence::kAbsent;
  std::optional<Snapshot> snapshot;  ///< When present.
};

/// Looks for a snapshot whose summary has `key` = `value` among the current snapshot's ancestors, newest first.
/// Absence is proven by passing one of `clean`: its snapshot is an ancestor or the oldest one's parent, or that one is
/// shown without a parent and its sequence number follows the point's; or by reaching the table's first snapshot. A
/// snapshot is not the first one because it has no parent: some catalogs show the newest snapshot alone. It is when
/// each sequence number before its own is another snapshot's that the metadata still has (of a main that was replaced,
/// of a branch); without sequence numbers (version 1), when its summary says that it added all that it has.
FoundSnapshot FindInHistory(const TableMetadata& table, const std::string& key, const std::string& value,
                            std::span<const CleanPoint> clean);

/// Whether the history that the catalog shows goes back to the table's first snapshot.
bool ShowsWholeHistory(const TableMetadata& table);

}  // namespace calve::iceberg
