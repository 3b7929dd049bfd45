#include "store/local_store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "store/local_file.h"
#include "store/local_list.h"
#include "store/local_path.h"

namespace calve::store {
namespace {

constexpr size_t kCopyBytes = size_t{1} << 20U;

class LocalStream final : public ByteStream {
 public:
  LocalStream(OpenFile file, std::string path, const OpenOptions& options)
      : file_(std::move(file)), path_(std::move(path)), pinned_(options.if_version.has_value()) {
    const uint64_t size = object_size_bytes();
    offset_ = std::min(options.offset_bytes, size);
    end_ = offset_ + std::min(options.length_bytes.value_or(size), size - offset_);
    posix_fadvise(file_.fd.get(), static_cast<off_t>(offset_), static_cast<off_t>(end_ - offset_),
                  POSIX_FADV_SEQUENTIAL);
  }

  Result<size_t> Read(std::span<std::byte> buffer) override {
    const size_t wanted = std::min<uint64_t>(buffer.size(), end_ - offset_);
    ssize_t n = 0;
    if (wanted > 0) {
      do {
        n = pread(file_.fd.get(), buffer.data(), wanted, static_cast<off_t>(offset_));
      } while (n < 0 && errno == EINTR);
      if (n < 0) return std::unexpected(PathError(errno, "read", path_));
      if (n == 0) {
        return Err(ErrorKind::kConflict,
                   fmt::format("{} shrank while it was read: it ends before byte {}, at opening it had {} bytes", path_,
                               offset_, object_size_bytes()));
      }
    }
    // After the read, so that no byte of another content is handed out.
    if (pinned_) CALVE_RETURN_IF_ERROR(CheckUnchanged());
    offset_ += static_cast<uint64_t>(n);
    return static_cast<size_t>(n);
  }

  uint64_t object_size_bytes() const override { return static_cast<uint64_t>(file_.st.st_size); }

 private:
  Status CheckUnchanged() {
    struct stat now = {};
    if (fstat(file_.fd.get(), &now) != 0) return std::unexpected(PathError(errno, "stat", path_));
    if (now.st_nlink == 0) {
      return Err(ErrorKind::kConflict, fmt::format("{} was replaced or removed while it was read", path_));
    }
    if (now.st_size != file_.st.st_size || MtimeNanos(now) != MtimeNanos(file_.st)) {
      return Err(ErrorKind::kConflict, fmt::format("{} was written to while it was read", path_));
    }
    return {};
  }

