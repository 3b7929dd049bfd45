#include "store/local_path.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "http/transport.h"
#include "store/uri.h"

namespace calve::store {
namespace {

// Drops "." and empty segments; the leading slash and a trailing one stay.
std::string DropEmptySegments(std::string_view path) {
  std::string out;
  size_t begin = 0;
  while (begin <= path.size()) {
    const size_t end = std::min(path.find('/', begin), path.size());
    const std::string_view segment = path.substr(begin, end - begin);
    if (!segment.empty() && segment != ".") {
      out += '/';
      out += segment;
    }
    begin = end + 1;
  }
  if (out.empty() || path.ends_with('/')) out += '/';
  return out;
}

Result<std::string> PlainPath(std::string_view path) {
  if (path.starts_with('/')) return DropEmptySegments(path);
  std::error_code error;
  const std::string cwd = std::filesystem::current_path(error).native();
  if (error) return std::unexpected(ErrnoError(error.value(), "cannot read the working directory"));
  return DropEmptySegments(fmt::format("{}/{}", cwd, path));
}

}  // namespace

Result<std::string> LocalPath(std::string_view uri) {
  if (uri.empty()) return Err(ErrorKind::kInvalidArgument, "empty path");
  if (uri.find('\0') != std::string_view::npos) {
    return Err(ErrorKind::kInvalidArgument, fmt::format("path with a NUL byte: {}", uri.substr(0, uri.find('\0'))));
  }
  const std::string scheme = UriScheme(uri);
  if (scheme != "file") {
    return Err(ErrorKind::kInvalidArgument,
               fmt::format("{}: a {}:// URI is not a local file", http::ShownUrl(uri), scheme));
  }
  // UriScheme says "file" for plain paths too: only "file:" in any case makes it a URI.
  constexpr std::string_view kPrefix = "file:";
  const bool is_uri =
      uri.size() >= kPrefix.size() && std::ranges::equal(uri.substr(0, kPrefix.size()), kPrefix, {}, [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
      });
  if (!is_uri) return PlainPath(uri);

  std::string_view rest = uri.substr(kPrefix.size());
  if (rest.starts_with("//")) {
    rest.remove_prefix(2);
    const std::string_view host = rest.substr(0, rest.find('/'));
    if (!host.empty() && host != "localhost") {
      return Err(ErrorKind::kInvalidArgument,
                 fmt::format("{}: \"{}\" stands where a host does; write file:///absolute/path", uri, host));
    }
    rest.remove_prefix(host.size());
  }
  if (!rest.starts_with('/')) {
    return Err(ErrorKind::kInvalidArgument, fmt::format("{}: a file: URI needs an absolute path (file:///...)", uri));
  }
  return std::string(rest);
}

std::string FileUri(std::string_view absolute_path) { return fmt::format("file://{}", absolute_path); }

Result<std::string> CanonicalFileUri(std::string_view uri) {
  CALVE_ASSIGN_OR_RETURN(const std::string path, LocalPath(uri));
  std::error_code error;
  const std::filesystem::path canonical = std::filesystem::weakly_canonical(path, error);
  if (error) return std::unexpected(ErrnoError(error.value(), fmt::format("cannot resolve {}", path)));
  return FileUri(canonical.native());
}

}  // namespace calve::store
