// What stands before a page of a Parquet file: a PageHeader of parquet-format's parquet.thrift, in Thrift's compact
// protocol.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/error.h"

namespace calve::format_parquet {

struct PageHeader {
  enum class Kind { kData, kIndex, kDictionary, kDataV2, kOther };
  Kind kind = Kind::kOther;
  uint64_t header_bytes = 0;    ///< Of itself; the page follows it ...
  uint64_t page_bytes = 0;      ///< ... in so many (compressed_page_size).
  std::optional<uint32_t> crc;  ///< CRC-32 (ISO-HDLC) of the page's bytes.
  uint64_t values = 0;          ///< Of a data page, nulls included.

  bool is_data() const { return kind == Kind::kData || kind == Kind::kDataV2; }
};

/// Reads the header at the start of `bytes`; nullopt: it goes on behind their end. kBadData with the reason (which
/// names neither file nor place) when no header can begin so.
Result<std::optional<PageHeader>> ReadPageHeader(std::string_view bytes);

}  // namespace calve::format_parquet
