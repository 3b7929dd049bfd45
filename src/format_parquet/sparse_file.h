// A local stand-in for an object of which only some byte ranges are needed: as large as the object, with holes.
#pragma once

#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>

#include "base/error.h"

namespace calve::format_parquet {

/// What was not written reads as zeros. Not thread-safe.
class SparseFile {
 public:
  /// Creates `path`, which takes no room on disk but for what is written. kNoSpace, kPermissionDenied ...
  static Result<SparseFile> Make(const std::string& path, uint64_t size_bytes);

  Status Write(uint64_t offset_bytes, std::string_view bytes);
  /// Makes what was written visible to other readers of the file.
  Status Close();

 private:
  explicit SparseFile(std::string path) : path_(std::move(path)) {}

  std::string path_;
  std::fstream file_;
};

}  // namespace calve::format_parquet
