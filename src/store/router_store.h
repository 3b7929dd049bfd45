// One object store over several, chosen by the URI's scheme.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "store/object_store.h"

namespace calve::store {

/// Passes each call on to the store registered for the URI's scheme ("file" for plain paths); a scheme nobody serves is
/// kInvalidArgument, naming those that are served. Register everything first; after that it is thread-safe.
class RouterStore final : public ObjectStore {
 public:
  /// `store` serves all of `schemes` (lower case), e.g. {"s3", "s3a"}.
  void Register(const std::vector<std::string>& schemes, std::unique_ptr<ObjectStore> store);

  Result<ObjectInfo> Head(std::string_view uri) override;
  Result<std::unique_ptr<ByteStream>> Open(std::string_view uri, const OpenOptions& options) override;
  Status Put(std::string_view uri, std::string_view data, PutMode mode) override;
  Status PutFile(std::string_view uri, const std::string& path, PutMode mode) override;
  Result<std::vector<ObjectInfo>> List(std::string_view prefix) override;
  Result<Children> ListChildren(std::string_view prefix) override;
  /// May mix schemes. When one URI's scheme is unknown, nothing is deleted.
  Status Delete(std::span<const std::string> uris) override;

 private:
  Result<ObjectStore*> Route(std::string_view uri) const;

  std::vector<std::unique_ptr<ObjectStore>> stores_;
  std::map<std::string, ObjectStore*, std::less<>> by_scheme_;
};

}  // namespace calve::store
