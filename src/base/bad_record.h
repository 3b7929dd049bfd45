// A record that is not let through.
#pragma once

#include <cstdint>
#include <string>

namespace calve {

/// Nothing of it reaches the table.
struct BadRecord {
  uint64_t offset_bytes = 0;   ///< Of its first byte, in the source object.
  uint64_t record_number = 0;  ///< In the chunk, from 0, good and bad ones counted.
  std::string column;          ///< Empty when it is about the whole record.
  std::string reason;          ///< e.g. "'1.7' is not a BIGINT", "expected 19 fields, found 20".
  std::string raw;             ///< Its bytes without the record delimiter (as many of the first as the reader keeps).
};

}  // namespace calve
