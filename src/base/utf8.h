// UTF-8 (RFC 3629): checks, code points, and text fit for messages. All of it thread-safe.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace calve {

inline constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

/// The length in bytes (1 to 4) of the well-formed sequence at `text[at]`; 0 when there is none (overlong forms,
/// surrogates and code points past U+10FFFF are none) or `at` is the end.
size_t Utf8Length(std::string_view text, size_t at);

/// The code point of the well-formed sequence `sequence` (Utf8Length bytes of it, no more).
char32_t CodePointOf(std::string_view sequence);

/// The position of the first byte that is not part of a well-formed sequence; text.size() when all is well.
size_t FirstInvalidUtf8(std::string_view text);

inline bool ValidUtf8(std::string_view text) { return FirstInvalidUtf8(text) == text.size(); }

/// Whether every byte is ASCII and none is NUL: the common case, decided quickly.
bool PlainAscii(std::string_view text);

/// Appends one code point as UTF-8. A surrogate comes out as its (ill-formed) three bytes, so that the check behind
/// finds it.
void AppendCodePoint(char32_t code_point, std::string* out);

/// `text` with U+FFFD for each byte that is not part of a well-formed sequence.
std::string MendedUtf8(std::string_view text);

/// `text` made safe for one line of a message or terminal: control characters become escapes (\t, \n, \r, \x1b,
/// \u009b), bytes that are not UTF-8 \xff.
std::string Printable(std::string_view text);

/// The same of a text's beginning: at most `max_bytes` (and the rest of an escape), "..." where more follows.
std::string Printable(std::string_view text, size_t max_bytes);

}  // namespace calve
