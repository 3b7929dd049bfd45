#include "store/router_store.h"

#include <fmt/format.h>

#include "store/uri.h"

namespace calve::store {

void RouterStore::Register(const std::vector<std::string>& schemes, std::unique_ptr<ObjectStore> store) {
  for (const std::string& scheme : schemes) by_scheme_[scheme] = store.get();
  stores_.push_back(std::move(store));
}

Result<ObjectStore*> RouterStore::Route(std::string_view uri) {
  const std::string scheme = UriScheme(uri);
  const auto it = by_scheme_.find(scheme);
  if (it != by_scheme_.end()) return it->second;
  std::string known;
  for (const auto& [name, store] : by_scheme_) known += (known.empty() ? "" : ", ") + name;
  return Err(ErrorKind::kInvalidArgument,
             fmt::format("{}: no store for {}:// here (there is: {})", uri, scheme, known.empty() ? "none" : known));
}

}  // namespace calve::store
