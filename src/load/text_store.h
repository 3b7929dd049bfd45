// A store in which a compressed source is its text.
#pragma once

#include <memory>
#include <string>

#include "load/encoding.h"
#include "load/plan.h"
#include "store/routing_store.h"

namespace calve::load {

/// Opens `source` as what it decompresses to: offsets, lengths and sizes are the text's, and no more is decompressed
/// than from the next way in before an offset. Everything else is the store behind it. As thread-safe as that. What it
/// borrows outlives it.
class TextStore final : public store::RoutingStore {
 public:
  /// `windows`: those of the encoding, where they are at hand; empty: they are read from Encoding::windows_uri.
  TextStore(store::ObjectStore& store, const Source& source, const Encoding& encoding, std::string_view windows)
      : store_(store), source_(source), encoding_(encoding), windows_(windows) {}

  /// Open's stream: kBadData for text that cannot be decompressed, kCorrupt for a window that is not what it was.
  Result<std::unique_ptr<store::ByteStream>> Open(std::string_view uri, const store::OpenOptions& options) override;
  Result<store::ObjectInfo> Head(std::string_view uri) override;

 private:
  Result<store::ObjectStore*> Route(std::string_view /*uri*/) override { return &store_; }
  Result<std::string> WindowOf(const WayInPlace& way);

  store::ObjectStore& store_;
  const Source& source_;
  const Encoding& encoding_;
  std::string_view windows_;
};

}  // namespace calve::load
