#include "format_parquet/sparse_file.h"

#include <cerrno>
#include <filesystem>
#include <utility>

namespace calve::format_parquet {

Result<SparseFile> SparseFile::Make(const std::string& path, uint64_t size_bytes) {
  SparseFile sparse(path);
  errno = 0;
  sparse.file_.open(path, std::ios::binary | std::ios::out | std::ios::trunc);
  if (!sparse.file_) return std::unexpected(ErrnoError(errno, "creating " + path));
  std::error_code error;
  std::filesystem::resize_file(path, size_bytes, error);
  if (error) return std::unexpected(ErrnoError(error.value(), "making room for " + path));
  return sparse;
}

Status SparseFile::Write(uint64_t offset_bytes, std::string_view bytes) {
  errno = 0;
  file_.seekp(static_cast<std::streamoff>(offset_bytes));
  file_.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!file_) return std::unexpected(ErrnoError(errno, "writing " + path_));
  return {};
}

Status SparseFile::Close() {
  errno = 0;
  file_.close();
  if (!file_) return std::unexpected(ErrnoError(errno, "writing " + path_));
  return {};
}

}  // namespace calve::format_parquet
