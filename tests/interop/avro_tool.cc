// Manifests at the command line, for the tests that let other programs read what calve appends and the other way round.
//
//   avro_tool CATALOG.db WAREHOUSE append NS.TABLE FILES.json [KEY=VALUE ...]
//       appends the data files of a JSON array (docs/ledger-format.md) as one snapshot; summary entries behind them
//   avro_tool CATALOG.db WAREHOUSE entries NS.TABLE
//       prints the current snapshot's manifests and their files as JSON
#include <fmt/format.h>

#include <string>
#include <vector>

#include "catalog/sql_catalog.h"
#include "iceberg/append.h"
#include "iceberg/append_manifests.h"
#include "store/local_store.h"

namespace calve::catalog {
namespace {

using iceberg::LoadedTable;
using iceberg::TableIdentifier;

Status Append(SqlCatalog& catalog, const TableIdentifier& name, store::ObjectStore& store,
              const std::vector<std::string>& args) {
  CALVE_ASSIGN_OR_RETURN(const std::string text, store::ReadAll(store, args[1]));
  CALVE_ASSIGN_OR_RETURN(const Json files, ParseJson(text, args[1]));
  CALVE_ASSIGN_OR_RETURN(const LoadedTable base, catalog.Load(name));
  iceberg::AppendRequest request;
  request.schema_id = base.metadata.schema().schema_id;
  for (const Json& file : files) {
    CALVE_ASSIGN_OR_RETURN(iceberg::DataFile data_file, iceberg::DataFileFromJson(file));
    request.files.push_back(std::move(data_file));
  }
  for (size_t i = 2; i < args.size(); ++i) {
    const size_t equals = args[i].find('=');
    request.summary[args[i].substr(0, equals)] = args[i].substr(equals + 1);
  }
  CALVE_ASSIGN_OR_RETURN(const iceberg::AppendBuilt built,
                         iceberg::BuildAppend(base, request, store, SystemClock(), SystemRng()));
  const iceberg::CommitOutcome outcome = catalog.Commit(name, base, built.change);
  if (outcome.state != iceberg::CommitState::kCommitted) return std::unexpected(outcome.error);
  fmt::print("{}\n", built.snapshot_id);
  return {};
}

Status Entries(SqlCatalog& catalog, const TableIdentifier& name, store::ObjectStore& store) {
  CALVE_ASSIGN_OR_RETURN(const LoadedTable table, catalog.Load(name));
  Json out = Json::array();
  if (const iceberg::Snapshot* snapshot = table.metadata.current_snapshot()) {
    CALVE_ASSIGN_OR_RETURN(const auto manifests, iceberg::LoadManifests(table.metadata, *snapshot, store));
    for (const iceberg::ManifestFile& manifest : manifests) {
      CALVE_ASSIGN_OR_RETURN(const auto context, iceberg::ContextOfSpec(table.metadata, manifest.spec_id,
                                                                        table.metadata.schema().schema_id));
      CALVE_ASSIGN_OR_RETURN(const auto entries, iceberg::LoadEntries(manifest, context, store));
      for (const iceberg::ManifestEntry& entry : entries) {
        Json json = {{"manifest", manifest.path}, {"status", static_cast<int>(entry.status)}};
        json["snapshot-id"] = entry.snapshot_id.value_or(-1);
        json["sequence-number"] = entry.sequence_number.value_or(-1);
        json["file-sequence-number"] = entry.file_sequence_number.value_or(-1);
        json["file"] = iceberg::DataFileToJson(entry.file);
        out.push_back(std::move(json));
      }
    }
  }
  fmt::print("{}\n", out.dump());
  return {};
}

Status Run(const std::vector<std::string>& args) {
  if (args.size() < 4) return Err(ErrorKind::kInvalidArgument, "avro_tool CATALOG.db WAREHOUSE COMMAND NS.TABLE ...");
  store::LocalStore store;
  SqlCatalogOptions options;
  options.path = args[0];
  options.warehouse_location = args[1];
  CALVE_ASSIGN_OR_RETURN(const std::unique_ptr<SqlCatalog> catalog,
                         SqlCatalog::Open(options, store, SystemClock(), SystemRng()));
  const std::vector<std::string> rest(args.begin() + 3, args.end());
  CALVE_ASSIGN_OR_RETURN(const TableIdentifier name, TableIdentifier::Parse(rest[0]));
  if (args[2] == "append" && rest.size() >= 2) return Append(*catalog, name, store, rest);
  if (args[2] == "entries") return Entries(*catalog, name, store);
  return Err(ErrorKind::kInvalidArgument, "unknown command or wrong number of arguments: " + args[2]);
}

}  // namespace
}  // namespace calve::catalog

int main(int argc, char** argv) {
  const auto status = calve::catalog::Run(std::vector<std::string>(argv + 1, argv + argc));
  if (status) return 0;
  fmt::print(stderr, "{}: {}\n", calve::ErrorKindName(status.error().kind), status.error().message);
  return 1;
}
