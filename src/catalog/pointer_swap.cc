#include "catalog/pointer_swap.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <span>
#include <vector>

#include "iceberg/metadata_file.h"

namespace calve::catalog {

Result<Staged> PointerSwap::StageCreate(const iceberg::NewTable& definition) {
  CALVE_ASSIGN_OR_RETURN(iceberg::TableMetadata metadata, iceberg::MakeTableMetadata(definition, clock_, rng_));
  CALVE_ASSIGN_OR_RETURN(std::string location, iceberg::WriteMetadataFile(store_, metadata, 0, rng_));
  return Staged{std::move(location), std::move(metadata)};
}

Result<Staged> PointerSwap::StageCommit(const iceberg::LoadedTable& base, const iceberg::TableChange& change) {
  CALVE_RETURN_IF_ERROR(iceberg::CheckRequirements(&base.metadata, change.requirements));
  CALVE_ASSIGN_OR_RETURN(iceberg::TableMetadata metadata,
                         iceberg::ApplyUpdates(base.metadata, base.metadata_location, change.updates, clock_));
  const int version = iceberg::NextMetadataVersion(base.metadata_location);
  CALVE_ASSIGN_OR_RETURN(std::string location, iceberg::WriteMetadataFile(store_, metadata, version, rng_));
  return Staged{std::move(location), std::move(metadata)};
}

void PointerSwap::Discard(const Staged& staged) {
  if (auto status = store_.Delete(std::span(&staged.metadata_location, 1)); !status) {
    spdlog::warn("unreferenced metadata file {} stays: {}", staged.metadata_location, status.error().message);
  }
}

void PointerSwap::DeleteExpired(const iceberg::LoadedTable& before, const iceberg::TableMetadata& after) {
  const std::vector<std::string> expired =
      iceberg::ExpiredMetadataFiles(before.metadata, before.metadata_location, after);
  if (expired.empty()) return;
  if (auto status = store_.Delete(expired); !status) {
    spdlog::warn("{} old metadata files of {} stay: {}", expired.size(), after.location(), status.error().message);
  }
}

Result<iceberg::LoadedTable> LoadPointedTo(store::ObjectStore& store, const iceberg::TableIdentifier& table,
                                           const std::function<Result<std::string>()>& pointer) {
  CALVE_ASSIGN_OR_RETURN(std::string location, pointer());
  while (true) {
    auto metadata = iceberg::ReadMetadataFile(store, location);
    if (metadata) return iceberg::LoadedTable{std::move(location), *std::move(metadata)};
    if (metadata.error().kind != ErrorKind::kNotFound) return std::unexpected(std::move(metadata).error());
    // A commit that deletes old metadata files may have come between: then the pointer has moved on.
    CALVE_ASSIGN_OR_RETURN(std::string newer, pointer());
    if (newer == location) {
      return Err(ErrorKind::kCorrupt, fmt::format("the metadata file of table {} is missing: the catalog points to {}",
                                                  table.ToString(), location));
    }
    location = std::move(newer);
  }
}

Status CheckIdentifier(const iceberg::TableIdentifier& table) {
  const auto bad = [](const std::string& part) {
    return part.empty() || part.find('.') != std::string::npos || part.find('\0') != std::string::npos;
  };
  bool wrong = table.ns.empty() || table.name.empty() || table.name.find('\0') != std::string::npos;
  for (const std::string& level : table.ns) wrong = wrong || bad(level);
  if (!wrong) return {};
  return Err(ErrorKind::kInvalidArgument,
             fmt::format("'{}' is not a table name this catalog can keep: it needs a namespace, and no namespace level "
                         "may be empty or hold a dot",
                         table.ToString()));
}

Result<std::string> LocationUnder(std::string_view warehouse, const iceberg::TableIdentifier& table) {
  CALVE_RETURN_IF_ERROR(CheckIdentifier(table));
  std::string location(warehouse);
  while (location.size() > 1 && location.ends_with('/')) location.pop_back();
  std::vector<std::string> parts = table.ns;
  parts.push_back(table.name);
  for (const std::string& part : parts) {
    if (part == "." || part == ".." || part.find('/') != std::string::npos) {
      return Err(ErrorKind::kInvalidArgument,
                 fmt::format("table '{}' cannot be given a location of its own: '{}' is not a folder name; choose the "
                             "location yourself",
                             table.ToString(), part));
    }
    location += '/';
    location += part;
  }
  return location;
}

}  // namespace calve::catalog
