#include "catalog/sql_schema.h"

#include <fmt/format.h>

#include <map>
#include <set>
#include <string>

namespace calve::catalog {
namespace {

constexpr std::string_view kCreateTables =
    "CREATE TABLE iceberg_tables (catalog_name VARCHAR(255) NOT NULL, table_namespace VARCHAR(255) NOT NULL, "
    "table_name VARCHAR(255) NOT NULL, metadata_location VARCHAR(1000), previous_metadata_location VARCHAR(1000), "
    "iceberg_type VARCHAR(5), PRIMARY KEY (catalog_name, table_namespace, table_name))";

constexpr std::string_view kCreateNamespaces =
    "CREATE TABLE iceberg_namespace_properties (catalog_name VARCHAR(255) NOT NULL, namespace VARCHAR(255) NOT NULL, "
    "property_key VARCHAR(255) NOT NULL, property_value VARCHAR(1000) NOT NULL, "
    "PRIMARY KEY (catalog_name, namespace, property_key))";

Status CheckTable(const std::map<std::string, bool>& columns, std::string_view table, const std::set<std::string>& key,
                  const std::set<std::string>& others, const std::string& path) {
  std::set<std::string> found_key;
  for (const auto& [name, is_key] : columns) {
    if (is_key) found_key.insert(name);
  }
  bool right = found_key == key;
  for (const std::string& name : others) right = right && columns.contains(name);
  if (right) return {};
  return Err(ErrorKind::kCorrupt,
             fmt::format("{} has a table {}, but not with the columns and the primary key of an Iceberg catalog; give "
                         "a catalog, or a database that does not exist yet or has no such tables",
                         path, table));
}

Status Check(SqlDb& db, bool* complete) {
  CALVE_ASSIGN_OR_RETURN(const auto tables, db.Columns("iceberg_tables"));
  CALVE_ASSIGN_OR_RETURN(const auto namespaces, db.Columns("iceberg_namespace_properties"));
  *complete = !tables.empty() && !namespaces.empty();
  if (!tables.empty()) {
    CALVE_RETURN_IF_ERROR(CheckTable(tables, "iceberg_tables", {"catalog_name", "table_namespace", "table_name"},
                                     {"metadata_location", "previous_metadata_location"}, db.name()));
  } else {
    CALVE_ASSIGN_OR_RETURN(const std::string foreign, db.ForeignTable());
    if (!foreign.empty()) {
      return Err(ErrorKind::kCorrupt,
                 fmt::format("{} is a SQLite database, but not an Iceberg catalog: it has a table {} and no "
                             "iceberg_tables; give the path of a catalog, or of a file that does not exist yet",
                             db.name(), foreign));
    }
  }
  if (!namespaces.empty()) {
    CALVE_RETURN_IF_ERROR(CheckTable(namespaces, "iceberg_namespace_properties",
                                     {"catalog_name", "namespace", "property_key"}, {"property_value"}, db.name()));
  }
  return {};
}

Status CreateMissing(SqlDb& db) {
  bool complete = false;
  CALVE_RETURN_IF_ERROR(Check(db, &complete));  // Again: in SQLite nobody else can create them now.
  CALVE_ASSIGN_OR_RETURN(const auto tables, db.Columns("iceberg_tables"));
  if (tables.empty()) CALVE_RETURN_IF_ERROR(db.Execute(kCreateTables, {}));
  CALVE_ASSIGN_OR_RETURN(const auto namespaces, db.Columns("iceberg_namespace_properties"));
  if (namespaces.empty()) CALVE_RETURN_IF_ERROR(db.Execute(kCreateNamespaces, {}));
  Error error{ErrorKind::kInternal, ""};
  if (db.Commit(&error) != SqlCommit::kDone) return std::unexpected(std::move(error));
  return {};
}

}  // namespace

Status EnsureCatalogTables(SqlDb& db) {
  constexpr int kAttempts = 5;
  Status status;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    bool complete = false;
    CALVE_RETURN_IF_ERROR(Check(db, &complete));
    if (complete) return {};
    CALVE_RETURN_IF_ERROR(db.BeginWrite());
    status = CreateMissing(db);
    if (status) return {};
    db.Rollback();
    // On a server somebody else may create them at the same moment, whose transaction may fail in its turn, and an
    // answer may be lost: it is looked at again.
    const ErrorKind kind = status.error().kind;
    if (kind != ErrorKind::kAlreadyExists && kind != ErrorKind::kUnavailable) return status;
  }
  return status;
}

Result<bool> HasTypeColumn(SqlDb& db) {
  CALVE_ASSIGN_OR_RETURN(const auto columns, db.Columns("iceberg_tables"));
  return columns.contains("iceberg_type");
}

}  // namespace calve::catalog
