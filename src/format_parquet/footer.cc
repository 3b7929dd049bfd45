#include "format_parquet/footer.h"

#include <fmt/format.h>

#include <algorithm>

#include "load/sample.h"

namespace calve::format_parquet {
namespace {

constexpr std::string_view kEncryptedMagic = "PARE";
/// The footer's length and the magic.
constexpr uint64_t kTrailerBytes = 8;
/// Read at first: most footers are shorter.
constexpr uint64_t kFirstTailBytes = 64U << 10U;

/// A byte that no text has.
bool IsControl(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 && c != '\t' && c != '\n' && c != '\r';
}

std::unexpected<Error> Encrypted(const std::string& uri) {
  return Err(ErrorKind::kBadData, uri + " is an encrypted Parquet file; decrypt it first");
}

/// The number in the four bytes before the last four.
uint64_t FooterLength(std::string_view tail) {
  uint64_t length = 0;
  for (size_t i = 0; i < 4; ++i) {
    length |= static_cast<uint64_t>(static_cast<unsigned char>(tail[tail.size() - kTrailerBytes + i])) << (8 * i);
  }
  return length;
}

}  // namespace

Result<bool> IsParquet(store::ObjectStore& store, const load::Source& source, std::string_view head) {
  const size_t letters = kParquetMagic.size();
  const bool encrypted = head.starts_with(kEncryptedMagic);
  if (!encrypted && !head.starts_with(kParquetMagic)) return false;
  // Behind the magic comes binary; where text does, the letters may be a CSV's header: then both ends must have them.
  const bool binary = head.size() > letters && IsControl(head[letters]);
  if (binary && !encrypted) return true;
  const uint64_t end = source.size_bytes - std::min<uint64_t>(source.size_bytes, letters);
  CALVE_ASSIGN_OR_RETURN(const std::string tail, load::ReadRange(store, source.uri, source.version, end, letters));
  if (encrypted && tail == kEncryptedMagic) return Encrypted(source.uri);
  return !encrypted && tail == kParquetMagic;
}

Result<ParquetFooter> ReadParquetFooter(store::ObjectStore& store, const load::Source& source) {
  if (source.size_bytes < kParquetMagic.size() + kTrailerBytes) {
    return Err(ErrorKind::kBadData,
               fmt::format("{} begins like Parquet, but has {} bytes: it is cut off", source.uri, source.size_bytes));
  }
  ParquetFooter footer;
  footer.object_bytes = source.size_bytes;
  const auto read_tail = [&](uint64_t length) -> Status {
    CALVE_ASSIGN_OR_RETURN(footer.bytes,
                           load::ReadRange(store, source.uri, source.version, source.size_bytes - length, length));
    if (footer.bytes.size() == length) return {};
    return Err(ErrorKind::kUnavailable,
               fmt::format("{}: {} of its last {} bytes were read", source.uri, footer.bytes.size(), length));
  };
  CALVE_RETURN_IF_ERROR(read_tail(std::min(source.size_bytes, kFirstTailBytes)));
  if (footer.bytes.ends_with(kEncryptedMagic)) return Encrypted(source.uri);
  if (!footer.bytes.ends_with(kParquetMagic)) {
    return Err(ErrorKind::kBadData,
               source.uri + " begins like Parquet, but does not end like it: it is cut off, or corrupt");
  }
  const uint64_t length = FooterLength(footer.bytes);
  if (length == 0 || length > source.size_bytes - kParquetMagic.size() - kTrailerBytes) {
    return Err(ErrorKind::kBadData,
               fmt::format("{} is corrupt: its end says that the Parquet footer has {} bytes, of {} in all", source.uri,
                           length, source.size_bytes));
  }
  if (length > kMaxFooterBytes) {
    return Err(ErrorKind::kBadData, fmt::format("the Parquet footer of {} has {} bytes; calve reads up to {}",
                                                source.uri, length, kMaxFooterBytes));
  }
  const uint64_t wanted = length + kTrailerBytes;
  if (wanted > footer.bytes.size()) {
    CALVE_RETURN_IF_ERROR(read_tail(wanted));
  } else {
    footer.bytes.erase(0, footer.bytes.size() - wanted);
  }
  return footer;
}

std::vector<uint64_t> CutRowGroups(std::span<const RowGroup> row_groups, uint64_t chunk_bytes) {
  std::vector<uint64_t> starts = {kParquetMagic.size()};
  uint64_t in_chunk = 0;
  uint64_t end = 0;
  for (const RowGroup& group : row_groups) {
    if (group.rows == 0) continue;
    if (group.first_bytes < end) return {kParquetMagic.size()};
    end = group.end_bytes;
    const uint64_t size = group.end_bytes - group.first_bytes;
    if (in_chunk > 0 && size > chunk_bytes - std::min(chunk_bytes, in_chunk)) {
      starts.push_back(group.first_bytes);
      in_chunk = 0;
    }
    in_chunk += size;
  }
  return starts;
}

Result<RowRange> RowsOfChunk(std::span<const RowGroup> row_groups, const load::Chunk& chunk) {
  RowRange range;
  uint64_t row = 0;
  for (const RowGroup& group : row_groups) {
    if (group.rows > 0 && group.first_bytes >= chunk.start_bytes && group.first_bytes < chunk.end_bytes) {
      if (range.rows == 0) {
        range = {row, 0, group.first_bytes, group.end_bytes};
      } else if (range.first_row + range.rows != row) {
        return Err(ErrorKind::kCorrupt, fmt::format("the row groups of chunk {} are not consecutive", chunk.index));
      }
      range.rows += group.rows;
      range.first_bytes = std::min(range.first_bytes, group.first_bytes);
      range.end_bytes = std::max(range.end_bytes, group.end_bytes);
    }
    row += group.rows;
  }
  return range;
}

}  // namespace calve::format_parquet
