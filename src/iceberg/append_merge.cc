#include "iceberg/append_merge.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <map>
#include <utility>

#include "base/ascii.h"
#include "base/whole_number.h"
#include "iceberg/manifest_summary.h"
#include "iceberg/manifest_writer.h"

namespace calve::iceberg {
namespace {

Result<int64_t> PositiveProperty(const TableMetadata& table, std::string_view key, int64_t fallback) {
  const std::string text = table.Property(key, std::to_string(fallback));
  const auto value = WholeNumber<int64_t>(text);
  if (!value || *value < 1) {
    return Err(ErrorKind::kInvalidArgument,
               fmt::format("the table's property {} = '{}' is not a positive number", key, text));
  }
  return *value;
}

/// One manifest of a group: an old one, or a new one with its entries at hand.
struct Member {
  PlannedManifest planned;
  std::vector<ManifestEntry> entries;
  bool is_new = false;
};

/// Merges a run of manifests of one spec.
Result<PlannedManifest> MergeRun(const SpecContext& context, std::vector<Member>& run, const SnapshotNumbers& numbers,
                                 store::ObjectStore& store, Rng& rng) {
  std::vector<ManifestEntry> merged;
  for (Member& member : run) {
    if (member.is_new) {
      std::ranges::move(member.entries, std::back_inserter(merged));
      continue;
    }
    CALVE_ASSIGN_OR_RETURN(std::vector<ManifestEntry> entries, LoadEntries(member.planned.file, context, store));
    for (ManifestEntry& entry : entries) {
      if (entry.status == EntryStatus::kDeleted) continue;  // By an older snapshot: of no use to this one.
      entry.status = EntryStatus::kExisting;
      merged.push_back(std::move(entry));
    }
  }
  return PlanManifest(context, merged, numbers, rng);
}

/// The manifests of one spec, merged.
Status MergeGroup(const TableMetadata& table, int spec_id, std::vector<Member> group, const SnapshotNumbers& numbers,
                  const MergePolicy& policy, store::ObjectStore& store, Rng& rng, std::vector<PlannedManifest>& out) {
  const auto keep = [&](std::vector<Member>& members) {
    for (Member& member : members) out.push_back(std::move(member.planned));
  };
  // Specs that we cannot read the values of, and encrypted manifests, stay as they are.
  const auto context = ContextOfSpec(table, spec_id, table.schema().schema_id);
  if (!policy.enabled || !context) {
    keep(group);
    return {};
  }
  std::vector<Member> sealed;
  std::vector<Member> open;
  for (Member& member : group) {
    (member.planned.file.key_metadata ? sealed : open).push_back(std::move(member));
  }
  std::vector<int64_t> sizes;
  for (const Member& member : open) sizes.push_back(member.planned.file.length_bytes);
  size_t next = 0;
  for (const size_t length : PackFromEnd(sizes, policy.target_size_bytes)) {
    std::vector<Member> run(std::make_move_iterator(open.begin() + static_cast<std::ptrdiff_t>(next)),
                            std::make_move_iterator(open.begin() + static_cast<std::ptrdiff_t>(next + length)));
    next += length;
    const bool has_new = std::ranges::any_of(run, &Member::is_new);
    if (length == 1 || (has_new && static_cast<int64_t>(length) < policy.min_count)) {
      keep(run);
      continue;
    }
    CALVE_ASSIGN_OR_RETURN(PlannedManifest merged, MergeRun(*context, run, numbers, store, rng));
    out.push_back(std::move(merged));
  }
  keep(sealed);
  return {};
}

}  // namespace

Result<MergePolicy> MergePolicy::FromProperties(const TableMetadata& table) {
  MergePolicy policy;
  policy.enabled = AsciiLower(table.Property("commit.manifest-merge.enabled", "true")) == "true";
  CALVE_ASSIGN_OR_RETURN(policy.min_count,
                         PositiveProperty(table, "commit.manifest.min-count-to-merge", policy.min_count));
  CALVE_ASSIGN_OR_RETURN(policy.target_size_bytes,
                         PositiveProperty(table, "commit.manifest.target-size-bytes", policy.target_size_bytes));
  return policy;
}

Result<PlannedManifest> PlanManifest(const SpecContext& context, const std::vector<ManifestEntry>& entries,
                                     const SnapshotNumbers& numbers, Rng& rng) {
  PlannedManifest planned;
  CALVE_ASSIGN_OR_RETURN(planned.file,
                         SummarizeEntries(entries, &context.types, numbers.snapshot_id, numbers.sequence_number));
  const ManifestContext manifest{*context.schema, *context.spec, context.types, numbers.format_version,
                                 ManifestContent::kData};
  CALVE_ASSIGN_OR_RETURN(planned.bytes, EncodeManifest(manifest, entries, rng));
  planned.file.length_bytes = static_cast<int64_t>(planned.bytes.size());
  planned.file.spec_id = context.spec->spec_id;
  return planned;
}

std::vector<size_t> PackFromEnd(const std::vector<int64_t>& sizes_bytes, int64_t target) {
  std::vector<size_t> runs;
  int64_t weight = 0;
  for (auto it = sizes_bytes.rbegin(); it != sizes_bytes.rend(); ++it) {
    if (runs.empty() || weight > target || *it > target - weight) {
      runs.push_back(0);
      weight = 0;
    }
    ++runs.back();
    if (__builtin_add_overflow(weight, *it, &weight)) weight = std::numeric_limits<int64_t>::max();
  }
  std::ranges::reverse(runs);
  return runs;
}

Result<std::vector<PlannedManifest>> MergeManifests(const TableMetadata& table, std::vector<NewManifest> added,
                                                    std::vector<ManifestFile> old, const SnapshotNumbers& numbers,
                                                    const MergePolicy& policy, store::ObjectStore& store, Rng& rng) {
  std::map<int, std::vector<Member>, std::greater<>> groups;  // Newest spec first.
  for (NewManifest& manifest : added) {
    const int spec_id = manifest.planned.file.spec_id;
    groups[spec_id].push_back({std::move(manifest.planned), std::move(manifest.entries), true});
  }
  std::vector<PlannedManifest> deletes;
  for (ManifestFile& manifest : old) {
    const bool dead = manifest.added_files == 0 && manifest.existing_files == 0;
    if (manifest.content == ManifestContent::kDeletes) {
      deletes.push_back({std::move(manifest), {}});
    } else if (!dead) {
      const int spec_id = manifest.spec_id;
      groups[spec_id].push_back({{std::move(manifest), {}}, {}, false});
    }
  }
  std::vector<PlannedManifest> out;
  for (auto& [spec_id, group] : groups) {
    CALVE_RETURN_IF_ERROR(MergeGroup(table, spec_id, std::move(group), numbers, policy, store, rng, out));
  }
  std::ranges::move(deletes, std::back_inserter(out));
  return out;
}

}  // namespace calve::iceberg
