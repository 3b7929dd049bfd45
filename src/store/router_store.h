// One object store over several, chosen by the URI's scheme.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "store/routing_store.h"

namespace calve::store {

/// Passes each call on to the store registered for the URI's scheme ("file" for plain paths); a scheme nobody serves is
/// kInvalidArgument, naming those that are served. Register everything first; after that it is thread-safe.
class RouterStore final : public RoutingStore {
 public:
  /// `store` serves all of `schemes` (lower case), e.g. {"s3", "s3a"}.
  void Register(const std::vector<std::string>& schemes, std::unique_ptr<ObjectStore> store);

 private:
  Result<ObjectStore*> Route(std::string_view uri) override;

  std::vector<std::unique_ptr<ObjectStore>> stores_;
  std::map<std::string, ObjectStore*, std::less<>> by_scheme_;
};

}  // namespace calve::store
