// One object store over several, chosen by the longest prefix of the URI: parts of the storage that others own.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "store/object_store.h"

namespace calve::store {

/// Passes each call on to the store of the longest prefix that the URI lies under, else to the fallback. A prefix ends
/// at a `/`: `s3://b/t` is none of `s3://b/tt/x`. s3a:// and s3:// name the same. Thread-safe.
class PrefixStore final : public ObjectStore {
 public:
  explicit PrefixStore(std::unique_ptr<ObjectStore> fallback) : fallback_(std::move(fallback)) {}

  /// Serves `prefix` by what `make` gives, unless it has a store already: that one stays, since streams may use it.
  void Add(std::string_view prefix, const std::function<std::unique_ptr<ObjectStore>()>& make);

  Result<ObjectInfo> Head(std::string_view uri) override { return Route(uri).Head(uri); }
  Result<std::unique_ptr<ByteStream>> Open(std::string_view uri, const OpenOptions& options) override {
    return Route(uri).Open(uri, options);
  }
  Status Put(std::string_view uri, std::string_view data, PutMode mode) override {
    return Route(uri).Put(uri, data, mode);
  }
  Status PutFile(std::string_view uri, const std::string& path, PutMode mode) override {
    return Route(uri).PutFile(uri, path, mode);
  }
  Result<std::vector<ObjectInfo>> List(std::string_view prefix) override { return Route(prefix).List(prefix); }
  Result<Children> ListChildren(std::string_view prefix) override { return Route(prefix).ListChildren(prefix); }
  Status Delete(std::span<const std::string> uris) override;

 private:
  ObjectStore& Route(std::string_view uri);

  const std::unique_ptr<ObjectStore> fallback_;
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<ObjectStore>, std::less<>> by_prefix_;  ///< Each ends in '/'. Never removed.
};

}  // namespace calve::store
