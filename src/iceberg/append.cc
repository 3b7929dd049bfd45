#include "iceberg/append.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "iceberg/append_manifests.h"
#include "iceberg/append_merge.h"
#include "iceberg/append_summary.h"
#include "iceberg/manifest_list.h"
#include "iceberg/metadata_file.h"

namespace calve::iceberg {
namespace {

Status CheckRequest(const TableMetadata& table, const AppendRequest& request) {
  if (table.format_version() > 2) {
    return Err(
        ErrorKind::kInvalidArgument,
        fmt::format("the table is of Iceberg format version {}; appending works with 1 and 2", table.format_version()));
  }
  if (table.SchemaById(request.schema_id) == nullptr) {
    return Err(ErrorKind::kInvalidArgument,
               fmt::format("the table has no schema {}, which the data files were written with", request.schema_id));
  }
  for (const DataFile& file : request.files) {
    const PartitionSpec* spec = table.SpecById(file.spec_id);
    if (spec == nullptr) {
      return Err(ErrorKind::kInvalidArgument,
                 fmt::format("data file {} is of partition spec {}, which the table does not have", file.file_path,
                             file.spec_id));
    }
    if (file.content != FileContent::kData || file.file_path.empty() || file.record_count < 0 ||
        file.file_size_bytes < 0 || file.partition.size() != spec->fields.size()) {
      return Err(ErrorKind::kInternal,
                 fmt::format("'{}' is not a data file of partition spec {}", file.file_path, file.spec_id));
    }
  }
  return {};
}

/// Writes objects of this attempt and remembers them.
class AttemptWriter {
 public:
  AttemptWriter(store::ObjectStore& store, std::string folder, std::vector<std::string>& written)
      : store_(store), folder_(std::move(folder)), written_(written) {}

  Result<std::string> Put(const std::string& name, const std::string& bytes) {
    std::string path = folder_ + "/" + name;
    Status status = store_.Put(path, bytes, store::PutMode::kIfAbsent);
    if (!status && status.error().kind == ErrorKind::kAlreadyExists) {
      // Names are unique, contents too (each has a random marker): the same content is ours, from a Put that the
      // transport repeated after losing the answer.
      const auto there = store::ReadAll(store_, path);
      if (there && *there == bytes) status = {};
      if (!status) return WithContext(std::move(status).error(), path);
    }
    written_.push_back(path);  // Also when the answer was lost: it may be there.
    if (!status) return WithContext(std::move(status).error(), path);
    return path;
  }

