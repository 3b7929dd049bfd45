// The system calls under LocalStore: descriptors, durable writes, atomic publishing.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/directories.h"
#include "base/error.h"
#include "base/rng.h"
#include "base/unique_fd.h"
#include "store/object_store.h"

namespace calve::store {

/// Names that begin with this are Puts under way (or cut short by a crash): never listed, never to be Put.
inline constexpr std::string_view kTempPrefix = ".calve-tmp-";

/// True when the last segment of `path` begins with kTempPrefix.
bool IsTempName(std::string_view path);

/// kInvalidArgument, saying what `path` is, unless `mode` (st_mode) is that of a regular file.
Status CheckRegular(mode_t mode, std::string_view path);

struct OpenFile {
  UniqueFd fd;
  struct stat st = {};
};

/// Opens a regular file for reading; never blocks on a FIFO.
Result<OpenFile> OpenRegular(const std::string& path);

/// What LocalStore takes for a version: size, mtime in nanoseconds, and 64 bits of the SHA-256 of three samples of 4
/// KiB (head, middle, tail; the whole file when it is smaller): "1234-1700000000123456789-0011223344556677".
Result<std::string> FileVersion(const OpenFile& file, std::string_view path);

/// Nanoseconds since the epoch.
int64_t MtimeNanos(const struct stat& st);

/// A file of its own in `dir`, named with kTempPrefix, removed on destruction unless Release was called.
class TempFile {
 public:
  static Result<TempFile> Create(const std::string& dir, Rng& rng);
  TempFile(TempFile&& other) noexcept : fd_(std::move(other.fd_)), path_(std::exchange(other.path_, {})) {}
  TempFile& operator=(TempFile&&) = delete;
  ~TempFile();
  int fd() const { return fd_.get(); }
  const std::string& path() const { return path_; }
  void Release() { path_.clear(); }

 private:
  TempFile(UniqueFd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}
  UniqueFd fd_;
  std::string path_;
};

/// Writes all of `data` at the descriptor's position.
Status WriteAll(int fd, std::string_view data, std::string_view path);

/// fsync; a failure means that the data may not be on the disk.
Status SyncFile(int fd, std::string_view path);

/// Makes the file at `from` (open as `from_fd`, same file system) appear as `to`, atomically; `from` is gone on
/// success. kAlreadyExists (kIfAbsent only): `to` is there, `from` still is too. errno EXDEV comes back as kConflict.
Status PublishFile(const std::string& from, int from_fd, const std::string& to, PutMode mode, bool sync);

}  // namespace calve::store
