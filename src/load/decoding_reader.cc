#include "load/decoding_reader.h"

#include <algorithm>
#include <utility>

namespace calve::load {

DecodingReader::DecodingReader(std::unique_ptr<store::ByteStream> bytes, std::unique_ptr<compression::Decoder> decoder,
                               std::string uri)
    : bytes_(std::move(bytes)), decoder_(std::move(decoder)), uri_(std::move(uri)), in_(256U << 10U) {}

Result<std::optional<size_t>> DecodingReader::Step(std::span<std::byte> out) {
  auto step = decoder_->Run(unread_, at_end_, out);
  if (!step.has_value()) return WithContext(std::move(step).error(), uri_);
  unread_ = unread_.subspan(step->consumed);
  if (step->consumed > 0 || step->produced > 0) return std::optional(step->produced);
  if (at_end_) return std::optional<size_t>();
  // What is left of a piece stands in front of the next.
  std::ranges::copy(unread_, in_.begin());
  const size_t kept = unread_.size();
  CALVE_ASSIGN_OR_RETURN(const size_t n, bytes_->Read(std::span(in_).subspan(kept)));
  at_end_ = n == 0;
  unread_ = std::span(in_).first(kept + n);
  return std::optional<size_t>(0);
}

}  // namespace calve::load
