// Randomness behind an interface: back-off jitter, snapshot ids and uuids come from here, so tests can fix them.
#pragma once

#include <cstdint>
#include <string>

namespace calve {

/// Thread-safe.
class Rng {
 public:
  virtual ~Rng() = default;
  /// 64 uniformly random bits.
  virtual uint64_t Next() = 0;
};

/// The operating system's randomness. Lives as long as the process.
Rng& SystemRng();

/// A repeatable sequence (splitmix64) for tests. Thread-safe.
class SeededRng final : public Rng {
 public:
  explicit SeededRng(uint64_t seed) : state_(seed) {}
  uint64_t Next() override;

 private:
  uint64_t state_;
};

/// A random (version 4) UUID in its 36-character form, RFC 9562 section 5.4.
std::string NewUuid(Rng& rng);

/// A positive 63-bit snapshot id.
int64_t NewSnapshotId(Rng& rng);

}  // namespace calve
