#include "store/prefix_store.h"

#include <utility>

namespace calve::store {
namespace {

constexpr std::string_view kS3a = "s3a://";

std::string Canonical(std::string_view uri) {
  return uri.starts_with(kS3a) ? "s3://" + std::string(uri.substr(kS3a.size())) : std::string(uri);
}

}  // namespace

void PrefixStore::Add(std::string_view prefix, const std::function<std::unique_ptr<ObjectStore>()>& make) {
  std::string key = Canonical(prefix);
  if (!key.ends_with('/')) key += '/';
  const std::lock_guard lock(mutex_);
  if (!by_prefix_.contains(key)) by_prefix_.emplace(std::move(key), make());
}

Result<ObjectStore*> PrefixStore::Route(std::string_view uri) {
  const std::string name = Canonical(uri) + "/";  // What is listed may be the prefix itself.
  const std::lock_guard lock(mutex_);
  // Those that `name` begins with sort before it; the nearest of them is the longest.
  for (auto it = by_prefix_.upper_bound(name); it != by_prefix_.begin();) {
    --it;
    if (std::string_view(name).starts_with(it->first)) return it->second.get();
  }
  return fallback_.get();
}

}  // namespace calve::store
