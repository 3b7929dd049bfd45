#include "load/append_action.h"

#include <utility>

namespace calve::load {

AppendAction::AppendAction(const CommitContext& context, Ledger& ledger, iceberg::TableIdentifier table,
                           CommitMarker marker, iceberg::AppendRequest append)
    : context_(context),
      ledger_(ledger),
      table_(std::move(table)),
      marker_(std::move(marker)),
      append_(std::move(append)) {
  append_.summary[marker_.key()] = marker_.value();
}

Result<std::optional<Done>> AppendAction::Find(const iceberg::LoadedTable& table) {
  const auto found = LookForCommit(table_, table.metadata, marker_, ledger_, context_.store);
  if (found.has_value()) return *found ? std::optional(Done{(*found)->snapshot_id}) : std::nullopt;
  // A snapshot without rows does no harm when it is there twice, and has no files to be known by.
  if (found.error().kind == ErrorKind::kUnprovable && append_.files.empty()) return std::optional<Done>();
  return std::unexpected(found.error());
}

Result<Built> AppendAction::Build(const iceberg::LoadedTable& table) {
  // Before anything is sent: who comes after a crash must know where to look, and that there is something to look for.
  CALVE_RETURN_IF_ERROR(ledger_.PutAttempt(marker_.load_id, marker_.chunk, iceberg::StateOf(table.metadata)));
  CALVE_ASSIGN_OR_RETURN(iceberg::AppendBuilt built,
                         iceberg::BuildAppend(table, append_, context_.store, context_.clock, context_.rng));
  return Built{std::move(built.change), built.snapshot_id, std::move(built.written)};
}

}  // namespace calve::load
