// 128-bit integers, which GCC and Clang have and ISO C++ has not.
#pragma once

namespace calve::csv {

__extension__ typedef __int128 Int128;
__extension__ typedef unsigned __int128 Uint128;

}  // namespace calve::csv
