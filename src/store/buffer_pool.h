// Buffers of one size that streams hand on to each other: memory that was touched once need not be paged in again.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <vector>

namespace calve::store {

/// Thread-safe.
class BufferPool {
 public:
  struct Free {
    void operator()(std::byte* memory) const { std::free(memory); }
  };
  using Buffer = std::unique_ptr<std::byte[], Free>;

  /// Keeps at most `max_free` buffers of `size_bytes` that nobody uses.
  BufferPool(size_t size_bytes, size_t max_free) : size_bytes_(size_bytes), max_free_(max_free) {}

  size_t size_bytes() const { return size_bytes_; }
  /// Uninitialised, or with what the last user left. Throws std::bad_alloc, as new does.
  Buffer Take();
  /// Frees it when enough are kept. Null is nothing.
  void GiveBack(Buffer buffer);

 private:
  const size_t size_bytes_;
  const size_t max_free_;
  std::mutex mutex_;
  std::vector<Buffer> free_;
};

}  // namespace calve::store
