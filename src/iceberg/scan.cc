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

}  // namespace

Result<LiveFiles> ListLiveFiles(const TableMetadata& table, store::ObjectStore& store) {
  LiveFiles live;
  const Snapshot* tip = table.current_snapshot();
  if (tip == nullptr) return live;
  CALVE_ASSIGN_OR_RETURN(const std::vector<ManifestFile> manifests, ManifestsOf(*tip, store));
  live.manifests = static_cast<int64_t>(manifests.size());
  for (const ManifestFile& manifest : manifests) {
    CALVE_ASSIGN_OR_RETURN(const std::string bytes, store::ReadAll(store, manifest.path));
    PartitionSpec spec;
    spec.spec_id = manifest.spec_id;
    CALVE_ASSIGN_OR_RETURN(std::vector<ManifestEntry> entries,
                           ReadManifestEntries(bytes, manifest.path, spec, nullptr, &manifest));
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

}  // namespace calve::iceberg
