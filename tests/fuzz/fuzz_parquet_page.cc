// Any bytes as the header of a Parquet page: it ends, stays within them, and more bytes change nothing about what was
// read from fewer.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "format_parquet/page_header.h"

namespace {

void Check(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using calve::format_parquet::ReadPageHeader;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto whole = ReadPageHeader(bytes);
  if (!whole.has_value()) {
    Check(whole.error().kind == calve::ErrorKind::kBadData && !whole.error().message.empty());
    return 0;
  }
  if (!whole->has_value()) return 0;
  const uint64_t length = (*whole)->header_bytes;
  Check(length > 0 && length <= size);
  const auto exact = ReadPageHeader(bytes.substr(0, length));
  Check(exact.has_value() && exact->has_value() && (*exact)->page_bytes == (*whole)->page_bytes &&
        (*exact)->values == (*whole)->values && (*exact)->crc == (*whole)->crc);
  const auto cut = ReadPageHeader(bytes.substr(0, length - 1));
  Check(cut.has_value() && !cut->has_value());
  return 0;
}
