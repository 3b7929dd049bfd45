#include "app/query_files.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <vector>

#include "base/directories.h"
#include "store/local_path.h"
#include "store/uri.h"

namespace calve::app {
namespace {

namespace fs = std::filesystem;

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

}  // namespace

QueryFiles::~QueryFiles() {
  if (fetched_ == 0) return;
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

Result<std::string> QueryFiles::PathOf(const std::string& uri) {
  if (store::UriScheme(uri) == "file") return store::LocalPath(uri);
  if (fetched_ == 0) {
    CALVE_RETURN_IF_ERROR(MakeDirectories(folder_, Durable::kYes));
  }
  std::string path = fmt::format("{}/{}.parquet", folder_, fetched_++);
  CALVE_RETURN_IF_ERROR(Fetch(uri, path));
  return path;
}

Status QueryFiles::Fetch(const std::string& uri, const std::string& path) {
  CALVE_ASSIGN_OR_RETURN(const std::unique_ptr<store::ByteStream> stream, store_.Open(uri, {}));
  const std::unique_ptr<std::FILE, CloseFile> file(std::fopen(path.c_str(), "wb"));
  if (!file) return std::unexpected(ErrnoError(errno, "creating " + path));
  std::vector<std::byte> buffer(size_t{1} << 20U);
  for (;;) {
    CALVE_ASSIGN_OR_RETURN(const size_t n, stream->Read(buffer));
    if (n == 0) break;
    if (std::fwrite(buffer.data(), 1, n, file.get()) != n) return std::unexpected(ErrnoError(errno, "writing " + path));
  }
  if (std::fflush(file.get()) != 0) return std::unexpected(ErrnoError(errno, "writing " + path));
  return {};
}

}  // namespace calve::app
