// The small formats that S3 speaks: checksums, dates, ranges, entity tags, percent-encoding.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace calve::store {

/// CRC-32 (ISO-HDLC) of `data` as x-amz-checksum-crc32 has it: base64 of its four bytes, big-endian.
std::string Crc32Base64(std::string_view data);

/// The same of a part of a file. kConflict when the file is shorter than that; else as LocalStore reports it.
Result<std::string> FileCrc32Base64(const std::string& path, uint64_t offset_bytes, uint64_t length_bytes);

/// Content-MD5 of `data` (RFC 1864).
std::string Md5Base64(std::string_view data);

/// A listing's "2015-10-21T07:28:00.000Z" (or another form of aws::ParseIsoTime) in milliseconds since
/// the epoch; 0 when it is anything else.
int64_t ParseListedTimeMs(std::string_view text);

/// Undoes encoding-type=url: `+` is a space, then %XX. What is no valid escape stays as it is.
std::string DecodeListed(std::string_view text);

/// A Content-Range: "bytes 0-9/100" (RFC 9110 section 14.4). nullopt when it is anything else.
struct ContentRange {
  uint64_t first = 0;
  uint64_t last = 0;
  uint64_t size_bytes = 0;
};
std::optional<ContentRange> ParseContentRange(std::string_view text);

/// An ETag header's value as an object's version: the quotes go where the rest cannot be taken for a version id (32
/// hexadecimal digits, for multipart uploads with "-parts" behind), else they stay.
std::string VersionOfETag(std::string_view etag);

/// The ETag (with its quotes) that `version` is, or nullopt: it is a version id.
std::optional<std::string> ETagOfVersion(std::string_view version);

}  // namespace calve::store