 private:
  store::ObjectStore& store_;
  std::string folder_;
  std::vector<std::string>& written_;
};

/// One manifest a spec, of the request's files in their order.
Result<std::vector<NewManifest>> NewManifests(const TableMetadata& table, const AppendRequest& request,
                                              const SnapshotNumbers& numbers, Rng& rng) {
  std::map<int, std::vector<ManifestEntry>> by_spec;
  for (const DataFile& file : request.files) {
    ManifestEntry entry;
    entry.status = EntryStatus::kAdded;
    entry.snapshot_id = numbers.snapshot_id;
    entry.file = file;
    by_spec[file.spec_id].push_back(std::move(entry));
  }
  std::vector<NewManifest> manifests;
  for (auto& [spec_id, entries] : by_spec) {
    CALVE_ASSIGN_OR_RETURN(const SpecContext context, ContextOfSpec(table, spec_id, request.schema_id));
    CALVE_ASSIGN_OR_RETURN(PlannedManifest planned, PlanManifest(context, entries, numbers, rng));
    manifests.push_back({std::move(planned), std::move(entries)});
  }
  return manifests;
}

Json SnapshotJson(const TableMetadata& table, const SnapshotNumbers& numbers, const Snapshot* parent,
                  int64_t timestamp_ms, const std::string& manifest_list,
                  const std::map<std::string, std::string>& summary) {
  Json json;
  if (numbers.format_version > 1) json["sequence-number"] = numbers.sequence_number;
  json["snapshot-id"] = numbers.snapshot_id;
  if (parent != nullptr) json["parent-snapshot-id"] = parent->snapshot_id;
  json["timestamp-ms"] = timestamp_ms;
  json["summary"] = Json::object();
  json["summary"]["operation"] = "append";
  for (const auto& [key, value] : summary) json["summary"][key] = value;
  json["manifest-list"] = manifest_list;
  json["schema-id"] = table.schema().schema_id;
  return json;
}

Json RefUpdate(int64_t snapshot_id) {
  return {{"action", "set-snapshot-ref"}, {"ref-name", "main"}, {"type", "branch"}, {"snapshot-id", snapshot_id}};
}

std::vector<Json> Requirements(const TableMetadata& table, const Snapshot* parent) {
  std::vector<Json> requirements;
  // Old version 1 tables may have no uuid.
  if (!table.uuid().empty()) requirements.push_back({{"type", "assert-table-uuid"}, {"uuid", table.uuid()}});
  requirements.push_back({{"type", "assert-ref-snapshot-id"},
                          {"ref", "main"},
                          {"snapshot-id", parent == nullptr ? Json(nullptr) : Json(parent->snapshot_id)}});
  return requirements;
}

Result<AppendBuilt> Build(const TableMetadata& table, const AppendRequest& request, store::ObjectStore& store,
                          Clock& clock, Rng& rng, std::vector<std::string>& written) {
  CALVE_RETURN_IF_ERROR(CheckRequest(table, request));
  CALVE_ASSIGN_OR_RETURN(const MergePolicy policy, MergePolicy::FromProperties(table));
  const Snapshot* parent = table.current_snapshot();
  CALVE_ASSIGN_OR_RETURN(const auto summary, AppendSummary(request.files, parent, request.summary));
  std::vector<ManifestFile> old;
  if (parent != nullptr) {
    CALVE_ASSIGN_OR_RETURN(old, LoadManifests(table, *parent, store));
  }

  SnapshotNumbers numbers;
  numbers.format_version = table.format_version();
  numbers.sequence_number = numbers.format_version > 1 ? table.last_sequence_number() + 1 : 0;
  do {
    numbers.snapshot_id = NewSnapshotId(rng);
  } while (table.SnapshotById(numbers.snapshot_id) != nullptr);
  CALVE_ASSIGN_OR_RETURN(std::vector<NewManifest> added, NewManifests(table, request, numbers, rng));
  CALVE_ASSIGN_OR_RETURN(std::vector<PlannedManifest> planned,
                         MergeManifests(table, std::move(added), std::move(old), numbers, policy, store, rng));

  const std::string attempt = NewUuid(rng);
  AttemptWriter writer(store, MetadataFolder(table), written);
  std::vector<ManifestFile> manifests;
  int number = 0;
  for (PlannedManifest& manifest : planned) {
    if (!manifest.bytes.empty()) {
      CALVE_ASSIGN_OR_RETURN(manifest.file.path,
                             writer.Put(fmt::format("{}-m{}.avro", attempt, number++), manifest.bytes));
    }
    manifests.push_back(std::move(manifest.file));
  }
  ManifestListHeader header;
  header.format_version = numbers.format_version;
  header.snapshot_id = numbers.snapshot_id;
  header.sequence_number = numbers.sequence_number;
  if (parent != nullptr) header.parent_snapshot_id = parent->snapshot_id;
  CALVE_ASSIGN_OR_RETURN(const std::string list, EncodeManifestList(header, manifests, rng));
  CALVE_ASSIGN_OR_RETURN(const std::string list_path,
                         writer.Put(fmt::format("snap-{}-1-{}.avro", numbers.snapshot_id, attempt), list));

  // Snapshot times do not run backwards, whatever the clocks of the writers say.
  const int64_t timestamp_ms = std::max(ToMillis(clock.Now()), table.last_updated_ms());
  AppendBuilt built;
  built.snapshot_id = numbers.snapshot_id;
  built.change.updates = {{{"action", "add-snapshot"},
                           {"snapshot", SnapshotJson(table, numbers, parent, timestamp_ms, list_path, summary)}},
                          RefUpdate(numbers.snapshot_id)};
  built.change.requirements = Requirements(table, parent);
  return built;
}

}  // namespace

Result<AppendBuilt> BuildAppend(const LoadedTable& base, const AppendRequest& request, store::ObjectStore& store,
                                Clock& clock, Rng& rng) {
  std::vector<std::string> written;
  auto built = Build(base.metadata, request, store, clock, rng, written);
  if (!built) {
    // Nobody has seen them. What cannot be deleted now is garbage that orphan-file removal finds.
    if (!written.empty()) (void)store.Delete(written);
    return built;
  }
  built->written = std::move(written);
  return built;
}

}  // namespace calve::iceberg
