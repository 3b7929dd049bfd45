#include "base/rng.h"

#include <sys/random.h>

#include <atomic>
#include <cstdio>

namespace calve {
namespace {

class OsRng final : public Rng {
 public:
  uint64_t Next() override {
    uint64_t value = 0;
    while (getrandom(&value, sizeof value, 0) != sizeof value) {
    }
    return value;
  }
};

}  // namespace

Rng& SystemRng() {
  static OsRng rng;
  return rng;
}

uint64_t SeededRng::Next() {
  uint64_t z = std::atomic_ref<uint64_t>(state_).fetch_add(0x9e3779b97f4a7c15U) + 0x9e3779b97f4a7c15U;
  z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
  return z ^ (z >> 31U);
}

std::string NewUuid(Rng& rng) {
  const uint64_t high = (rng.Next() & ~0xf000ULL) | 0x4000ULL;
  const uint64_t low = (rng.Next() & ~(3ULL << 62U)) | (2ULL << 62U);
  char text[37];
  std::snprintf(text, sizeof text, "%08x-%04x-%04x-%04x-%012llx", static_cast<unsigned>(high >> 32U),
                static_cast<unsigned>((high >> 16U) & 0xffffU), static_cast<unsigned>(high & 0xffffU),
                static_cast<unsigned>(low >> 48U), static_cast<unsigned long long>(low & 0xffffffffffffULL));
  return text;
}

int64_t NewSnapshotId(Rng& rng) {
  const auto id = static_cast<int64_t>(rng.Next() >> 1U);
  return id == 0 ? 1 : id;
}

}  // namespace calve
