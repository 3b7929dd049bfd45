// Samples of a source: its head, and places all over it, so that what is rare at the head is seen too.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "csv/sniff.h"
#include "load/plan.h"
#include "store/object_store.h"

namespace calve::load {

/// Samples and the memory behind them; the views stay good as long as this lives.
class SourceSamples {
 public:
  /// At most kHeadBytes + kPlaces * kPlaceBytes are read, whatever the source's size; a source not larger than that is
  /// taken whole. kConflict when the source is replaced meanwhile.
  static Result<SourceSamples> Read(store::ObjectStore& store, const Source& source);

  const std::vector<csv::Sample>& samples() const { return samples_; }

  static constexpr uint64_t kHeadBytes = 2U << 20U;
  static constexpr uint64_t kPlaceBytes = 256U << 10U;
  static constexpr uint64_t kPlaces = 16;

 private:
  std::vector<std::unique_ptr<std::string>> buffers_;
  std::vector<csv::Sample> samples_;
};

/// `length` bytes of an object's version (of any, when none is said) from `offset` on; fewer only at its end.
Result<std::string> ReadRange(store::ObjectStore& store, const std::string& uri,
                              const std::optional<std::string>& version, uint64_t offset, uint64_t length);

}  // namespace calve::load