  OpenFile file_;
  std::string path_;
  bool pinned_;
  uint64_t offset_ = 0;
  uint64_t end_ = 0;
};

Result<std::string> ObjectPath(std::string_view uri) {
  CALVE_ASSIGN_OR_RETURN(std::string path, LocalPath(uri));
  if (path.ends_with('/')) {
    return Err(ErrorKind::kInvalidArgument, fmt::format("{} is a directory's name, not a file's", path));
  }
  return path;
}

Result<std::string> PutPath(std::string_view uri, bool sync) {
  CALVE_ASSIGN_OR_RETURN(std::string path, ObjectPath(uri));
  if (IsTempName(path)) {
    return Err(ErrorKind::kInvalidArgument,
               fmt::format("{}: names that begin with {} are reserved", path, kTempPrefix));
  }
  CALVE_RETURN_IF_ERROR(MakeDirectories(ParentDirectory(path), sync ? Durable::kYes : Durable::kNo));
  return path;
}

Status CopyAll(int from, int to, const std::string& from_path, std::string_view to_path) {
  std::string buffer(kCopyBytes, '\0');
  for (;;) {
    const ssize_t n = read(from, buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return std::unexpected(PathError(errno, "read", from_path));
    if (n == 0) return {};
    CALVE_RETURN_IF_ERROR(WriteAll(to, std::string_view(buffer).substr(0, static_cast<size_t>(n)), to_path));
  }
}

Result<Children> ListPrefix(std::string_view prefix, bool recursive) {
  const size_t slash = prefix.rfind('/');
  const std::string_view spelled = slash == std::string_view::npos ? "" : prefix.substr(0, slash + 1);
  CALVE_ASSIGN_OR_RETURN(const std::string dir, LocalPath(spelled.empty() ? "." : spelled));
  return ListDirectory(dir, spelled, prefix.substr(spelled.size()), recursive);
}

}  // namespace

Result<ObjectInfo> LocalStore::Head(std::string_view uri) {
  CALVE_ASSIGN_OR_RETURN(const std::string path, LocalPath(uri));
  CALVE_ASSIGN_OR_RETURN(const OpenFile file, OpenRegular(path));
  CALVE_ASSIGN_OR_RETURN(std::string version, FileVersion(file, path));
  return ObjectInfo{.uri = std::string(uri),
                    .size_bytes = static_cast<uint64_t>(file.st.st_size),
                    .version = std::move(version),
                    .modified_ms = MtimeNanos(file.st) / 1'000'000};
}

Result<std::unique_ptr<ByteStream>> LocalStore::Open(std::string_view uri, const OpenOptions& options) {
  CALVE_ASSIGN_OR_RETURN(std::string path, LocalPath(uri));
  CALVE_ASSIGN_OR_RETURN(OpenFile file, OpenRegular(path));
  if (options.if_version) {
    CALVE_ASSIGN_OR_RETURN(const std::string version, FileVersion(file, path));
    if (version != *options.if_version) {
      return Err(ErrorKind::kConflict, fmt::format("{} has changed: its version is {}, {} was asked for", path, version,
                                                   *options.if_version));
    }
  }
  return std::make_unique<LocalStream>(std::move(file), std::move(path), options);
}

Status LocalStore::Put(std::string_view uri, std::string_view data, PutMode mode) {
  CALVE_ASSIGN_OR_RETURN(const std::string path, PutPath(uri, options_.sync));
  CALVE_ASSIGN_OR_RETURN(TempFile temp, TempFile::Create(ParentDirectory(path), rng_));
  CALVE_RETURN_IF_ERROR(WriteAll(temp.fd(), data, path));
  if (options_.sync) CALVE_RETURN_IF_ERROR(SyncFile(temp.fd(), path));
  CALVE_RETURN_IF_ERROR(PublishFile(temp.path(), temp.fd(), path, mode, options_.sync));
  temp.Release();
  return {};
}

Status LocalStore::PutFile(std::string_view uri, const std::string& path, PutMode mode) {
  CALVE_ASSIGN_OR_RETURN(const std::string target, PutPath(uri, options_.sync));
  CALVE_ASSIGN_OR_RETURN(const OpenFile source, OpenRegular(path));
  if (options_.sync) CALVE_RETURN_IF_ERROR(SyncFile(source.fd.get(), path));
  const Status moved = PublishFile(path, source.fd.get(), target, mode, options_.sync);
  // kConflict: another file system. (PublishFile has no other use for it.)
  if (moved || moved.error().kind != ErrorKind::kConflict) return moved;

  CALVE_ASSIGN_OR_RETURN(TempFile temp, TempFile::Create(ParentDirectory(target), rng_));
  CALVE_RETURN_IF_ERROR(CopyAll(source.fd.get(), temp.fd(), path, target));
  if (options_.sync) CALVE_RETURN_IF_ERROR(SyncFile(temp.fd(), target));
  CALVE_RETURN_IF_ERROR(PublishFile(temp.path(), temp.fd(), target, mode, options_.sync));
  temp.Release();
  unlink(path.c_str());  // Published already: a source that cannot be removed is litter, not a failure.
  return {};
}

Result<std::vector<ObjectInfo>> LocalStore::List(std::string_view prefix) {
  CALVE_ASSIGN_OR_RETURN(Children all, ListPrefix(prefix, /*recursive=*/true));
  return std::move(all.objects);
}

Result<Children> LocalStore::ListChildren(std::string_view prefix) { return ListPrefix(prefix, /*recursive=*/false); }

Status LocalStore::Delete(std::span<const std::string> uris) {
  for (const std::string& uri : uris) {
    CALVE_ASSIGN_OR_RETURN(const std::string path, ObjectPath(uri));
    if (unlink(path.c_str()) != 0 && errno != ENOENT && errno != ENOTDIR) {
      return std::unexpected(PathError(errno, "delete", path));
    }
  }
  return {};
}

}  // namespace calve::store
