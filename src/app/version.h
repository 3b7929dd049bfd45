// The program's version: in plans, snapshot summaries and `calve version`.
#pragma once

namespace calve::app {

inline constexpr const char* kVersion = "0.1.0";

}  // namespace calve::app
