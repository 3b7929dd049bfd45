// The SQL catalog on SQLite or PostgreSQL, in the schema that PyIceberg's SqlCatalog and Java's JdbcCatalog share: one
// row a table in iceberg_tables, the metadata location in it; a commit is one conditional UPDATE.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"
#include "catalog/pointer_swap.h"
#include "catalog/sql_db.h"
#include "iceberg/catalog.h"

namespace calve::catalog {

struct SqlCatalogOptions {
  std::string path{};     ///< Of the SQLite file. Created, with its folder, when it is not there.
  Secret postgres_uri{};  ///< Instead of `path`: postgresql://user:password@host:port/database, as libpq reads it.
  std::string catalog_name = "default";  ///< Rows of other names belong to other catalogs in the same database.
  std::string warehouse_location{};      ///< New tables go below it. A relative path is made absolute.
  std::chrono::milliseconds busy_timeout{
      15'000};  ///< How long a statement waits for locks and for PostgreSQL's answer.
  std::chrono::milliseconds connect_timeout{10'000};  ///< Of a connection to PostgreSQL, all its hosts together.
};

/// Thread-safe; other threads and processes, PyIceberg and Java among them, may use the file at the same time.
/// The file's journal mode is left as it is: readers in other processes need no more than read access then, and a
/// catalog commits a few times a second at most. A broken connection to PostgreSQL is opened again; a password is in no
/// message.
class SqlCatalog final : public iceberg::Catalog {
 public:
  /// kCorrupt when the file is not a catalog, kPermissionDenied when it cannot be read or created, kInvalidArgument
  /// when the path is a folder or the URI cannot be read, kUnavailable when PostgreSQL does not answer.
  /// `store`, `clock` and `rng` must outlive it.
  static Result<std::unique_ptr<SqlCatalog>> Open(SqlCatalogOptions options, store::ObjectStore& store, Clock& clock,
                                                  Rng& rng);

  Result<iceberg::LoadedTable> Load(const iceberg::TableIdentifier& table) override;
  Result<iceberg::LoadedTable> Create(const iceberg::TableIdentifier& table,
                                      const iceberg::NewTable& definition) override;
  iceberg::CommitOutcome Commit(const iceberg::TableIdentifier& table, const iceberg::LoadedTable& base,
                                const iceberg::TableChange& change) override;
  Result<std::vector<iceberg::TableIdentifier>> List(const std::vector<std::string>& ns) override;
  Status Drop(const iceberg::TableIdentifier& table) override;
  /// `<warehouse>/<namespace levels>/<table>`; below the namespace's own `location` property when it has one.
  Result<std::string> DefaultLocation(const iceberg::TableIdentifier& table) override;

 private:
  SqlCatalog(SqlCatalogOptions options, std::unique_ptr<SqlDb> db, store::ObjectStore& store, Clock& clock, Rng& rng);

  struct Swap {
    iceberg::CommitState state = iceberg::CommitState::kRejected;
    Error error{ErrorKind::kInternal, ""};
  };

  Result<std::string> Pointer(const iceberg::TableIdentifier& table);
  Status InsertRow(const iceberg::TableIdentifier& table, const std::string& metadata_location, bool* may_exist);
  Swap SwapPointer(const iceberg::TableIdentifier& table, const std::string& from, const std::string& to);
  Error NoSuchTable(const iceberg::TableIdentifier& table);

  const SqlCatalogOptions options_;
  store::ObjectStore& store_;
  PointerSwap swap_;
  std::mutex mutex_;           ///< One statement or transaction at a time on db_; never held over store calls.
  std::unique_ptr<SqlDb> db_;  ///< Guarded by mutex_.
};

}  // namespace calve::catalog
