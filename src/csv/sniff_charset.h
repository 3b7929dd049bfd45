// What text that is not UTF-8 may be encoded in, by what its bytes are.
#pragma once

#include <string>
#include <string_view>

namespace calve::csv {

/// A sentence for a person: which encodings the bytes of `text` fit, the likeliest first, as values of --encoding.
/// Nothing is decided: the bytes of one encoding are nearly always letters in others too.
std::string ProposeCharsets(std::string_view text);

}  // namespace calve::csv
