// Base64 (RFC 4648 section 4).
#pragma once

#include <string>
#include <string_view>

namespace calve {

/// `bytes` in base64, with padding.
std::string Base64(std::string_view bytes);

}  // namespace calve
