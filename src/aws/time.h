// Points in time as AWS writes them.
#pragma once

#include <optional>
#include <string_view>

#include "base/clock.h"

namespace calve::aws {

/// "2026-01-31T12:00:00Z", with a fraction of any length or not, with "Z" or an offset ("+01:00", "+0100"); nullopt for
/// anything else. Microseconds; finer digits are dropped.
std::optional<TimestampMicros> ParseIsoTime(std::string_view text);

}  // namespace calve::aws
