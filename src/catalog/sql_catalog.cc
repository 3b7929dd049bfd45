#include "catalog/sql_catalog.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>

#include "base/directories.h"
#include "catalog/postgres_db.h"
#include "catalog/sql_schema.h"
#include "catalog/sqlite_db.h"

namespace calve::catalog {
namespace {

namespace fs = std::filesystem;
using iceberg::CommitOutcome;
using iceberg::CommitState;
using iceberg::LoadedTable;
using iceberg::TableIdentifier;

std::string NamespaceText(const std::vector<std::string>& ns) { return fmt::format("{}", fmt::join(ns, ".")); }

std::vector<std::string> SplitNamespace(std::string_view text) {
  std::vector<std::string> levels;
  while (true) {
    const size_t dot = text.find('.');
    levels.emplace_back(text.substr(0, dot));
    if (dot == std::string_view::npos) return levels;
    text.remove_prefix(dot + 1);
  }
}

/// In databases without the column every row is a table.
Result<std::string_view> TablesOnly(SqlDb& db) {
  CALVE_ASSIGN_OR_RETURN(const bool typed, HasTypeColumn(db));
  return typed ? std::string_view(" AND (iceberg_type = 'TABLE' OR iceberg_type IS NULL)") : std::string_view();
}

/// Only a query that found no row says that there is no table: a database (file) that is gone for now says nothing.
Error NoProof(Error error) {
  if (error.kind == ErrorKind::kNotFound) error.kind = ErrorKind::kUnavailable;
  return error;
}

constexpr std::string_view kByName = " WHERE catalog_name = ?1 AND table_namespace = ?2 AND table_name = ?3";

Status PrepareFolder(const std::string& path) {
  std::error_code error;
  if (fs::is_directory(path, error)) {
    return Err(ErrorKind::kInvalidArgument,
               fmt::format("{} is a folder; the catalog is a file, for example {}/catalog.db", path, path));
  }
  auto made = MakeDirectories(ParentDirectory(path), Durable::kYes);
  if (!made) return WithContext(std::move(made).error(), "the catalog's folder");
  return {};
}

}  // namespace

SqlCatalog::SqlCatalog(SqlCatalogOptions options, std::unique_ptr<SqlDb> db, store::ObjectStore& store, Clock& clock,
                       Rng& rng)
    : options_(std::move(options)), store_(store), swap_(store, clock, rng), db_(std::move(db)) {}

Result<std::unique_ptr<SqlCatalog>> SqlCatalog::Open(SqlCatalogOptions options, store::ObjectStore& store, Clock& clock,
                                                     Rng& rng) {
  if (options.warehouse_location.find(':') == std::string::npos && !options.warehouse_location.starts_with('/')) {
    // Other programs that open the catalog run in other folders.
    std::error_code error;
    const fs::path absolute = fs::absolute(options.warehouse_location, error);
    if (error) return std::unexpected(ErrnoError(error.value(), "cannot find the current folder"));
    options.warehouse_location = absolute.lexically_normal().string();
  }
  std::unique_ptr<SqlDb> db;
  if (options.postgres_uri.empty()) {
    CALVE_RETURN_IF_ERROR(PrepareFolder(options.path));
    CALVE_ASSIGN_OR_RETURN(db, SqliteDb::Open(options.path, options.busy_timeout));
  } else {
    CALVE_ASSIGN_OR_RETURN(
        db, PostgresDb::Open(options.postgres_uri.Reveal(), options.connect_timeout, options.busy_timeout, clock));
    options.postgres_uri = {};  // Its password is needed nowhere else.
  }
  CALVE_RETURN_IF_ERROR(EnsureCatalogTables(*db));
  return std::unique_ptr<SqlCatalog>(new SqlCatalog(std::move(options), std::move(db), store, clock, rng));
}

/// Called with mutex_ held. Names the catalog that has such a table, when it is another one in the same database.
Error SqlCatalog::NoSuchTable(const TableIdentifier& table) {
  std::string message =
      fmt::format("there is no table {} in catalog '{}' of {}", table.ToString(), options_.catalog_name, db_->name());
  const auto rows =
      db_->Query("SELECT catalog_name FROM iceberg_tables WHERE table_namespace = ?1 AND table_name = ?2 LIMIT 1",
                 {NamespaceText(table.ns), table.name});
  if (rows && !rows->empty()) {
    const std::string other = (*rows)[0][0].value_or("");
    if (other != options_.catalog_name) message += fmt::format("; catalog '{}' of the same database has one", other);
  }
  return {ErrorKind::kNotFound, std::move(message)};
}

Result<std::string> SqlCatalog::Pointer(const TableIdentifier& table) {
  const std::lock_guard lock(mutex_);
  const auto tables_only = TablesOnly(*db_);
  if (!tables_only) return std::unexpected(NoProof(tables_only.error()));
  auto rows = db_->Query(fmt::format("SELECT metadata_location FROM iceberg_tables{}{}", kByName, *tables_only),
                         {options_.catalog_name, NamespaceText(table.ns), table.name});
  if (!rows) return std::unexpected(NoProof(std::move(rows).error()));
  if (rows->empty()) return std::unexpected(NoSuchTable(table));
  std::optional<std::string>& location = rows->front()[0];
  if (!location || location->empty()) {
    return Err(ErrorKind::kCorrupt,
               fmt::format("catalog {} has no metadata location for table {}", db_->name(), table.ToString()));
  }
  return *std::move(location);
}

Result<LoadedTable> SqlCatalog::Load(const TableIdentifier& table) {
  return LoadPointedTo(store_, table, [&] { return Pointer(table); });
}

/// `*may_exist` tells whether the row may be there in spite of the error.
Status SqlCatalog::InsertRow(const TableIdentifier& table, const std::string& metadata_location, bool* may_exist) {
  const std::lock_guard lock(mutex_);
  CALVE_RETURN_IF_ERROR(db_->BeginWrite());
  const std::string ns = NamespaceText(table.ns);
  const auto insert = [&]() -> Status {
    CALVE_ASSIGN_OR_RETURN(const bool typed, HasTypeColumn(*db_));
    CALVE_RETURN_IF_ERROR(db_->Execute(
        fmt::format("INSERT INTO iceberg_tables (catalog_name, table_namespace, table_name, metadata_location{}) "
                    "VALUES (?1, ?2, ?3, ?4{})",
                    typed ? ", iceberg_type" : "", typed ? ", 'TABLE'" : ""),
        {options_.catalog_name, ns, table.name, metadata_location}));
    // A namespace exists for PyIceberg and Java when it has a property.
    CALVE_RETURN_IF_ERROR(db_->Execute(
        "INSERT INTO iceberg_namespace_properties (catalog_name, namespace, property_key, property_value) "
        "SELECT ?1, ?2, 'exists', 'true' WHERE NOT EXISTS (SELECT 1 FROM iceberg_namespace_properties WHERE "
        "catalog_name = ?1 AND namespace = ?2)",
        {options_.catalog_name, ns}));
    return {};
  };
  if (Status status = insert(); !status) {
    db_->Rollback();
    if (status.error().kind == ErrorKind::kAlreadyExists) {
      return Err(ErrorKind::kAlreadyExists,
                 fmt::format("there is a table or view {} in catalog {} already", table.ToString(), db_->name()));
    }
    return status;
  }
  Error error{ErrorKind::kInternal, ""};
  const SqlCommit ended = db_->Commit(&error);
  if (ended == SqlCommit::kDone) return {};
  *may_exist = ended == SqlCommit::kUnknown;
  error.kind = ErrorKind::kUnavailable;
  return std::unexpected(std::move(error));
}

Result<LoadedTable> SqlCatalog::Create(const TableIdentifier& table, const iceberg::NewTable& definition) {
  CALVE_RETURN_IF_ERROR(CheckIdentifier(table));
  CALVE_ASSIGN_OR_RETURN(Staged staged, swap_.StageCreate(definition));
  bool may_exist = false;
  if (Status status = InsertRow(table, staged.metadata_location, &may_exist); !status) {
    if (!may_exist) swap_.Discard(staged);
    return std::unexpected(std::move(status).error());
  }
  return LoadedTable{std::move(staged.metadata_location), std::move(staged.metadata)};
}

SqlCatalog::Swap SqlCatalog::SwapPointer(const TableIdentifier& table, const std::string& from, const std::string& to) {
  const std::lock_guard lock(mutex_);
  const std::string ns = NamespaceText(table.ns);
  const auto rejected = [&](Error error) {
    db_->Rollback();
    // The lock is somebody else at work: as good a reason to look again as a commit that was faster.
    if (error.kind == ErrorKind::kUnavailable) error.kind = ErrorKind::kConflict;
    return Swap{CommitState::kRejected, std::move(error)};
  };
  if (Status status = db_->BeginWrite(); !status) return rejected(std::move(status).error());
  auto tables_only = TablesOnly(*db_);
  if (!tables_only) return rejected(std::move(tables_only).error());
  const auto updated = db_->Execute(
      fmt::format(
          "UPDATE iceberg_tables SET metadata_location = ?5, previous_metadata_location = ?4 WHERE catalog_name "
          "= ?1 AND table_namespace = ?2 AND table_name = ?3 AND metadata_location = ?4{}",
          *tables_only),
      {options_.catalog_name, ns, table.name, from, to});
  if (!updated) return rejected(updated.error());
  if (*updated != 1) {
    const auto rows = db_->Query(fmt::format("SELECT 1 FROM iceberg_tables{}{}", kByName, *tables_only),
                                 {options_.catalog_name, ns, table.name});
    if (!rows) return rejected(rows.error());
    if (rows->empty()) return rejected(NoSuchTable(table));
    return rejected({ErrorKind::kConflict, fmt::format("another commit to {} was faster", table.ToString())});
  }
  Swap swap;
  switch (db_->Commit(&swap.error)) {
    case SqlCommit::kDone:
      swap.state = CommitState::kCommitted;
      break;
    case SqlCommit::kRolledBack:
      swap.error.kind = ErrorKind::kConflict;
      break;
    case SqlCommit::kUnknown:
      swap.state = CommitState::kUnknown;
      break;
  }
  return swap;
}

CommitOutcome SqlCatalog::Commit(const TableIdentifier& table, const LoadedTable& base,
                                 const iceberg::TableChange& change) {
  auto staged = swap_.StageCommit(base, change);
  if (!staged) return {CommitState::kRejected, std::move(staged).error(), ""};
  Swap swap = SwapPointer(table, base.metadata_location, staged->metadata_location);
  if (swap.state == CommitState::kRejected) swap_.Discard(*staged);
  if (swap.state == CommitState::kCommitted) swap_.DeleteExpired(base, staged->metadata);
  return {swap.state, std::move(swap.error),
          swap.state == CommitState::kCommitted ? std::move(staged->metadata_location) : std::string()};
}

Result<std::vector<TableIdentifier>> SqlCatalog::List(const std::vector<std::string>& ns) {
  const std::lock_guard lock(mutex_);
  CALVE_ASSIGN_OR_RETURN(const std::string_view tables_only, TablesOnly(*db_));
  CALVE_ASSIGN_OR_RETURN(
      auto rows,
      db_->Query(fmt::format("SELECT table_namespace, table_name FROM iceberg_tables WHERE catalog_name = ?1 AND (?2 = "
                             "'' OR table_namespace = ?2){} ORDER BY table_namespace, table_name",
                             tables_only),
                 {options_.catalog_name, NamespaceText(ns)}));
  std::vector<TableIdentifier> found;
  for (SqlRow& row : rows) found.push_back({SplitNamespace(row[0].value_or("")), row[1].value_or("")});
  return found;
}

Status SqlCatalog::Drop(const TableIdentifier& table) {
  const std::lock_guard lock(mutex_);
  CALVE_RETURN_IF_ERROR(db_->BeginWrite());
  const auto drop = [&]() -> Status {
    CALVE_ASSIGN_OR_RETURN(const std::string_view tables_only, TablesOnly(*db_));
    CALVE_ASSIGN_OR_RETURN(const int64_t dropped,
                           db_->Execute(fmt::format("DELETE FROM iceberg_tables{}{}", kByName, tables_only),
                                        {options_.catalog_name, NamespaceText(table.ns), table.name}));
    if (dropped == 0) return std::unexpected(NoSuchTable(table));
    return {};
  };
  if (Status status = drop(); !status) {
    db_->Rollback();
    return status;
  }
  Error error{ErrorKind::kInternal, ""};
  if (db_->Commit(&error) == SqlCommit::kDone) return {};
  error.kind = ErrorKind::kUnavailable;
  return std::unexpected(std::move(error));
}

Result<std::string> SqlCatalog::DefaultLocation(const TableIdentifier& table) {
  CALVE_ASSIGN_OR_RETURN(std::string location, LocationUnder(options_.warehouse_location, table));
  const std::lock_guard lock(mutex_);
  CALVE_ASSIGN_OR_RETURN(
      const auto rows, db_->Query("SELECT property_value FROM iceberg_namespace_properties WHERE catalog_name = ?1 AND "
                                  "namespace = ?2 AND property_key = 'location'",
                                  {options_.catalog_name, NamespaceText(table.ns)}));
  std::string own = rows.empty() ? std::string() : rows[0][0].value_or("");
  while (own.size() > 1 && own.ends_with('/')) own.pop_back();
  return own.empty() ? std::move(location) : own + "/" + table.name;
}

}  // namespace calve::catalog
