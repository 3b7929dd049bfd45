// Directories that are there after a power cut, too.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace calve {

/// "cannot verb path: why"; what the path itself is at fault for (a loop, too long, a socket) is kInvalidArgument, and
/// another file system (EXDEV) kConflict.
Error PathError(int errno_value, std::string_view verb, std::string_view path);

/// The directory of `path`: "/" for "/x", "." for "x".
std::string ParentDirectory(const std::string& path);

/// Whether a directory's name must be on the disk before anything is said of what is in it. No: for folders that nobody
/// looks for after a crash, inside of one that is durable.
enum class Durable { kNo, kYes };

/// Creates `path` and its missing parents; with kYes each new name is synced. Several threads and processes may make
/// the same one. kInvalidArgument: a file is in the way.
Status MakeDirectories(const std::string& path, Durable durable);

/// fsync of a directory: the names in it are on the disk. kUnavailable: they may not be.
Status SyncDirectory(const std::string& path);

}  // namespace calve
