// calve.toml as a flat list of keys and texts.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"

namespace calve::app {

/// One assignment of the file. Numbers and booleans are texts too: the option's own parser judges them.
struct FileValue {
  std::vector<std::string> path;    ///< {"commit", "retries"}
  std::vector<std::string> values;  ///< One, or an array's.
  bool is_array = false;
  int line = 0;
};

/// kInvalidArgument with file, line and column for what is not TOML, is not there, or holds a date or an array of
/// arrays.
Result<std::vector<FileValue>> ReadConfigFile(const std::string& path);

}  // namespace calve::app
