// A chunk of a CSV as the relation `chunk`.
#pragma once

#include "transform/input.h"

namespace calve::format_csv {

class CsvInputFormat final : public transform::InputFormat {
 public:
  std::string_view name() const override;
  bool looks_at_floats() const override { return true; }
  Result<std::unique_ptr<transform::ChunkInput>> Open(const transform::InputContext& context) const override;
};

}  // namespace calve::format_csv
