// Parts of one byte range, fetched by several threads ahead of the reader and handed out in order.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <vector>

#include "base/cancel.h"
#include "base/error.h"
#include "store/buffer_pool.h"

namespace calve::store {

/// Bytes in memory; the buffer may be longer than they are.
struct Part {
  BufferPool::Buffer buffer;
  size_t size_bytes = 0;
};

/// Start and Next are for one thread. Destruction cancels what is under way and waits for it.
class PartPipeline {
 public:
  struct Range {
    uint64_t begin_bytes = 0;
    uint64_t end_bytes = 0;
    uint64_t ahead_until_bytes = 0;  ///< What lies behind is fetched when it is asked for, in parts that grow.
    uint64_t part_bytes = 0;         ///< At most the pool's size_bytes.
    int parts = 1;                   ///< In memory at once, the one that was handed out last included.
  };
  /// Fills `into` with the bytes from `begin_bytes` on. Called by several threads; stops soon after `cancel`.
  using Fetch = std::function<Status(uint64_t begin_bytes, std::span<std::byte> into, const CancelToken& cancel)>;

  /// `pool` outlives it, and gets every buffer back that is not handed out.
  PartPipeline(const Range& range, BufferPool& pool, Fetch fetch);
  PartPipeline(const PartPipeline&) = delete;
  PartPipeline& operator=(const PartPipeline&) = delete;
  ~PartPipeline();

  /// Begins to fetch ahead. With no thread to be had, Next says so.
  void Start();

  /// The next part; empty behind the last. Its buffer is the pool's, to be given back before Next is called again.
  /// After an error there is no going on.
  Result<Part> Next();

 private:
  struct Slot {
    uint64_t begin_bytes = 0;
    Part part;
    std::optional<Status> outcome;  ///< Set when it is done.
  };

  void Work();
  bool MayStart() const;
  uint64_t NextEnd();
  bool done() const { return next_begin_ >= range_.end_bytes; }

  const Range range_;
  BufferPool& pool_;
  const Fetch fetch_;
  CancelToken cancel_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Slot> slots_;  ///< Started and not handed out, in order; threads keep references into it.
  uint64_t next_begin_;
  uint64_t on_demand_bytes_;
  bool waiting_ = false;    ///< Next is waiting.
  bool handed_out_ = true;  ///< The reader holds a part. (At first, the one that came before this pipeline.)
  bool failed_ = false;
  std::vector<std::jthread> threads_;
};

}  // namespace calve::store
