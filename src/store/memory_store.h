// An object store in memory, for tests and fakes.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "store/object_store.h"

namespace calve::store {

/// Objects are named `memory://...` and live as long as the store (streams may outlive it). As on S3 there are no
/// directories. Versions are numbers that no two Puts share.
class MemoryStore final : public ObjectStore {
 public:
  MemoryStore();
  ~MemoryStore() override;

  Result<ObjectInfo> Head(std::string_view uri) override;
  Result<std::unique_ptr<ByteStream>> Open(std::string_view uri, const OpenOptions& options) override;
  Status Put(std::string_view uri, std::string_view data, PutMode mode) override;
  Status PutFile(std::string_view uri, const std::string& path, PutMode mode) override;
  Result<std::vector<ObjectInfo>> List(std::string_view prefix) override;
  Status Delete(std::span<const std::string> uris) override;

 private:
  struct State;
  std::shared_ptr<State> state_;  ///< Shared with the streams, which look whether their object was replaced.
};

}  // namespace calve::store
