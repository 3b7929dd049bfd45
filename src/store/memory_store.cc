#include "store/memory_store.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <mutex>

#include "store/local_store.h"
#include "store/uri.h"

namespace calve::store {
namespace {

struct Object {
  std::shared_ptr<const std::string> data;
  std::string version;
};

Status CheckUri(std::string_view uri) {
  if (UriScheme(uri) != "memory") {
    return Err(ErrorKind::kInvalidArgument, fmt::format("{} is no memory:// URI", uri));
  }
  return {};
}

}  // namespace

struct MemoryStore::State {
  std::mutex mutex;
  std::map<std::string, Object, std::less<>> objects;
  uint64_t puts = 0;

  Result<Object> Find(std::string_view uri) {
    const std::lock_guard lock(mutex);
    const auto it = objects.find(uri);
    if (it == objects.end()) return Err(ErrorKind::kNotFound, fmt::format("no object {}", uri));
    return it->second;
  }
};

namespace {

template <typename State>
class MemoryStream final : public ByteStream {
 public:
  MemoryStream(std::shared_ptr<State> state, std::string uri, Object object, const OpenOptions& options)
      : state_(std::move(state)),
        uri_(std::move(uri)),
        object_(std::move(object)),
        pinned_(options.if_version.has_value()),
        rest_(*object_.data) {
    rest_ = rest_.substr(std::min<uint64_t>(options.offset_bytes, rest_.size()));
    rest_ = rest_.substr(0, std::min<uint64_t>(options.length_bytes.value_or(rest_.size()), rest_.size()));
  }

  Result<size_t> Read(std::span<std::byte> buffer) override {
    if (pinned_) {
      const Result<Object> now = state_->Find(uri_);
      if (!now || now->version != object_.version) {
        return Err(ErrorKind::kConflict, fmt::format("{} was replaced or removed while it was read", uri_));
      }
    }
    const size_t n = std::min(buffer.size(), rest_.size());
    if (n > 0) std::memcpy(buffer.data(), rest_.data(), n);
    rest_.remove_prefix(n);
    return n;
  }

  uint64_t object_size_bytes() const override { return object_.data->size(); }

 private:
  std::shared_ptr<State> state_;
  std::string uri_;
  Object object_;
  bool pinned_;
  std::string_view rest_;
};

}  // namespace

MemoryStore::MemoryStore() : state_(std::make_shared<State>()) {}
MemoryStore::~MemoryStore() = default;

Result<ObjectInfo> MemoryStore::Head(std::string_view uri) {
  CALVE_RETURN_IF_ERROR(CheckUri(uri));
  CALVE_ASSIGN_OR_RETURN(const Object object, state_->Find(uri));
  return ObjectInfo{
      .uri = std::string(uri), .size_bytes = object.data->size(), .version = object.version, .modified_ms = 0};
}

Result<std::unique_ptr<ByteStream>> MemoryStore::Open(std::string_view uri, const OpenOptions& options) {
  CALVE_RETURN_IF_ERROR(CheckUri(uri));
  CALVE_ASSIGN_OR_RETURN(Object object, state_->Find(uri));
  if (options.if_version && *options.if_version != object.version) {
    return Err(ErrorKind::kConflict, fmt::format("{} has changed: its version is {}, {} was asked for", uri,
                                                 object.version, *options.if_version));
  }
  return std::make_unique<MemoryStream<State>>(state_, std::string(uri), std::move(object), options);
}

Status MemoryStore::Put(std::string_view uri, std::string_view data, PutMode mode) {
  CALVE_RETURN_IF_ERROR(CheckUri(uri));
  if (uri.ends_with('/')) {
    return Err(ErrorKind::kInvalidArgument, fmt::format("{} is a directory's name, not an object's", uri));
  }
  auto copy = std::make_shared<const std::string>(data);
  const std::lock_guard lock(state_->mutex);
  if (mode == PutMode::kIfAbsent && state_->objects.contains(uri)) {
    return Err(ErrorKind::kAlreadyExists, fmt::format("{} exists", uri));
  }
  state_->objects.insert_or_assign(std::string(uri),
                                   Object{.data = std::move(copy), .version = fmt::format("v{}", ++state_->puts)});
  return {};
}

Status MemoryStore::PutFile(std::string_view uri, const std::string& path, PutMode mode) {
  LocalStore disk;
  CALVE_ASSIGN_OR_RETURN(const std::string data, ReadAll(disk, path));
  CALVE_RETURN_IF_ERROR(Put(uri, data, mode));
  return disk.Delete(std::span(&path, 1));
}

Result<std::vector<ObjectInfo>> MemoryStore::List(std::string_view prefix) {
  CALVE_RETURN_IF_ERROR(CheckUri(prefix));
  std::vector<ObjectInfo> found;
  const std::lock_guard lock(state_->mutex);
  for (auto it = state_->objects.lower_bound(prefix); it != state_->objects.end() && it->first.starts_with(prefix);
       ++it) {
    found.push_back({.uri = it->first, .size_bytes = it->second.data->size(), .version = {}, .modified_ms = 0});
  }
  return found;
}

Status MemoryStore::Delete(std::span<const std::string> uris) {
  for (const std::string& uri : uris) CALVE_RETURN_IF_ERROR(CheckUri(uri));
  const std::lock_guard lock(state_->mutex);
  for (const std::string& uri : uris) state_->objects.erase(uri);
  return {};
}

}  // namespace calve::store
