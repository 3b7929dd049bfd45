#include "iceberg/metadata_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "iceberg/metadata_json.h"

namespace calve::iceberg {
namespace {

constexpr size_t kMaxMetadataBytes = size_t{512} << 20U;
constexpr int kMaxVersion = 99'999'999;

std::set<std::string> ListedFiles(const TableMetadata& metadata) {
  std::set<std::string> files;
  const Json* log = FindMember(metadata.json(), "metadata-log");
  if (log == nullptr || !log->is_array()) return files;
  for (const Json& entry : *log) {
    if (auto file = JsonFind<std::string>(entry, "metadata-file"); file && *file) files.insert(**file);
  }
  return files;
}

}  // namespace

std::string MetadataFolder(const TableMetadata& metadata) {
  std::string folder = metadata.Property("write.metadata.path", metadata.location() + "/metadata");
  while (folder.size() > 1 && folder.ends_with('/')) folder.pop_back();
  return folder;
}

int NextMetadataVersion(std::string_view base_location) {
  const size_t slash = base_location.rfind('/');
  const std::string_view name = slash == std::string_view::npos ? base_location : base_location.substr(slash + 1);
  int version = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), version);
  const bool numbered = error == std::errc() && end != name.data() + name.size() && *end == '-';
  return numbered && version >= 0 && version < kMaxVersion ? version + 1 : 0;
}

Result<TableMetadata> ReadMetadataFile(store::ObjectStore& store, std::string_view location) {
  CALVE_ASSIGN_OR_RETURN(std::string data, store::ReadAll(store, location, kMaxMetadataBytes));
  if (data.starts_with("\x1f\x8b")) {
    CALVE_ASSIGN_OR_RETURN(data, GzipDecompress(data, kMaxMetadataBytes, location));
  }
  return TableMetadata::Parse(data, location);
}

Result<std::string> WriteMetadataFile(store::ObjectStore& store, const TableMetadata& metadata, int version, Rng& rng) {
  std::string codec = metadata.Property("write.metadata.compression-codec", "none");
  std::transform(codec.begin(), codec.end(), codec.begin(), [](unsigned char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : static_cast<char>(c);
  });
  if (codec != "none" && codec != "gzip") {
    return Err(ErrorKind::kInvalidArgument,
               fmt::format("table property write.metadata.compression-codec is '{}'; set it to none or gzip", codec));
  }
  CALVE_ASSIGN_OR_RETURN(std::string data, DumpJson(metadata.json(), "table metadata"));
  if (codec == "gzip") {
    CALVE_ASSIGN_OR_RETURN(data, GzipCompress(data));
  }
  const std::string location = fmt::format("{}/{:05}-{}{}.metadata.json", MetadataFolder(metadata), version,
                                           NewUuid(rng), codec == "gzip" ? ".gz" : "");
  CALVE_RETURN_IF_ERROR(store.Put(location, data, store::PutMode::kIfAbsent));
  return location;
}

std::vector<std::string> ExpiredMetadataFiles(const TableMetadata& before, std::string_view before_location,
                                              const TableMetadata& after) {
  if (after.Property("write.metadata.delete-after-commit.enabled", "false") != "true") return {};
  std::set<std::string> listed = ListedFiles(before);
  listed.insert(std::string(before_location));
  const std::set<std::string> kept = ListedFiles(after);
  std::vector<std::string> expired;
  std::set_difference(listed.begin(), listed.end(), kept.begin(), kept.end(), std::back_inserter(expired));
  return expired;
}

}  // namespace calve::iceberg
