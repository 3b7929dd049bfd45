#include "load/sample.h"

#include <algorithm>

namespace calve::load {

Result<std::string> ReadRange(store::ObjectStore& store, const std::string& uri,
                              const std::optional<std::string>& version, uint64_t offset, uint64_t length) {
  CALVE_ASSIGN_OR_RETURN(const std::unique_ptr<store::ByteStream> stream,
                         store.Open(uri, {.offset_bytes = offset, .length_bytes = length, .if_version = version}));
  std::string data(length, '\0');
  size_t filled = 0;
  while (filled < data.size()) {
    CALVE_ASSIGN_OR_RETURN(const size_t n, stream->Read(std::as_writable_bytes(std::span(data).subspan(filled))));
    if (n == 0) break;
    filled += n;
  }
  data.resize(filled);
  return data;
}

Result<SourceSamples> SourceSamples::Read(store::ObjectStore& store, const Source& source) {
  SourceSamples result;
  const auto add = [&](uint64_t offset, uint64_t length) -> Status {
    CALVE_ASSIGN_OR_RETURN(std::string data, ReadRange(store, source.uri, source.version, offset, length));
    result.buffers_.push_back(std::make_unique<std::string>(std::move(data)));
    const std::string& bytes = *result.buffers_.back();
    result.samples_.push_back({offset, bytes, offset + bytes.size() >= source.size_bytes});
    return {};
  };
  if (source.size_bytes <= kHeadBytes + kPlaces * kPlaceBytes) {
    CALVE_RETURN_IF_ERROR(add(0, source.size_bytes));
    return result;
  }
  CALVE_RETURN_IF_ERROR(add(0, kHeadBytes));
  // Evenly spread, the last one at the very end.
  const uint64_t span = source.size_bytes - kHeadBytes - kPlaceBytes;
  for (uint64_t i = 1; i <= kPlaces; ++i) {
    CALVE_RETURN_IF_ERROR(add(kHeadBytes + static_cast<uint64_t>(static_cast<double>(span) * static_cast<double>(i) /
                                                                 static_cast<double>(kPlaces)),
                              kPlaceBytes));
  }
  return result;
}

}  // namespace calve::load
