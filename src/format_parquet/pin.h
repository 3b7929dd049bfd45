// What a plan pins of a Parquet source.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/error.h"
#include "load/plan.h"

namespace calve::format_parquet {

inline constexpr std::string_view kName = "parquet";

/// `footer_bytes`: of the object's end: footer, its length and the magic, 8 bytes together.
inline Json MakePin(uint64_t footer_bytes) { return {{"footer-bytes", footer_bytes}}; }

/// The other way round. kCorrupt when the source has fewer bytes, or the plan was cut by guessing.
inline Result<uint64_t> FooterBytesOf(const load::Plan& plan) {
  CALVE_ASSIGN_OR_RETURN(const uint64_t bytes, JsonGet<uint64_t>(plan.pin, "footer-bytes"));
  if (bytes > plan.source.size_bytes) return Err(ErrorKind::kCorrupt, "footer-bytes are more than the source has");
  if (!plan.cuts.exact()) return Err(ErrorKind::kCorrupt, "a Parquet source is cut by guessing");
  return bytes;
}

}  // namespace calve::format_parquet
