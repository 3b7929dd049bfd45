// Figures and texts as people read them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace calve::cli {

/// "951.2 MiB", "17 B": powers of 1024, one decimal.
std::string HumanBytes(uint64_t bytes);

/// "6,000,000".
std::string HumanCount(uint64_t count);

/// "0.4 s", "38 s", "2 min 05 s", "3 h 20 min".
std::string HumanSeconds(double seconds);

/// "1 chunk", "3 chunks".
std::string Plural(uint64_t count, std::string_view noun);

/// Milliseconds since the epoch as "2026-09-01 12:00:00Z"; "-" for 0.
std::string UtcTime(int64_t epoch_ms);

/// Columns that `text` (UTF-8) takes on a terminal: wide East Asian characters two, combining ones none.
size_t DisplayWidth(std::string_view text);

/// The characters of `text` that fit into `width` columns, the last one '~' when something was cut off.
std::string Clip(std::string_view text, size_t width);

}  // namespace calve::cli
