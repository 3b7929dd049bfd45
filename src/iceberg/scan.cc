#include "iceberg/scan.h"

#include "iceberg/manifest_list.h"
#include "iceberg/manifest_reader.h"

namespace calve::iceberg {
namespace {

Result<std::vector<ManifestFile>> ManifestsOf(const Snapshot& snapshot, store::ObjectStore& store) {
  if (!snapshot.manifest_list.empty()) {
    CALVE_ASSIGN_OR_RETURN(const std::string bytes, store::ReadAll(store, snapshot.manifest_list));
    return ReadManifestList(bytes, snapshot.manifest_list);
  }
  std::vector<ManifestFile> manifests;  // Version 1 could name them in the snapshot; they hold data files only.
  for (const std::string& path : snapshot.embedded_manifests) {
    ManifestFile manifest;
    manifest.path = path;
    manifest.added_snapshot_id = snapshot.snapshot_id;
    manifests.push_back(std::move(manifest));
  }
  return manifests;
}

Result<std::vector<ManifestEntry>> EntriesOf(const ManifestFile& manifest, store::ObjectStore& store) {
  CALVE_ASSIGN_OR_RETURN(const std::string bytes, store::ReadAll(store, manifest.path));
  PartitionSpec spec;
  spec.spec_id = manifest.spec_id;
  return ReadManifestEntries(bytes, manifest.path, spec, nullptr, &manifest);
}

}  // namespace

Result<LiveFiles> ListLiveFiles(const TableMetadata& table, store::ObjectStore& store) {
  LiveFiles live;
  const Snapshot* tip = table.current_snapshot();
  if (tip == nullptr) return live;
  CALVE_ASSIGN_OR_RETURN(const std::vector<ManifestFile> manifests, ManifestsOf(*tip, store));
  live.manifests = static_cast<int64_t>(manifests.size());
  for (const ManifestFile& manifest : manifests) {
    CALVE_ASSIGN_OR_RETURN(std::vector<ManifestEntry> entries, EntriesOf(manifest, store));
    for (ManifestEntry& entry : entries) {
      if (entry.status == EntryStatus::kDeleted) continue;
      if (manifest.content == ManifestContent::kDeletes) {
        ++live.delete_files;
      } else {
        live.data_files.push_back(std::move(entry.file));
      }
    }
  }
  return live;
}

Result<std::optional<ListedFile>> FindListedFile(const TableMetadata& table, std::string_view prefix,
                                                 store::ObjectStore& store) {
  const Snapshot* tip = table.current_snapshot();
  if (tip == nullptr) return std::optional<ListedFile>();
  CALVE_ASSIGN_OR_RETURN(const std::vector<ManifestFile> manifests, ManifestsOf(*tip, store));
  for (const ManifestFile& manifest : manifests) {
    if (manifest.content == ManifestContent::kDeletes) continue;
    CALVE_ASSIGN_OR_RETURN(std::vector<ManifestEntry> entries, EntriesOf(manifest, store));
    for (ManifestEntry& entry : entries) {
      const std::string& path = entry.file.file_path;
      if (!std::string_view(path).substr(path.rfind('/') + 1).starts_with(prefix)) continue;
      const bool live = entry.status != EntryStatus::kDeleted;
      return std::optional(ListedFile{path, live, live ? entry.snapshot_id : std::nullopt});
    }
  }
  return std::optional<ListedFile>();
}

}  // namespace calve::iceberg
