#include "store/router_store.h"

#include <fmt/format.h>

#include "store/uri.h"

namespace calve::store {

void RouterStore::Register(const std::vector<std::string>& schemes, std::unique_ptr<ObjectStore> store) {
  for (const std::string& scheme : schemes) by_scheme_[scheme] = store.get();
  stores_.push_back(std::move(store));
}

Result<ObjectStore*> RouterStore::Route(std::string_view uri) const {
  const std::string scheme = UriScheme(uri);
  const auto it = by_scheme_.find(scheme);
  if (it != by_scheme_.end()) return it->second;
  std::string known;
  for (const auto& [name, store] : by_scheme_) known += (known.empty() ? "" : ", ") + name;
  return Err(ErrorKind::kInvalidArgument,
             fmt::format("{}: no store for {}:// here (there is: {})", uri, scheme, known.empty() ? "none" : known));
}

Result<ObjectInfo> RouterStore::Head(std::string_view uri) {
  CALVE_ASSIGN_OR_RETURN(ObjectStore * store, Route(uri));
  return store->Head(uri);
}

Result<std::unique_ptr<ByteStream>> RouterStore::Open(std::string_view uri, const OpenOptions& options) {
  CALVE_ASSIGN_OR_RETURN(ObjectStore * store, Route(uri));
  return store->Open(uri, options);
}

Status RouterStore::Put(std::string_view uri, std::string_view data, PutMode mode) {
  CALVE_ASSIGN_OR_RETURN(ObjectStore * store, Route(uri));
  return store->Put(uri, data, mode);
}

Status RouterStore::PutFile(std::string_view uri, const std::string& path, PutMode mode) {
  CALVE_ASSIGN_OR_RETURN(ObjectStore * store, Route(uri));
  return store->PutFile(uri, path, mode);
}

Result<std::vector<ObjectInfo>> RouterStore::List(std::string_view prefix) {
  CALVE_ASSIGN_OR_RETURN(ObjectStore * store, Route(prefix));
  return store->List(prefix);
}

Result<Children> RouterStore::ListChildren(std::string_view prefix) {
  CALVE_ASSIGN_OR_RETURN(ObjectStore * store, Route(prefix));
  return store->ListChildren(prefix);
}

Status RouterStore::Delete(std::span<const std::string> uris) {
  std::map<ObjectStore*, std::vector<std::string>> by_store;
  for (const std::string& uri : uris) {
    CALVE_ASSIGN_OR_RETURN(ObjectStore * store, Route(uri));
    by_store[store].push_back(uri);
  }
  for (const auto& [store, mine] : by_store) CALVE_RETURN_IF_ERROR(store->Delete(mine));
  return {};
}

}  // namespace calve::store
