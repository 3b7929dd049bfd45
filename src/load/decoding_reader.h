// A decoder fed from an object's bytes.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "compression/decoder.h"
#include "store/object_store.h"

namespace calve::load {

/// Not thread-safe.
class DecodingReader {
 public:
  /// `bytes` begins where `decoder` was made for. Errors of the decoder name `uri`.
  DecodingReader(std::unique_ptr<store::ByteStream> bytes, std::unique_ptr<compression::Decoder> decoder,
                 std::string uri);

  /// Goes one step on: how much text it gave, which may be none; nullopt: that was all.
  Result<std::optional<size_t>> Step(std::span<std::byte> out);
  /// See Decoder::Here.
  std::optional<compression::WayIn> Here() const { return decoder_->Here(); }

 private:
  std::unique_ptr<store::ByteStream> bytes_;
  std::unique_ptr<compression::Decoder> decoder_;
  std::string uri_;
  std::vector<std::byte> in_;
  std::span<const std::byte> unread_;
  bool at_end_ = false;
};

}  // namespace calve::load
