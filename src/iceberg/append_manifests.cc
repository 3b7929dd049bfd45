#include "iceberg/append_manifests.h"

#include <fmt/format.h>

#include <algorithm>

#include "iceberg/manifest_list.h"
#include "iceberg/manifest_reader.h"
#include "iceberg/manifest_schema.h"
#include "iceberg/manifest_summary.h"
#include "iceberg/metadata_json.h"

namespace calve::iceberg {
namespace {

/// A file that the table's metadata names: when it is not there, the table is damaged.
Result<std::string> ReadMetadataFile(store::ObjectStore& store, const std::string& path, std::string_view what) {
  auto bytes = store::ReadAll(store, path);
  if (!bytes && bytes.error().kind == ErrorKind::kNotFound) {
    return Err(ErrorKind::kCorrupt,
               fmt::format("the table's {} {} is missing: {}; restore the file or roll the table back to "
                           "a snapshot that has all of its files",
                           what, path, bytes.error().message));
  }
  if (!bytes) return WithContext(std::move(bytes).error(), fmt::format("{} {}", what, path));
  return bytes;
}

std::unexpected<Error> UnknownSpec(std::string_view what, int spec_id) {
  return Err(ErrorKind::kCorrupt,
             fmt::format("{} is of partition spec {}, which the table's metadata does not have", what, spec_id));
}

/// The record of a manifest that no manifest list describes.
Result<ManifestFile> DescribeManifest(const TableMetadata& table, const std::string& path, store::ObjectStore& store) {
  CALVE_ASSIGN_OR_RETURN(const std::string bytes, ReadMetadataFile(store, path, "manifest"));
  CALVE_ASSIGN_OR_RETURN(const ManifestHeader header, ReadManifestHeader(bytes, path));
  const int spec_id = header.spec_id.value_or(0);
  const PartitionSpec* spec = table.SpecById(spec_id);
  if (spec == nullptr) return UnknownSpec("manifest " + path, spec_id);
  // Summaries only where the values can be understood; readers do without.
  const auto context = ContextOfSpec(table, spec_id, table.schema().schema_id);
  const std::vector<Type>* types = context ? &context->types : nullptr;
  CALVE_ASSIGN_OR_RETURN(const std::vector<ManifestEntry> entries,
                         ReadManifestEntries(bytes, path, *spec, types, nullptr));
  std::optional<int64_t> wrote;   // The snapshot of the first file added or deleted: it wrote the manifest.
  std::optional<int64_t> newest;  // Where there is none, the highest id there is.
  for (const ManifestEntry& entry : entries) {
    if (!entry.snapshot_id)
      return Err(ErrorKind::kCorrupt, fmt::format("manifest {} has a file without a snapshot id", path));
    if (!wrote && entry.status != EntryStatus::kExisting) wrote = entry.snapshot_id;
    newest = std::max(newest.value_or(*entry.snapshot_id), *entry.snapshot_id);
  }
  CALVE_ASSIGN_OR_RETURN(ManifestFile manifest,
                         SummarizeEntries(entries, types, wrote.value_or(newest.value_or(0)), 0));
  manifest.path = path;
  manifest.length_bytes = static_cast<int64_t>(bytes.size());
  manifest.spec_id = spec_id;
  return manifest;
}

/// Version 2 lists must have the counts that version 1 lists may lack.
Status CompleteCounts(const TableMetadata& table, ManifestFile& manifest, store::ObjectStore& store) {
  if (manifest.added_files && manifest.existing_files && manifest.deleted_files && manifest.added_rows &&
      manifest.existing_rows && manifest.deleted_rows) {
    return {};
  }
  CALVE_ASSIGN_OR_RETURN(const std::string bytes, ReadMetadataFile(store, manifest.path, "manifest"));
  const PartitionSpec* spec = table.SpecById(manifest.spec_id);
  CALVE_ASSIGN_OR_RETURN(const std::vector<ManifestEntry> entries,
                         ReadManifestEntries(bytes, manifest.path, *spec, nullptr, &manifest));
  CALVE_ASSIGN_OR_RETURN(const ManifestFile counted, SummarizeEntries(entries, nullptr, 0, 0));
  manifest.added_files = counted.added_files;
  manifest.existing_files = counted.existing_files;
  manifest.deleted_files = counted.deleted_files;
  manifest.added_rows = counted.added_rows;
  manifest.existing_rows = counted.existing_rows;
  manifest.deleted_rows = counted.deleted_rows;
  return {};
}

}  // namespace

Result<SpecContext> ContextOfSpec(const TableMetadata& table, int spec_id, int preferred_schema_id) {
  const PartitionSpec* spec = table.SpecById(spec_id);
  if (spec == nullptr) return UnknownSpec("a file", spec_id);
  std::vector<const Schema*> candidates = {table.SchemaById(preferred_schema_id), &table.schema()};
  CALVE_ASSIGN_OR_RETURN(const Json* schemas, FindArray(table.json(), "schemas"));
  for (size_t i = schemas == nullptr ? 0 : schemas->size(); i > 0; --i) {
    CALVE_ASSIGN_OR_RETURN(const std::optional<int> id, FindInt32((*schemas)[i - 1], "schema-id"));
    candidates.push_back(table.SchemaById(id.value_or(0)));
  }
  std::optional<Error> first_error;
  for (const Schema* schema : candidates) {
    if (schema == nullptr) continue;
    auto types = PartitionTypes(*spec, *schema);
    if (types) return SpecContext{spec, schema, *std::move(types)};
    if (!first_error) first_error = std::move(types).error();
  }
  return std::unexpected(*first_error);
}

Result<std::vector<ManifestFile>> LoadManifests(const TableMetadata& table, const Snapshot& snapshot,
                                                store::ObjectStore& store) {
  std::vector<ManifestFile> manifests;
  if (snapshot.manifest_list.empty()) {
    for (const std::string& path : snapshot.embedded_manifests) {
      CALVE_ASSIGN_OR_RETURN(ManifestFile manifest, DescribeManifest(table, path, store));
      manifests.push_back(std::move(manifest));
    }
    return manifests;
  }
  CALVE_ASSIGN_OR_RETURN(const std::string bytes, ReadMetadataFile(store, snapshot.manifest_list, "manifest list"));
  CALVE_ASSIGN_OR_RETURN(manifests, ReadManifestList(bytes, snapshot.manifest_list));
  for (ManifestFile& manifest : manifests) {
    if (table.SpecById(manifest.spec_id) == nullptr) return UnknownSpec("manifest " + manifest.path, manifest.spec_id);
    if (table.format_version() > 1) CALVE_RETURN_IF_ERROR(CompleteCounts(table, manifest, store));
  }
  return manifests;
}

Result<std::vector<ManifestEntry>> LoadEntries(const ManifestFile& manifest, const SpecContext& context,
                                               store::ObjectStore& store) {
  CALVE_ASSIGN_OR_RETURN(const std::string bytes, ReadMetadataFile(store, manifest.path, "manifest"));
  CALVE_ASSIGN_OR_RETURN(std::vector<ManifestEntry> entries,
                         ReadManifestEntries(bytes, manifest.path, *context.spec, &context.types, &manifest));
  if (manifest.added_files && manifest.existing_files && manifest.deleted_files) {
    const int64_t expected = *manifest.added_files + *manifest.existing_files + *manifest.deleted_files;
    if (static_cast<int64_t>(entries.size()) != expected) {
      return Err(
          ErrorKind::kCorrupt,
          fmt::format(
              "manifest {} has {} files where the manifest list says {}: it is not rewritten; repair the table, or "
              "set commit.manifest-merge.enabled=false on it to append without touching old manifests",
              manifest.path, entries.size(), expected));
    }
  }
  return entries;
}

}  // namespace calve::iceberg
