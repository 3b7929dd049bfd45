#include "store/routing_store.h"

#include <map>
#include <utility>

namespace calve::store {

Result<ObjectInfo> RoutingStore::Head(std::string_view uri) {
  CALVE_ASSIGN_OR_RETURN(ObjectStore * store, Route(uri));
  return store->Head(uri);
}

Result<std::unique_ptr<ByteStream>> RoutingStore::Open(std::string_view uri, const OpenOptions& options) {
  CALVE_ASSIGN_OR_RETURN(ObjectStore * store, Route(uri));
  return store->Open(uri, options);
}

Status RoutingStore::Put(std::string_view uri, std::string_view data, PutMode mode) {
  CALVE_ASSIGN_OR_RETURN(ObjectStore * store, Route(uri));
  return store->Put(uri, data, mode);
}

Status RoutingStore::PutFile(std::string_view uri, const std::string& path, PutMode mode) {
  CALVE_ASSIGN_OR_RETURN(ObjectStore * store, Route(uri));
  return store->PutFile(uri, path, mode);
}

Result<std::vector<ObjectInfo>> RoutingStore::List(std::string_view prefix) {
  CALVE_ASSIGN_OR_RETURN(ObjectStore * store, Route(prefix));
  return store->List(prefix);
}

Result<Children> RoutingStore::ListChildren(std::string_view prefix) {
  CALVE_ASSIGN_OR_RETURN(ObjectStore * store, Route(prefix));
  return store->ListChildren(prefix);
}

Status RoutingStore::Delete(std::span<const std::string> uris) {
  std::map<ObjectStore*, std::vector<std::string>> by_store;
  for (const std::string& uri : uris) {
    CALVE_ASSIGN_OR_RETURN(ObjectStore * store, Route(uri));
    by_store[store].push_back(uri);
  }
  Status status;
  for (const auto& [store, mine] : by_store) {
    Status one = store->Delete(mine);
    if (status && !one) status = std::move(one);
  }
  return status;
}

}  // namespace calve::store
