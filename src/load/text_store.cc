#include "load/text_store.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "load/decoding_reader.h"
#include "load/sample.h"

namespace calve::load {
namespace {

constexpr size_t kBufferBytes = 256U << 10U;

class TextStream final : public store::ByteStream {
 public:
  TextStream(DecodingReader reader, uint64_t text_bytes, uint64_t skip, uint64_t length)
      : reader_(std::move(reader)), text_bytes_(text_bytes), skip_(skip), left_(length) {}

  Result<size_t> Read(std::span<std::byte> buffer) override {
    std::vector<std::byte> passed_over(skip_ > 0 ? kBufferBytes : 0);
    while (skip_ > 0) {
      CALVE_ASSIGN_OR_RETURN(const size_t n,
                             Decode(std::span(passed_over).first(std::min<uint64_t>(skip_, kBufferBytes))));
      if (n == 0) return size_t{0};
      skip_ -= n;
    }
    if (left_ == 0 || buffer.empty()) return size_t{0};
    CALVE_ASSIGN_OR_RETURN(const size_t n, Decode(buffer.first(std::min<uint64_t>(buffer.size(), left_))));
    left_ -= n;
    return n;
  }
  uint64_t object_size_bytes() const override { return text_bytes_; }

 private:
  /// At least one byte, unless at the end.
  Result<size_t> Decode(std::span<std::byte> out) {
    while (true) {
      CALVE_ASSIGN_OR_RETURN(const std::optional<size_t> produced, reader_.Step(out));
      if (!produced || *produced > 0) return produced.value_or(0);
    }
  }

  DecodingReader reader_;
  uint64_t text_bytes_;
  uint64_t skip_;
  uint64_t left_;
};

}  // namespace

Result<std::unique_ptr<store::ByteStream>> TextStore::Open(std::string_view uri, const store::OpenOptions& options) {
  if (uri != source_.uri) return RoutingStore::Open(uri, options);
  const auto behind = std::ranges::upper_bound(encoding_.ways, options.offset_bytes, {}, &WayInPlace::text);
  std::optional<compression::WayIn> way;
  if (behind != encoding_.ways.begin()) {
    const WayInPlace& place = *std::prev(behind);
    CALVE_ASSIGN_OR_RETURN(std::string window, WindowOf(place));
    way = compression::WayIn{place.bits, place.text, std::move(window)};
  }
  CALVE_ASSIGN_OR_RETURN(std::unique_ptr<compression::Decoder> decoder,
                         compression::Decoder::Make(encoding_.codec, way ? &*way : nullptr));
  const uint64_t skip = options.offset_bytes - (way ? way->text : 0);
  const uint64_t rest = encoding_.text_bytes - std::min(encoding_.text_bytes, options.offset_bytes);
  store::OpenOptions bytes = options;
  bytes.offset_bytes = way ? way->bits / 8 : 0;
  bytes.length_bytes.reset();
  bytes.if_version = source_.version;
  const auto expected = options.length_bytes ? options.length_bytes : options.expected_bytes;
  if (expected && encoding_.text_bytes > 0) {
    // At the source's own ratio, and a little more.
    const double ratio = static_cast<double>(source_.size_bytes) / static_cast<double>(encoding_.text_bytes);
    bytes.expected_bytes = kBufferBytes + static_cast<uint64_t>(static_cast<double>(skip + *expected) * ratio * 1.1);
  }
  CALVE_ASSIGN_OR_RETURN(std::unique_ptr<store::ByteStream> stream, store_.Open(source_.uri, bytes));
  return std::make_unique<TextStream>(DecodingReader(std::move(stream), std::move(decoder), source_.uri),
                                      encoding_.text_bytes, skip, std::min(rest, options.length_bytes.value_or(rest)));
}

Result<store::ObjectInfo> TextStore::Head(std::string_view uri) {
  CALVE_ASSIGN_OR_RETURN(store::ObjectInfo info, RoutingStore::Head(uri));
  if (uri == source_.uri) info.size_bytes = encoding_.text_bytes;
  return info;
}

Result<std::string> TextStore::WindowOf(const WayInPlace& way) {
  if (way.window_bytes == 0) return std::string();
  std::string window;
  if (!windows_.empty()) {
    window = windows_.substr(way.window_at, way.window_bytes);
  } else {
    CALVE_ASSIGN_OR_RETURN(window,
                           ReadRange(store_, encoding_.windows_uri, std::nullopt, way.window_at, way.window_bytes));
  }
  if (WindowHash(window) == way.window_hash) return window;
  return Err(ErrorKind::kCorrupt, encoding_.windows_uri + ": it is not what the plan says");
}

}  // namespace calve::load
