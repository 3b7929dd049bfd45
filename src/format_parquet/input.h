// A chunk of a Parquet source: its row groups in a local file, and the relation `chunk` over them.
#pragma once

#include "transform/input.h"

namespace calve::format_parquet {

class ParquetInputFormat final : public transform::InputFormat {
 public:
  std::string_view name() const override;
  Result<std::unique_ptr<transform::ChunkInput>> Open(const transform::InputContext& context) const override;
};

}  // namespace calve::format_parquet
