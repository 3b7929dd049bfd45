// SHA-256 and hexadecimal text.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace calve {

/// SHA-256 of `data` (FIPS 180-4).
std::array<uint8_t, 32> Sha256(std::string_view data);

/// Lower-case hexadecimal of `bytes`.
std::string Hex(std::span<const uint8_t> bytes);

/// The bytes that hexadecimal text (either case) stands for; nullopt when it is no such text, or half a byte is over.
std::optional<std::string> FromHex(std::string_view text);

}  // namespace calve
