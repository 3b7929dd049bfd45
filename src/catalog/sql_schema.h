// The two tables of the SQL catalog. Private to this module.
#pragma once

#include "base/error.h"
#include "catalog/sql_db.h"

namespace calve::catalog {

/// Creates the catalog's tables in an empty database; in another one checks that they are there and what they must be.
/// kCorrupt, naming it and what to do, when the database is something else.
///
/// Variants met: without `iceberg_type` (Java's "V0", older PyIceberg), with it ("V1", what PyIceberg creates now
/// and Java from jdbc.schema-version=V1 on). New files get V1: every one of these readers takes it.
Status EnsureCatalogTables(SqlDb& db);

/// Whether iceberg_tables has the column `iceberg_type` by now: another program may add it at any time.
Result<bool> HasTypeColumn(SqlDb& db);

}  // namespace calve::catalog
