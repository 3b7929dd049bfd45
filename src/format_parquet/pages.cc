#include "format_parquet/pages.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <string_view>

#include "format_parquet/page_header.h"

namespace calve::format_parquet {
namespace {

constexpr uint64_t kFirstLook = 4096;             // A header with statistics of numbers is some 50 bytes.
constexpr uint64_t kMaxHeaderBytes = 16U << 20U;  // Statistics hold a page's least and greatest text as a whole.
constexpr uint64_t kBlockBytes = 256U << 10U;

class PageChecker {
 public:
  explicit PageChecker(std::string path) : path_(std::move(path)) {}
  ~PageChecker() {
    if (file_ >= 0) close(file_);
  }
  PageChecker(const PageChecker&) = delete;
  PageChecker& operator=(const PageChecker&) = delete;

  Status Open() {
    file_ = open(path_.c_str(), O_RDONLY | O_CLOEXEC);
    if (file_ < 0) return std::unexpected(ErrnoError(errno, "opening " + path_));
    return {};
  }

  Status Check(const ColumnChunk& chunk, const CancelToken& cancel) {
    uint64_t at = chunk.first_bytes;
    uint64_t values = 0;
    for (uint64_t page = 0; values < chunk.values; ++page) {
      if (cancel.cancelled()) return Err(ErrorKind::kCancelled, "stopped while looking at the pages of a chunk");
      const auto wrong = [&](std::string_view what) {
        return Err(ErrorKind::kBadData,
                   fmt::format("the Parquet file is corrupt: row group {}, column {}, page {} (byte {}): {}; write the "
                               "file anew, or fetch it again",
                               chunk.row_group, chunk.column, page, at, what));
      };
      if (at >= chunk.end_bytes) {
        return wrong(
            fmt::format("the column's pages end here with {} values, the footer says {}", values, chunk.values));
      }
      Result<PageHeader> header = HeaderAt(at, chunk.end_bytes);
      if (!header.has_value()) {
        if (header.error().kind != ErrorKind::kBadData) return std::unexpected(std::move(header).error());
        return wrong(header.error().message);
      }
      const uint64_t page_at = at + header->header_bytes;
      if (header->page_bytes > chunk.end_bytes - page_at) {
        return wrong(fmt::format("it says that it has {} bytes, {} are left of its row group", header->page_bytes,
                                 chunk.end_bytes - page_at));
      }
      if (header->crc) {
        CALVE_ASSIGN_OR_RETURN(const uint32_t crc, Checksum(page_at, header->page_bytes));
        if (crc != *header->crc) {
          return wrong(fmt::format("its checksum is {:08x}, its header says {:08x}", crc, *header->crc));
        }
      }
      if (header->is_data()) {
        values += header->values;
        if (values > chunk.values) {
          return wrong(
              fmt::format("with it the column's pages have {} values, the footer says {}", values, chunk.values));
        }
      }
      at = page_at + header->page_bytes;
    }
    return {};
  }

 private:
  Result<PageHeader> HeaderAt(uint64_t at, uint64_t end) {
    for (uint64_t look = kFirstLook;; look *= 16) {
      const uint64_t length = std::min({look, end - at, kMaxHeaderBytes});
      buffer_.resize(length);
      CALVE_RETURN_IF_ERROR(Read(at, buffer_.data(), length));
      CALVE_ASSIGN_OR_RETURN(const std::optional<PageHeader> header, ReadPageHeader(buffer_));
      if (header) return *header;
      if (length < look) return Err(ErrorKind::kBadData, "its header goes beyond the bytes of its row group");
    }
  }

  Result<uint32_t> Checksum(uint64_t at, uint64_t length) {
    auto crc = crc32(0, nullptr, 0);
    while (length > 0) {
      const uint64_t n = std::min(length, kBlockBytes);
      buffer_.resize(n);
      CALVE_RETURN_IF_ERROR(Read(at, buffer_.data(), n));
      crc = crc32(crc, reinterpret_cast<const Bytef*>(buffer_.data()), static_cast<uInt>(n));
      at += n;
      length -= n;
    }
    return static_cast<uint32_t>(crc);
  }

  Status Read(uint64_t at, char* to, uint64_t length) {
    while (length > 0) {
      const ssize_t n = pread(file_, to, length, static_cast<off_t>(at));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return std::unexpected(ErrnoError(errno, "reading " + path_));
      if (n == 0) return Err(ErrorKind::kInternal, path_ + " is shorter than it was made");
      to += n;
      at += static_cast<uint64_t>(n);
      length -= static_cast<uint64_t>(n);
    }
    return {};
  }

  const std::string path_;
  int file_ = -1;
  std::string buffer_;
};

}  // namespace

Status CheckPages(const std::string& path, const std::vector<ColumnChunk>& chunks, const CancelToken& cancel) {
  PageChecker checker(path);
  CALVE_RETURN_IF_ERROR(checker.Open());
  for (const ColumnChunk& chunk : chunks) CALVE_RETURN_IF_ERROR(checker.Check(chunk, cancel));
  return {};
}

}  // namespace calve::format_parquet
