#include "catalog/sqlite_db.h"

namespace calve::catalog {
namespace {

constexpr sqlite::Role kRole = {.noun = "catalog", .is_no = "is no catalog (give another path, or move the file away)"};

}  // namespace

Result<std::unique_ptr<SqlDb>> SqliteDb::Open(const std::string& path, std::chrono::milliseconds busy_timeout) {
  std::unique_ptr<SqliteDb> db(new SqliteDb(path));
  CALVE_ASSIGN_OR_RETURN(db->db_,
                         sqlite::Connection::Open(path, kRole, sqlite::Connection::Mode::kCreate, busy_timeout));
  // A commit is the removal of the journal. FULL does not sync the folder behind it: after a power cut the journal may
  // be there again and roll back what was reported as committed, when the ledger has it for good.
  CALVE_RETURN_IF_ERROR(db->db_->Exec("PRAGMA synchronous = EXTRA"));
  return std::unique_ptr<SqlDb>(std::move(db));
}

Result<std::vector<SqlRow>> SqliteDb::Query(std::string_view sql, SqlBind bind) {
  CALVE_ASSIGN_OR_RETURN(sqlite::Statement statement, db_->Prepare(sql));
  int parameter = 0;
  for (const std::string_view value : bind) statement.Bind(++parameter, value);
  std::vector<SqlRow> rows;
  for (;;) {
    CALVE_ASSIGN_OR_RETURN(const bool is_row, statement.Step());
    if (!is_row) return rows;
    SqlRow& row = rows.emplace_back();
    for (int column = 0; column < statement.columns(); ++column) row.push_back(statement.TextOrNull(column));
  }
}

Result<int64_t> SqliteDb::Execute(std::string_view sql, SqlBind bind) {
  CALVE_RETURN_IF_ERROR(Query(sql, bind));
  return db_->changes();
}

Status SqliteDb::BeginWrite() {
  CALVE_RETURN_IF_ERROR(Query("BEGIN IMMEDIATE", {}));
  return {};
}

SqlCommit SqliteDb::Commit(Error* error) {
  const auto status = Query("COMMIT", {});
  if (status) return SqlCommit::kDone;
  *error = status.error();
  // While readers hold the file COMMIT changes nothing and leaves the transaction open.
  const bool busy = db_->busy() && db_->in_transaction();
  Rollback();
  return busy ? SqlCommit::kRolledBack : SqlCommit::kUnknown;
}

void SqliteDb::Rollback() {
  // An error may have ended the transaction already; then there is nothing to do, and SQLite says so.
  if (db_->in_transaction()) static_cast<void>(Query("ROLLBACK", {}));
}

Result<std::map<std::string, bool>> SqliteDb::Columns(std::string_view table) {
  CALVE_ASSIGN_OR_RETURN(const auto rows, Query("SELECT lower(name), pk > 0 FROM pragma_table_info(?1)", {table}));
  std::map<std::string, bool> columns;
  for (const SqlRow& row : rows) columns[row[0].value_or("")] = row[1] == "1";
  return columns;
}

Result<std::string> SqliteDb::ForeignTable() {
  CALVE_ASSIGN_OR_RETURN(const auto rows,
                         Query("SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE "
                               "'sqlite\\_%' ESCAPE '\\' AND name <> 'iceberg_namespace_properties' LIMIT 1",
                               {}));
  return rows.empty() ? std::string() : rows[0][0].value_or("");
}

}  // namespace calve::catalog
