// Reads a Parquet footer with DuckDB: columns with their types, row groups with their places.
#pragma once

#include <duckdb.h>

#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "format_parquet/footer.h"
#include "format_parquet/pages.h"

namespace calve::format_parquet {

/// Makes `path` a file that has the source's footer and magic in their places, and nothing between. Row groups may then
/// be written to theirs.
Status WriteFooter(const std::string& path, const ParquetFooter& footer);

/// The call of DuckDB's reader: the file's columns, and file_row_number.
std::string ReadParquetCall(const std::string& path);

/// Of a file that WriteFooter made. kBadData when the footer cannot be read, or says what cannot be.
Result<std::vector<RowGroup>> ReadRowGroups(duckdb_connection connection, const std::string& path,
                                            const ParquetFooter& footer);

/// The column chunks of the row groups that `range` is in, of a file whose row groups are `groups`. kBadData likewise.
Result<std::vector<ColumnChunk>> ReadColumnChunks(duckdb_connection connection, const std::string& path,
                                                  std::span<const RowGroup> groups, const RowRange& range);

/// What the footer says, of a file that WriteFooter made. `table`: the table's schema, when there is one, for whose
/// types default_sql casts where that changes no value. kBadData for a footer that cannot be read, or contradicts
/// itself.
Result<ParquetFile> InspectParquetFile(duckdb_connection connection, const std::string& path,
                                       const ParquetFooter& footer, const iceberg::Schema* table);

}  // namespace calve::format_parquet
