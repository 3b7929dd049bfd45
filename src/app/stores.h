// Stores that are put together when they are first used.
#pragma once

#include <functional>
#include <memory>
#include <mutex>

#include "app/cloud.h"
#include "base/clock.h"
#include "base/rng.h"
#include "store/object_store.h"

namespace calve::app {

/// Makes the real store at the first call: who never names an s3:// URI needs no region and no credentials.
/// Thread-safe.
class LazyStore final : public store::ObjectStore {
 public:
  using Make = std::function<Result<std::unique_ptr<store::ObjectStore>>()>;
  explicit LazyStore(Make make) : make_(std::move(make)) {}

  Result<store::ObjectInfo> Head(std::string_view uri) override;
  Result<std::unique_ptr<store::ByteStream>> Open(std::string_view uri, const store::OpenOptions& options) override;
  Status Put(std::string_view uri, std::string_view data, store::PutMode mode) override;
  Status PutFile(std::string_view uri, const std::string& path, store::PutMode mode) override;
  Result<std::vector<store::ObjectInfo>> List(std::string_view prefix) override;
  Result<store::Children> ListChildren(std::string_view prefix) override;
  Status Delete(std::span<const std::string> uris) override;

 private:
  Result<store::ObjectStore*> Get();

  const Make make_;
  std::mutex mutex_;
  std::unique_ptr<store::ObjectStore> store_;  ///< Guarded by mutex_ while it is made.
};

/// The S3 store on the cloud's client, which outlives it.
Result<std::unique_ptr<store::ObjectStore>> MakeS3Store(Cloud& cloud, store::S3Options options, Clock& clock, Rng& rng);

}  // namespace calve::app
