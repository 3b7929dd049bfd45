// Avro binary decoding: bytes to values under the writer's schema. Nothing that the bytes claim is believed before it
// is checked against what is left of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "avro/object_container.h"
#include "avro/schema.h"
#include "base/error.h"

namespace calve::avro {

/// Reads values from one stretch of bytes. Not thread-safe; borrows the bytes. Every error is kCorrupt and names the
/// position within the stretch.
class Decoder {
 public:
  /// `max_values`: how many values (every record, array, field and item counts) may be decoded in all; this bounds the
  /// memory that types without bytes (null, empty records) could ask for.
  Decoder(std::string_view bytes, uint64_t max_values) : bytes_(bytes), values_left_(max_values) {}

  size_t position() const { return pos_; }
  size_t remaining() const { return bytes_.size() - pos_; }
  uint64_t values_left() const { return values_left_; }

  Result<int64_t> Long();
  /// A length-prefixed byte string; a view into the input.
  Result<std::string_view> Bytes();
  Result<std::string_view> Take(uint64_t size);
  Result<Value> Decode(const Node& node) { return Decode(node, 0); }

 private:
  Result<Value> Decode(const Node& node, int depth);
  /// The items of an array or map: blocks of them, up to an empty block.
  template <typename AddItem>
  Status Blocks(AddItem add_item);
  std::unexpected<Error> Bad(std::string_view why) const;

  std::string_view bytes_;
  size_t pos_ = 0;
  uint64_t values_left_;
};

}  // namespace calve::avro
