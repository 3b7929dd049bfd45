// One object store over several, chosen by the longest prefix of the URI: parts of the storage that others own.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "store/routing_store.h"

namespace calve::store {

/// Passes each call on to the store of the longest prefix that the URI lies under, else to the fallback. A prefix ends
/// at a `/`: `s3://b/t` is none of `s3://b/tt/x`. s3a:// and s3:// name the same. Thread-safe.
class PrefixStore final : public RoutingStore {
 public:
  explicit PrefixStore(std::unique_ptr<ObjectStore> fallback) : fallback_(std::move(fallback)) {}

  /// Serves `prefix` by what `make` gives, unless it has a store already: that one stays, since streams may use it.
  void Add(std::string_view prefix, const std::function<std::unique_ptr<ObjectStore>()>& make);

 private:
  Result<ObjectStore*> Route(std::string_view uri) override;

  const std::unique_ptr<ObjectStore> fallback_;
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<ObjectStore>, std::less<>> by_prefix_;  ///< Each ends in '/'. Never removed.
};

}  // namespace calve::store
