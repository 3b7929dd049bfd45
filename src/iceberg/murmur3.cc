// MurmurHash3, x86 32-bit variant, seed 0 (spec: Appendix B).
#include <bit>

#include "iceberg/partition.h"

namespace calve::iceberg {
namespace {

constexpr uint32_t kMultiplier1 = 0xcc9e2d51;
constexpr uint32_t kMultiplier2 = 0x1b873593;

uint32_t MixWord(uint32_t word) { return std::rotl(word * kMultiplier1, 15) * kMultiplier2; }

}  // namespace

uint32_t Murmur3_32(std::string_view bytes) {
  const auto byte = [&](size_t i) { return uint32_t{static_cast<uint8_t>(bytes[i])}; };
  const size_t words = bytes.size() / 4;
  uint32_t hash = 0;
  for (size_t i = 0; i < words * 4; i += 4) {
    hash ^= MixWord(byte(i) | byte(i + 1) << 8U | byte(i + 2) << 16U | byte(i + 3) << 24U);
    hash = std::rotl(hash, 13) * 5 + 0xe6546b64;
  }
  uint32_t tail = 0;
  for (size_t i = words * 4; i < bytes.size(); ++i) tail |= byte(i) << (8 * (i % 4));
  hash ^= MixWord(tail);
  hash ^= static_cast<uint32_t>(bytes.size());
  hash = (hash ^ hash >> 16U) * 0x85ebca6b;
  hash = (hash ^ hash >> 13U) * 0xc2b2ae35;
  return hash ^ hash >> 16U;
}

}  // namespace calve::iceberg
