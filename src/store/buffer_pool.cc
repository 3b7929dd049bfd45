#include "store/buffer_pool.h"

#include <sys/mman.h>

#include <algorithm>
#include <new>
#include <utility>

namespace calve::store {
namespace {

constexpr size_t kHugePageBytes = size_t{2} << 20U;

BufferPool::Buffer Allocate(size_t size_bytes) {
  // Large ones in huge pages, where the system has them: a page fault for each 4 KiB costs more than filling them does.
  const bool huge = size_bytes >= kHugePageBytes;
  const size_t alignment = huge ? kHugePageBytes : alignof(std::max_align_t);
  const size_t rounded = (std::max<size_t>(size_bytes, 1) + alignment - 1) / alignment * alignment;
  void* memory = std::aligned_alloc(alignment, rounded);
  if (memory == nullptr) throw std::bad_alloc();
  if (huge) madvise(memory, rounded, MADV_HUGEPAGE);  // Only advice: without it the buffer is as good.
  return BufferPool::Buffer(static_cast<std::byte*>(memory));
}

}  // namespace

BufferPool::Buffer BufferPool::Take() {
  {
    const std::lock_guard lock(mutex_);
    if (!free_.empty()) {
      Buffer buffer = std::move(free_.back());
      free_.pop_back();
      return buffer;
    }
  }
  return Allocate(size_bytes_);
}

void BufferPool::GiveBack(Buffer buffer) {
  if (buffer == nullptr) return;
  const std::lock_guard lock(mutex_);
  if (free_.size() < max_free_) free_.push_back(std::move(buffer));
}

}  // namespace calve::store
