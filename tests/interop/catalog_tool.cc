// A catalog at the command line, for the tests that let other programs read what calve writes and the other way round.
//
//   catalog_tool CATALOG.db WAREHOUSE create NS.TABLE VERSION [KEY=VALUE ...]   columns id (long, required), name, at
//   (timestamp) catalog_tool CATALOG.db WAREHOUSE load NS.TABLE                             prints a JSON summary
//   catalog_tool CATALOG.db WAREHOUSE set NS.TABLE KEY VALUE
//   catalog_tool CATALOG.db WAREHOUSE add-column NS.TABLE NAME                  an optional long
//   catalog_tool CATALOG.db WAREHOUSE list
//   catalog_tool CATALOG.db WAREHOUSE drop NS.TABLE
//
// `create` takes partition-by=TERM for KEY=VALUE, any number of times. CALVE_CATALOG_NAME: default "default".
#include <fmt/format.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "catalog/sql_catalog.h"
#include "store/local_store.h"

namespace calve::catalog {
namespace {

using iceberg::LoadedTable;
using iceberg::TableChange;
using iceberg::TableIdentifier;
using iceberg::TypeId;

Status Fail(const Error& error) { return std::unexpected(error); }

Status Create(SqlCatalog& catalog, const TableIdentifier& name, const std::vector<std::string>& args) {
  iceberg::NewTable table;
  table.format_version = args.at(1) == "1" ? 1 : 2;
  for (size_t i = 2; i < args.size(); ++i) {
    const size_t equals = args[i].find('=');
    if (args[i].starts_with("partition-by=")) {
      table.partition_terms.push_back(args[i].substr(equals + 1));
    } else if (equals != std::string::npos) {
      table.properties[args[i].substr(0, equals)] = args[i].substr(equals + 1);
    }
  }
  for (const auto& [column, type] :
       {std::pair{"id", TypeId::kLong}, std::pair{"name", TypeId::kString}, std::pair{"at", TypeId::kTimestamp}}) {
    iceberg::Field field;
    field.name = column;
    field.type.id = type;
    table.schema.fields.push_back(field);
  }
  table.schema.fields[0].required = true;
  CALVE_ASSIGN_OR_RETURN(table.location, catalog.DefaultLocation(name));
  CALVE_ASSIGN_OR_RETURN(const LoadedTable created, catalog.Create(name, table));
  fmt::print("{}\n", created.metadata_location);
  return {};
}

Status Show(SqlCatalog& catalog, const TableIdentifier& name) {
  CALVE_ASSIGN_OR_RETURN(const LoadedTable table, catalog.Load(name));
  const iceberg::TableMetadata& metadata = table.metadata;
  Json json;
  json["metadata-location"] = table.metadata_location;
  json["format-version"] = metadata.format_version();
  json["uuid"] = metadata.uuid();
  json["location"] = metadata.location();
  json["properties"] = Json(metadata.properties());
  json["columns"] = Json::array();
  for (const iceberg::Field& field : metadata.schema().fields) {
    json["columns"].push_back(fmt::format("{} {} {}", field.id, field.name, TypeToString(field.type)));
  }
  json["spec"] = iceberg::PartitionFieldsToJson(metadata.spec());
  json["last-column-id"] = metadata.last_column_id();
  json["last-sequence-number"] = metadata.last_sequence_number();
  json["snapshots"] = metadata.snapshots().size();
  json["current-snapshot-id"] = nullptr;
  if (const iceberg::Snapshot* current = metadata.current_snapshot()) {
    json["current-snapshot-id"] = current->snapshot_id;
    json["summary"] = Json(current->summary);
  }
  fmt::print("{}\n", json.dump());
  return {};
}

Status Commit(SqlCatalog& catalog, const TableIdentifier& name, const LoadedTable& base, const TableChange& change) {
  const iceberg::CommitOutcome outcome = catalog.Commit(name, base, change);
  if (outcome.state != iceberg::CommitState::kCommitted) return Fail(outcome.error);
  fmt::print("{}\n", outcome.metadata_location);
  return {};
}

Status Set(SqlCatalog& catalog, const TableIdentifier& name, const std::string& key, const std::string& value) {
  CALVE_ASSIGN_OR_RETURN(const LoadedTable base, catalog.Load(name));
  TableChange change;
  change.updates.push_back({{"action", "set-properties"}, {"updates", {{key, value}}}});
  return Commit(catalog, name, base, change);
}

Status AddColumn(SqlCatalog& catalog, const TableIdentifier& name, const std::string& column) {
  CALVE_ASSIGN_OR_RETURN(const LoadedTable base, catalog.Load(name));
  iceberg::Field field;
  field.name = column;
  field.type.id = TypeId::kLong;
  CALVE_ASSIGN_OR_RETURN(const TableChange change, iceberg::AddColumns(base.metadata, {field}));
  return Commit(catalog, name, base, change);
}

Status Run(const std::vector<std::string>& args) {
  if (args.size() < 3)
    return Err(ErrorKind::kInvalidArgument, "catalog_tool CATALOG.db|postgresql://... WAREHOUSE COMMAND ...");
  store::LocalStore store;
  SqlCatalogOptions options;
  (args[0].starts_with("postgresql") ? options.postgres_uri : options.path) = args[0];
  options.warehouse_location = args[1];
  if (const char* catalog_name = std::getenv("CALVE_CATALOG_NAME")) options.catalog_name = catalog_name;
  CALVE_ASSIGN_OR_RETURN(const std::unique_ptr<SqlCatalog> catalog,
                         SqlCatalog::Open(options, store, SystemClock(), SystemRng()));
  const std::string& command = args[2];
  const std::vector<std::string> rest(args.begin() + 3, args.end());
  if (command == "list") {
    CALVE_ASSIGN_OR_RETURN(const std::vector<TableIdentifier> tables, catalog->List({}));
    for (const TableIdentifier& table : tables) fmt::print("{}\n", table.ToString());
    return {};
  }
  if (rest.empty()) return Err(ErrorKind::kInvalidArgument, command + " needs a table");
  CALVE_ASSIGN_OR_RETURN(const TableIdentifier name, TableIdentifier::Parse(rest[0]));
  if (command == "create" && rest.size() >= 2) return Create(*catalog, name, rest);
  if (command == "load") return Show(*catalog, name);
  if (command == "set" && rest.size() == 3) return Set(*catalog, name, rest[1], rest[2]);
  if (command == "add-column" && rest.size() == 2) return AddColumn(*catalog, name, rest[1]);
  if (command == "drop") return catalog->Drop(name);
  return Err(ErrorKind::kInvalidArgument, "unknown command or wrong number of arguments: " + command);
}

}  // namespace
}  // namespace calve::catalog

int main(int argc, char** argv) {
  const auto status = calve::catalog::Run(std::vector<std::string>(argv + 1, argv + argc));
  if (status) return 0;
  fmt::print(stderr, "{}: {}\n", calve::ErrorKindName(status.error().kind), status.error().message);
  return 1;
}
