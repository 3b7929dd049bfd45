#include "base/directories.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/unique_fd.h"

namespace calve {

Error PathError(int errno_value, std::string_view verb, std::string_view path) {
  Error error = ErrnoError(errno_value, fmt::format("cannot {} {}", verb, path));
  switch (errno_value) {
    case EISDIR:
    case ELOOP:
    case ENAMETOOLONG:
    case ENXIO:  // What opening a socket says.
    case EINVAL:
    case ENODEV:
      error.kind = ErrorKind::kInvalidArgument;
      break;
    case EXDEV:
      error.kind = ErrorKind::kConflict;
      break;
    default:
      break;
  }
  return error;
}

std::string ParentDirectory(const std::string& path) {
  const size_t slash = path.find_last_of('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Status MakeDirectories(const std::string& path, Durable durable) {
  struct stat st = {};
  if (stat(path.c_str(), &st) == 0) {
    if (S_ISDIR(st.st_mode)) return {};
    return Err(ErrorKind::kInvalidArgument, fmt::format("{} is a file where a directory is needed", path));
  }
  const int error = errno;
  const std::string parent = ParentDirectory(path);
  if ((error != ENOENT && error != ENOTDIR) || path == "/" || path == ".")
    return std::unexpected(PathError(error, "stat", path));
  CALVE_RETURN_IF_ERROR(MakeDirectories(parent, durable));
  if (path.ends_with('/')) return {};  // The parent is the same directory without its slash.
  // EEXIST: another writer made it first; if it is no directory after all, whoever makes a file in it will say so.
  if (mkdir(path.c_str(), 0777) != 0 && errno != EEXIST) {
    return std::unexpected(PathError(errno, "create directory", path));
  }
  return durable == Durable::kYes ? SyncDirectory(parent) : Status{};
}

Status SyncDirectory(const std::string& path) {
  const UniqueFd fd(RetryOnEintr([&] { return open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); }));
  if (fd.get() < 0) return std::unexpected(PathError(errno, "open directory", path));
  // Some file systems (FUSE ones, for example) have no fsync for directories; they order renames themselves.
  if (fsync(fd.get()) != 0 && errno != EINVAL && errno != EROFS) {
    return Err(ErrorKind::kUnavailable, PathError(errno, "sync directory", path).message);
  }
  return {};
}

}  // namespace calve
