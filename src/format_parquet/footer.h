// A Parquet source from outside: the object's end with the footer, its row groups, and where to cut between them. What
// stands in the footer only the engine knows (InspectParquetFile).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "load/plan.h"
#include "store/object_store.h"

namespace calve::format_parquet {

/// A Parquet file begins with these four bytes, and ends with them; the footer's length, little-endian in four bytes,
/// stands before the last ones.
inline constexpr std::string_view kParquetMagic = "PAR1";
/// A footer longer than this is refused: it would be of millions of column chunks, or no footer.
inline constexpr uint64_t kMaxFooterBytes = 256U << 20U;

/// The object's end.
struct ParquetFooter {
  uint64_t object_bytes = 0;  ///< The size of the whole object.
  std::string bytes;          ///< Footer, its length and the magic.

  uint64_t start_bytes() const { return object_bytes - bytes.size(); }
};

/// A row group in the file's order.
struct RowGroup {
  uint64_t first_bytes = 0;  ///< [first, end): its pages, up to the next row group's or the footer. Means nothing
                             ///< without rows.
  uint64_t end_bytes = 0;
  uint64_t rows = 0;
};

/// What a footer says.
struct ParquetFile {
  std::vector<load::SourceColumn> columns;  ///< Those that can be read as they are.
  std::vector<RowGroup> row_groups;
  uint64_t rows = 0;
  std::string default_sql;              ///< Every column, cast where Iceberg or the table has another type for it.
  std::vector<std::string> unreadable;  ///< Columns that are not in `columns`, each with the reason.
  std::vector<std::string> notes;       ///< For a person.
};

/// The rows of a chunk, which are consecutive in the file, and the bytes that they are in.
struct RowRange {
  uint64_t first_row = 0;
  uint64_t rows = 0;
  uint64_t first_bytes = 0;
  uint64_t end_bytes = 0;
};

/// Whether the source is Parquet, by its first bytes; where text follows them, by its last ones too. kBadData for one
/// that is encrypted.
Result<bool> IsParquet(store::ObjectStore& store, const load::Source& source, std::string_view head);

/// Reads the source's end, in one piece or two: at most kMaxFooterBytes and a little. kBadData when it is cut off,
/// encrypted, or no Parquet; kConflict when it was replaced.
Result<ParquetFooter> ReadParquetFooter(store::ObjectStore& store, const load::Source& source);

/// Where the chunks start, strictly ascending: behind the magic at first, then at the first byte of a row group. Each
/// is a run of row groups of at most `chunk_bytes`, or one that is larger. One chunk in all when the row groups are not
/// in the order of their bytes.
std::vector<uint64_t> CutRowGroups(std::span<const RowGroup> row_groups, uint64_t chunk_bytes);

/// kCorrupt when the chunk's row groups are not consecutive: then it was not cut by CutRowGroups.
Result<RowRange> RowsOfChunk(std::span<const RowGroup> row_groups, const load::Chunk& chunk);

}  // namespace calve::format_parquet
