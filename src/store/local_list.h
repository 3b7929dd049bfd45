// Walking local directories.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "store/object_store.h"

namespace calve::store {

/// Everything under the directory `dir` (a path) whose name there begins with `name_prefix`; what is found is called
/// `spelled_dir` + its relative path. Recursive: all goes to `objects`; else one level, directories to `prefixes`.
/// Symbolic links are followed (never round a loop); what is no regular file is left out, and so are Puts under way. A
/// directory that cannot be read is an error: nothing is missed in silence. An absent one is empty.
Result<Children> ListDirectory(const std::string& dir, std::string_view spelled_dir, std::string_view name_prefix,
                               bool recursive);

}  // namespace calve::store
