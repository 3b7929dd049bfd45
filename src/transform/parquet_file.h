// Reads a Parquet footer with DuckDB: columns with their types, row groups with their places.
#pragma once

#include <duckdb.h>

#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "load/parquet_source.h"
#include "transform/parquet_pages.h"

namespace calve::transform {

/// Makes `path` a file that has the source's footer and magic in their places, and nothing between. Row groups may then
/// be written to theirs.
Status WriteFooter(const std::string& path, const load::ParquetFooter& footer);

/// The call of DuckDB's reader: the file's columns, and file_row_number.
std::string ReadParquetCall(const std::string& path);

/// Of a file that WriteFooter made. kBadData when the footer cannot be read, or says what cannot be.
Result<std::vector<load::RowGroup>> ReadRowGroups(duckdb_connection connection, const std::string& path,
                                                  const load::ParquetFooter& footer);

/// The column chunks of the row groups that `range` is in, of a file whose row groups are `groups`. kBadData likewise.
Result<std::vector<ColumnChunk>> ReadColumnChunks(duckdb_connection connection, const std::string& path,
                                                  std::span<const load::RowGroup> groups, const load::RowRange& range);

/// SqlDescriber::InspectParquet, on a file that WriteFooter made.
Result<load::ParquetFile> InspectParquetFile(duckdb_connection connection, const std::string& path,
                                             const load::ParquetFooter& footer, const iceberg::Schema* table);

}  // namespace calve::transform
