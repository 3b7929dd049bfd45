#include "store/local_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <vector>

#include "base/hash.h"

namespace calve::store {
namespace {

constexpr uint64_t kSampleBytes = 4096;

Status AppendSample(int fd, uint64_t offset, uint64_t length, std::string_view path, std::string& out) {
  const size_t before = out.size();
  out.resize(before + length);
  size_t filled = 0;
  while (filled < length) {
    const ssize_t n = RetryOnEintr(
        [&] { return pread(fd, out.data() + before + filled, length - filled, static_cast<off_t>(offset + filled)); });
    if (n < 0) return std::unexpected(PathError(errno, "read", path));
    if (n == 0) break;  // It has just shrunk; the size in the version says so.
    filled += static_cast<size_t>(n);
  }
  out.resize(before + filled);
  return {};
}

// Without RENAME_NOREPLACE (NFS, old file systems), link() is what is atomic.
Status LinkIfAbsent(const std::string& from, int from_fd, const std::string& to) {
  if (RetryOnEintr([&] { return link(from.c_str(), to.c_str()); }) != 0) {
    const int error = errno;
    struct stat st = {};
    // On NFS a link whose answer was lost is sent again and then says EEXIST: the link count tells that it was ours.
    const bool ours = error == EEXIST && fstat(from_fd, &st) == 0 && st.st_nlink > 1;
    if (!ours) return std::unexpected(PathError(error, "create", to));
  }
  unlink(from.c_str());  // A leftover is a second name of a published file, and is never listed.
  return {};
}

}  // namespace

bool IsTempName(std::string_view path) { return path.substr(path.rfind('/') + 1).starts_with(kTempPrefix); }

Status CheckRegular(mode_t mode, std::string_view path) {
  if (S_ISREG(mode)) return {};
  const std::string_view what = S_ISDIR(mode)    ? "a directory"
                                : S_ISFIFO(mode) ? "a pipe (FIFO)"
                                : S_ISSOCK(mode) ? "a socket"
                                                 : "a device";
  return Err(ErrorKind::kInvalidArgument, fmt::format("{} is {}, not a file", path, what));
}

Result<OpenFile> OpenRegular(const std::string& path) {
  // O_NONBLOCK: opening a FIFO nobody writes to would hang before fstat can refuse it. Regular files ignore it.
  OpenFile file{
      .fd = UniqueFd(RetryOnEintr([&] { return open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY); }))};
  if (file.fd.get() < 0) {
    const int error = errno;
    if (error == ENXIO && stat(path.c_str(), &file.st) == 0) CALVE_RETURN_IF_ERROR(CheckRegular(file.st.st_mode, path));
    return std::unexpected(PathError(error, "open", path));
  }
  if (fstat(file.fd.get(), &file.st) != 0) return std::unexpected(PathError(errno, "stat", path));
  CALVE_RETURN_IF_ERROR(CheckRegular(file.st.st_mode, path));
  return file;
}

int64_t MtimeNanos(const struct stat& st) {
  return static_cast<int64_t>(st.st_mtim.tv_sec) * 1'000'000'000 + static_cast<int64_t>(st.st_mtim.tv_nsec);
}

Result<std::string> FileVersion(const OpenFile& file, std::string_view path) {
  const auto size = static_cast<uint64_t>(file.st.st_size);
  std::string samples;
  if (size <= 3 * kSampleBytes) {
    CALVE_RETURN_IF_ERROR(AppendSample(file.fd.get(), 0, size, path, samples));
  } else {
    for (const uint64_t offset : {uint64_t{0}, (size - kSampleBytes) / 2, size - kSampleBytes}) {
      CALVE_RETURN_IF_ERROR(AppendSample(file.fd.get(), offset, kSampleBytes, path, samples));
    }
  }
  const std::array<uint8_t, 32> digest = Sha256(samples);
  return fmt::format("{}-{}-{}", size, MtimeNanos(file.st), Hex(std::span(digest).first<8>()));
}

Result<TempFile> TempFile::Create(const std::string& dir, Rng& rng) {
  for (int attempt = 0; attempt < 100; ++attempt) {
    std::string path = fmt::format("{}{}{}{:016x}", dir, dir.ends_with('/') ? "" : "/", kTempPrefix, rng.Next());
    const int fd = RetryOnEintr([&] { return open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666); });
    if (fd >= 0) return TempFile(UniqueFd(fd), std::move(path));
    if (errno != EEXIST) return std::unexpected(PathError(errno, "create a file in", dir));
  }
  return Err(ErrorKind::kUnavailable, fmt::format("cannot find a free temporary name in {}", dir));
}

TempFile::~TempFile() {
  if (!path_.empty()) unlink(path_.c_str());
}

Status WriteAll(int fd, std::string_view data, std::string_view path) {
  while (!data.empty()) {
    const ssize_t n = RetryOnEintr([&] { return write(fd, data.data(), data.size()); });
    if (n < 0) return std::unexpected(PathError(errno, "write", path));
    data.remove_prefix(static_cast<size_t>(n));
  }
  return {};
}

Status SyncFile(int fd, std::string_view path) {
  if (RetryOnEintr([&] { return fsync(fd); }) != 0) return std::unexpected(PathError(errno, "sync", path));
  return {};
}

Status PublishFile(const std::string& from, int from_fd, const std::string& to, PutMode mode, bool sync) {
  const unsigned flags = mode == PutMode::kIfAbsent ? RENAME_NOREPLACE : 0U;
  if (RetryOnEintr([&] { return renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), flags); }) != 0) {
    const int error = errno;
    struct stat st = {};
    if ((error == EISDIR || error == EEXIST || error == ENOTEMPTY) && stat(to.c_str(), &st) == 0 &&
        S_ISDIR(st.st_mode)) {
      return CheckRegular(st.st_mode, to);
    }
    const bool unsupported = mode == PutMode::kIfAbsent && (error == EINVAL || error == ENOSYS);
    if (!unsupported) return std::unexpected(PathError(error, "create", to));
    CALVE_RETURN_IF_ERROR(LinkIfAbsent(from, from_fd, to));
  }
  return sync ? SyncDirectory(ParentDirectory(to)) : Status{};
}

}  // namespace calve::store
