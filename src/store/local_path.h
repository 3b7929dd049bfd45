// Local files as paths and as `file:` URIs.
//
// A `file:` URI holds the path's bytes as they are: nothing is percent-encoded or -decoded, as Iceberg's HadoopFileIO
// and PyIceberg do it, so that a location we write names the same file to them. (PyIceberg's URL parser cuts a `file:`
// URI at the first `?` or `#`; a table under a path with one of those is readable there by its plain path only.)
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace calve::store {

/// The path that `file:///abs`, `file:/abs`, `file://localhost/abs` or a plain path means; always absolute. A relative
/// path is resolved against the working directory; of plain paths "." and doubled slashes are dropped (".." is not:
/// behind a symbolic link it means something else). kInvalidArgument for another scheme, a host, an empty path or one
/// with a NUL byte.
Result<std::string> LocalPath(std::string_view uri);

/// `file://` + an absolute path, bytes as they are.
std::string FileUri(std::string_view absolute_path);

/// One name for one file, so that two spellings are one source: `file://` + the path with symbolic links, "." and ".."
/// resolved as far as it exists (the rest is resolved lexically). Errors as LocalPath.
Result<std::string> CanonicalFileUri(std::string_view uri);

}  // namespace calve::store
