// How far apart two words are, for "did you mean".
#pragma once

#include <cstddef>
#include <string_view>

namespace calve {

/// Optimal string alignment of bytes: insertions, deletions, changes and swaps of neighbours, each counting one.
size_t EditDistance(std::string_view a, std::string_view b);

}  // namespace calve
