// UTF-8 (RFC 3629) checks and transcoding into it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace calve::csv {

inline constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

/// The position of the first byte that is not part of a well-formed sequence (overlong forms, surrogates and code
/// points past U+10FFFF are none); text.size() when all is well.
size_t FirstInvalidUtf8(std::string_view text);

inline bool ValidUtf8(std::string_view text) { return FirstInvalidUtf8(text) == text.size(); }

/// Whether every byte is ASCII and none is NUL: the common case, decided quickly.
bool PlainAscii(std::string_view text);

/// Appends the code unit sequence of one code point as UTF-8. A surrogate comes out as its (ill-formed) three bytes, so
/// that the check behind finds it.
void AppendCodePoint(char32_t code_point, std::string* out);

/// `bytes` fit for a message: bytes that are not UTF-8 and control characters as \xNN, cut after `max_bytes`.
std::string Printable(std::string_view bytes, size_t max_bytes);

}  // namespace calve::csv
