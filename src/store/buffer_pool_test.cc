#include "store/buffer_pool.h"

#include <gtest/gtest.h>

#include <cstring>
#include <utility>

namespace calve::store {
namespace {

TEST(BufferPool, HandsOnWhatWasGivenBackAndKeepsNoMoreThanItMay) {
  for (const size_t size : {size_t{1}, size_t{100}, size_t{5} << 20U}) {
    BufferPool pool(size, 1);
    BufferPool::Buffer first = pool.Take();
    BufferPool::Buffer second = pool.Take();
    std::memset(first.get(), 1, size);
    std::memset(second.get(), 2, size);
    const std::byte* kept = first.get();
    pool.GiveBack(std::move(first));
    pool.GiveBack(std::move(second));  // One too many: freed, as the leak checker sees.
    pool.GiveBack(nullptr);
    BufferPool::Buffer again = pool.Take();
    EXPECT_EQ(again.get(), kept);
    EXPECT_EQ(again[size - 1], std::byte{1});
    EXPECT_NE(pool.Take().get(), kept);
  }
}

TEST(BufferPool, NothingIsABufferToo) { EXPECT_NE(BufferPool(0, 1).Take(), nullptr); }

}  // namespace
}  // namespace calve::store
