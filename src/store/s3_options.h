// What an S3 store can be told.
#pragma once

#include <cstdint>
#include <string>

#include "aws/endpoint.h"
#include "base/backoff.h"
#include "base/cancel.h"

namespace calve::store {

/// The defaults suit AWS. Memory: a stream holds at most read_part_bytes * read_parts; an upload streams from disk.
struct S3Options {
  std::string region = "us-east-1";  ///< Where buckets are until they say otherwise.
  std::string endpoint{};            ///< "http://127.0.0.1:7070"; empty: AWS's own of the region.
  aws::S3Addressing addressing = aws::S3Addressing::kAuto;
  bool requester_pays = false;
  bool checksums = true;  ///< Send a CRC-32 of what is written, which the server verifies and keeps.

  uint64_t read_part_bytes = uint64_t{8} << 20U;  ///< Of one ranged GET.
  int read_parts = 4;                             ///< In memory at once, of one stream.

  uint64_t multipart_threshold_bytes = uint64_t{16} << 20U;  ///< Larger files go up in parts.
  uint64_t upload_part_bytes = uint64_t{16} << 20U;          ///< At least 5 MiB; grows for more than 10,000 parts.
  int upload_parts = 4;                                      ///< Under way at once, of one file.

  /// Of what the store itself tries again: broken reads, conditional writes. All else is aws::Client's to retry.
  BackoffPolicy backoff{.max_retries = 8};
  const CancelToken* cancel = nullptr;  ///< Ends every call with kCancelled.
};

}  // namespace calve::store
