#include "base/scratch.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

namespace calve {

Error ScratchError(int errno_value, std::string_view what) {
  Error error = ErrnoError(errno_value, what);
  if (error.kind != ErrorKind::kNoSpace) error.kind = ErrorKind::kMachine;
  return error;
}

Status MakeScratchFolder(const std::string& path, Durable durable) {
  Status made = MakeDirectories(path, durable);
  if (made) return {};
  Error error = WithContext(std::move(made).error(), "the scratch folder " + path).error();
  if (error.kind != ErrorKind::kNoSpace) error.kind = ErrorKind::kMachine;
  return std::unexpected(std::move(error));
}

Status ProbeScratch(const std::string& folder) {
  CALVE_RETURN_IF_ERROR(MakeScratchFolder(folder, Durable::kYes));
  std::string name = folder + "/probe-XXXXXX";
  const int fd = mkstemp(name.data());
  if (fd < 0) return std::unexpected(ScratchError(errno, "making a file in the scratch folder " + folder));
  const std::vector<char> block(size_t{1} << 20U, 'x');
  int failed = 0;
  for (size_t at = 0; at < block.size() && failed == 0;) {
    const ssize_t written = write(fd, block.data() + at, block.size() - at);
    if (written < 0 && errno != EINTR) failed = errno;
    if (written > 0) at += static_cast<size_t>(written);
  }
  if (failed == 0 && fsync(fd) != 0) failed = errno;
  close(fd);
  unlink(name.c_str());
  if (failed != 0) return std::unexpected(ScratchError(failed, "writing to the scratch folder " + folder));
  return {};
}

}  // namespace calve
