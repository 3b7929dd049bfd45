// The dates of HTTP header fields.
#pragma once

#include <optional>
#include <string_view>

#include "base/clock.h"

namespace calve::http {

/// "Sun, 06 Nov 1994 08:49:37 GMT" (IMF-fixdate, RFC 9110 section 5.6.7, the only form that is sent today); nullopt for
/// anything else.
std::optional<TimestampMicros> ParseHttpDate(std::string_view text);

}  // namespace calve::http
