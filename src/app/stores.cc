#include "app/stores.h"

#include <utility>

#include "store/s3_store.h"

namespace calve::app {

Result<std::unique_ptr<store::ObjectStore>> MakeS3Store(Cloud& cloud, store::S3Options options, Clock& clock,
                                                        Rng& rng) {
  return std::unique_ptr<store::ObjectStore>(
      std::make_unique<store::S3Store>(cloud.client(), clock, rng, std::move(options)));
}

Result<store::ObjectStore*> LazyStore::Get() {
  const std::lock_guard lock(mutex_);
  if (!store_) {
    CALVE_ASSIGN_OR_RETURN(store_, make_());
  }
  return store_.get();
}

Result<store::ObjectInfo> LazyStore::Head(std::string_view uri) {
  CALVE_ASSIGN_OR_RETURN(store::ObjectStore * store, Get());
  return store->Head(uri);
}

Result<std::unique_ptr<store::ByteStream>> LazyStore::Open(std::string_view uri, const store::OpenOptions& options) {
  CALVE_ASSIGN_OR_RETURN(store::ObjectStore * store, Get());
  return store->Open(uri, options);
}

Status LazyStore::Put(std::string_view uri, std::string_view data, store::PutMode mode) {
  CALVE_ASSIGN_OR_RETURN(store::ObjectStore * store, Get());
  return store->Put(uri, data, mode);
}

Status LazyStore::PutFile(std::string_view uri, const std::string& path, store::PutMode mode) {
  CALVE_ASSIGN_OR_RETURN(store::ObjectStore * store, Get());
  return store->PutFile(uri, path, mode);
}

Result<std::vector<store::ObjectInfo>> LazyStore::List(std::string_view prefix) {
  CALVE_ASSIGN_OR_RETURN(store::ObjectStore * store, Get());
  return store->List(prefix);
}

Result<store::Children> LazyStore::ListChildren(std::string_view prefix) {
  CALVE_ASSIGN_OR_RETURN(store::ObjectStore * store, Get());
  return store->ListChildren(prefix);
}

Status LazyStore::Delete(std::span<const std::string> uris) {
  CALVE_ASSIGN_OR_RETURN(store::ObjectStore * store, Get());
  return store->Delete(uris);
}

}  // namespace calve::app
