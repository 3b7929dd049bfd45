// The data files of a query as local paths: what is on this disk as it is, what is elsewhere fetched first.
#pragma once

#include <cstdint>
#include <string>

#include "base/error.h"
#include "store/object_store.h"

namespace calve::app {

/// Fetched copies live as long as this object. Not thread-safe.
class QueryFiles {
 public:
  /// `folder` is made when it is first needed, and removed with everything in it.
  QueryFiles(store::ObjectStore& store, std::string folder) : store_(store), folder_(std::move(folder)) {}
  ~QueryFiles();
  QueryFiles(const QueryFiles&) = delete;
  QueryFiles& operator=(const QueryFiles&) = delete;

  /// The path to read `uri` from. Errors are the store's and the disk's.
  Result<std::string> PathOf(const std::string& uri);

 private:
  Status Fetch(const std::string& uri, const std::string& path);

  store::ObjectStore& store_;
  const std::string folder_;
  uint64_t fetched_ = 0;
};

}  // namespace calve::app
