// An object store that is none itself: it knows which one serves a URI.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/object_store.h"

namespace calve::store {

/// Passes each call on to the store that Route names; its error is the call's. As thread-safe as Route.
class RoutingStore : public ObjectStore {
 public:
  Result<ObjectInfo> Head(std::string_view uri) override;
  Result<std::unique_ptr<ByteStream>> Open(std::string_view uri, const OpenOptions& options) override;
  Status Put(std::string_view uri, std::string_view data, PutMode mode) final;
  Status PutFile(std::string_view uri, const std::string& path, PutMode mode) final;
  Result<std::vector<ObjectInfo>> List(std::string_view prefix) final;
  Result<Children> ListChildren(std::string_view prefix) final;
  /// May mix stores: goes on behind the failure of one, and reports the first. When one URI has no store, nothing is
  /// deleted.
  Status Delete(std::span<const std::string> uris) final;

 private:
  /// The store lives as long as this one.
  virtual Result<ObjectStore*> Route(std::string_view uri) = 0;
};

}  // namespace calve::store
