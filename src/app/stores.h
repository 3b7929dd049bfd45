// Stores that are put together when they are first used.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "store/routing_store.h"

namespace calve::app {

/// Makes the real store at the first call: who never names an s3:// URI needs no region and no credentials.
/// Thread-safe.
class LazyStore final : public store::RoutingStore {
 public:
  using Make = std::function<Result<std::unique_ptr<store::ObjectStore>>()>;
  explicit LazyStore(Make make) : make_(std::move(make)) {}

 private:
  Result<store::ObjectStore*> Route(std::string_view uri) override;

  const Make make_;
  std::mutex mutex_;
  std::unique_ptr<store::ObjectStore> store_;  ///< Guarded by mutex_ while it is made.
};

}  // namespace calve::app
