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

/// Column name -> position in the primary key, 0 for none. Empty when there is no such table.
Result<std::map<std::string, int64_t>> Columns(SqliteDb& db, std::string_view table) {
  CALVE_ASSIGN_OR_RETURN(SqliteStatement rows, db.Prepare("SELECT lower(name), pk FROM pragma_table_info(?)", {table}));
  std::map<std::string, int64_t> columns;
  while (true) {
    CALVE_ASSIGN_OR_RETURN(const bool row, rows.Step());
    if (!row) return columns;
    columns[rows.Text(0).value_or("")] = rows.Int(1);
  }
}

/// The name of a table that no catalog has, empty when there is none.
Result<std::string> ForeignTable(SqliteDb& db) {
  CALVE_ASSIGN_OR_RETURN(SqliteStatement rows,
                         db.Prepare("SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE "
                                    "'sqlite\\_%' ESCAPE '\\' AND name <> 'iceberg_namespace_properties' LIMIT 1"));
  CALVE_ASSIGN_OR_RETURN(const bool row, rows.Step());
  return row ? rows.Text(0).value_or("") : std::string();
}

Status CheckTable(const std::map<std::string, int64_t>& columns, std::string_view table,
                  const std::set<std::string>& key, const std::set<std::string>& others, const std::string& path) {
  std::set<std::string> found_key;
  for (const auto& [name, position] : columns) {
    if (position > 0) found_key.insert(name);
  }
  bool right = found_key == key;
  for (const std::string& name : others) right = right && columns.contains(name);
  if (right) return {};
  return Err(ErrorKind::kCorrupt,
             fmt::format("{} has a table {}, but not with the columns and the primary key of an Iceberg catalog; give "
                         "the path of a catalog, or of a file that does not exist yet",
                         path, table));
}

Status Check(SqliteDb& db, const std::string& path, bool* complete) {
  CALVE_ASSIGN_OR_RETURN(const auto tables, Columns(db, "iceberg_tables"));
  CALVE_ASSIGN_OR_RETURN(const auto namespaces, Columns(db, "iceberg_namespace_properties"));
  *complete = !tables.empty() && !namespaces.empty();
  if (!tables.empty()) {
    CALVE_RETURN_IF_ERROR(CheckTable(tables, "iceberg_tables", {"catalog_name", "table_namespace", "table_name"},
                                     {"metadata_location", "previous_metadata_location"}, path));
  } else {
    CALVE_ASSIGN_OR_RETURN(const std::string foreign, ForeignTable(db));
    if (!foreign.empty()) {
      return Err(ErrorKind::kCorrupt,
                 fmt::format("{} is a SQLite database, but not an Iceberg catalog: it has a table {} and no "
                             "iceberg_tables; give the path of a catalog, or of a file that does not exist yet",
                             path, foreign));
    }
  }
  if (!namespaces.empty()) {
    CALVE_RETURN_IF_ERROR(CheckTable(namespaces, "iceberg_namespace_properties",
                                     {"catalog_name", "namespace", "property_key"}, {"property_value"}, path));
  }
  return {};
}

Status CreateMissing(SqliteDb& db, const std::string& path) {
  bool complete = false;
  CALVE_RETURN_IF_ERROR(Check(db, path, &complete));  // Again, now that nobody else can create them.
  CALVE_ASSIGN_OR_RETURN(const auto tables, Columns(db, "iceberg_tables"));
  if (tables.empty()) CALVE_RETURN_IF_ERROR(db.Run(kCreateTables));
  CALVE_ASSIGN_OR_RETURN(const auto namespaces, Columns(db, "iceberg_namespace_properties"));
  if (namespaces.empty()) CALVE_RETURN_IF_ERROR(db.Run(kCreateNamespaces));
  Error error{ErrorKind::kInternal, ""};
  if (db.Commit(&error) != SqliteCommit::kDone) return std::unexpected(std::move(error));
  return {};
}

}  // namespace

Status EnsureCatalogTables(SqliteDb& db, const std::string& path) {
  bool complete = false;
  CALVE_RETURN_IF_ERROR(Check(db, path, &complete));
  if (complete) return {};
  CALVE_RETURN_IF_ERROR(db.BeginWrite());
  Status status = CreateMissing(db, path);
  if (!status) db.Rollback();
  return status;
}

Result<bool> HasTypeColumn(SqliteDb& db) {
  CALVE_ASSIGN_OR_RETURN(const auto columns, Columns(db, "iceberg_tables"));
  return columns.contains("iceberg_type");
}

}  // namespace calve::catalog
