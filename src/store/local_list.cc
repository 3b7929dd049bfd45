#include "store/local_list.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <utility>
#include <vector>

#include "store/local_file.h"

namespace calve::store {
namespace {

struct CloseDir {
  void operator()(DIR* dir) const { closedir(dir); }
};

class Walk {
 public:
  Walk(bool recursive, Children& out) : recursive_(recursive), out_(out) {}

  Status Visit(const std::string& path, const std::string& spelled, std::string_view name_prefix) {
    const std::unique_ptr<DIR, CloseDir> dir(opendir(path.c_str()));
    if (dir == nullptr) {
      if (errno == ENOENT || errno == ENOTDIR) return {};  // Absent, or removed since its parent was read.
      return std::unexpected(PathError(errno, "list", path));
    }
    struct stat self = {};
    if (fstat(dirfd(dir.get()), &self) != 0) return std::unexpected(PathError(errno, "stat", path));
    const std::pair<dev_t, ino_t> id(self.st_dev, self.st_ino);
    if (std::ranges::find(ancestors_, id) != ancestors_.end()) return {};  // A link back up.
    ancestors_.push_back(id);
    for (;;) {
      errno = 0;
      const dirent* entry = readdir(dir.get());
      if (entry == nullptr) break;
      const std::string_view name = entry->d_name;
      if (name == "." || name == ".." || !name.starts_with(name_prefix) || IsTempName(name)) continue;
      CALVE_RETURN_IF_ERROR(Take(dir.get(), path, spelled, entry->d_name));
    }
    if (errno != 0) return std::unexpected(PathError(errno, "list", path));
    ancestors_.pop_back();
    return {};
  }

 private:
  Status Take(DIR* dir, const std::string& path, const std::string& spelled, const char* name) {
    struct stat st = {};
    if (fstatat(dirfd(dir), name, &st, 0) != 0) {
      // Gone since, a dangling link, or a link in a loop: there is no object of that name.
      if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP) return {};
      return std::unexpected(PathError(errno, "stat", path + "/" + name));
    }
    if (S_ISDIR(st.st_mode)) {
      if (recursive_) return Visit(path + "/" + name, spelled + name + "/", "");
      out_.prefixes.push_back(spelled + name + "/");
    } else if (S_ISREG(st.st_mode)) {
      out_.objects.push_back({.uri = spelled + name,
                              .size_bytes = static_cast<uint64_t>(st.st_size),
                              .version = {},
                              .modified_ms = MtimeNanos(st) / 1'000'000});
    }
    return {};
  }

  bool recursive_;
  Children& out_;
  std::vector<std::pair<dev_t, ino_t>> ancestors_;
};

}  // namespace

Result<Children> ListDirectory(const std::string& dir, std::string_view spelled_dir, std::string_view name_prefix,
                               bool recursive) {
  Children out;
  CALVE_RETURN_IF_ERROR(Walk(recursive, out).Visit(dir, std::string(spelled_dir), name_prefix));
  std::ranges::sort(out.objects, {}, &ObjectInfo::uri);
  std::ranges::sort(out.prefixes);
  return out;
}

}  // namespace calve::store
