// UTF-8 code points one by one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace calve::iceberg {

struct CodePoint {
  uint32_t value = 0;
  size_t size_bytes = 0;
};

/// The code point that `text` begins with; nullopt when it is empty or not valid UTF-8 (RFC 3629) there.
std::optional<CodePoint> FirstCodePoint(std::string_view text);

/// How many bytes of `text` its first `count` code points take; less when it is shorter. What is not UTF-8 ends it.
size_t CodePointPrefixBytes(std::string_view text, size_t count);

void AppendUtf8(uint32_t code_point, std::string& out);

}  // namespace calve::iceberg
