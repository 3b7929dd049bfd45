// How the values of options are written: sizes, counts, durations, bytes, lists. Every parser takes what a person typed
// and says, in one clause that goes behind the option's name, what is wrong with it (kInvalidArgument).
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"

namespace calve::app {

/// A whole number within [min, max].
Result<int64_t> ParseInteger(std::string_view text, int64_t min, int64_t max);

/// Bytes: "64MiB", "128MB", "1.5 GiB", "1000000", "512k". KB, MB, GB, TB are powers of 1000; KiB ... TiB and a bare K,
/// M, G, T powers of 1024. Case does not matter. At least `min`.
Result<uint64_t> ParseSize(std::string_view text, uint64_t min);

/// "500ms", "60s", "2m", "1h"; a bare number is seconds. At least one millisecond, at most 12 hours (SQS's limit).
Result<std::chrono::milliseconds> ParseDuration(std::string_view text);

/// "5%" or "0.1%" as a share within [0, 1].
Result<double> ParsePercent(std::string_view text);

/// yes, no, true, false, on, off, 1, 0.
Result<bool> ParseBool(std::string_view text);

/// Backslash escapes: \t \n \r \0 \\ \" \' \xHH. Everything else stands for itself; a lone or unknown escape is an
/// error.
Result<std::string> Unescape(std::string_view text);

/// One byte, perhaps written as an escape or by its name (tab, comma, semicolon, pipe, space, single, double,
/// backslash, hash).
Result<char> ParseByte(std::string_view text);

/// One or more bytes, perhaps written with escapes or by name, as ParseByte.
Result<std::string> ParseBytes(std::string_view text);

/// "NAME=VALUE" at the first '='. Neither part may be empty.
Result<std::pair<std::string, std::string>> ParseAssignment(std::string_view text);

/// Pieces between commas that are not inside parentheses, without the spaces around them: "day(ts), bucket(16, id)" is
/// two.
std::vector<std::string> SplitList(std::string_view text);

/// Of the `known` names the one that is nearest to `name` by edit distance; empty when none is near enough to be meant.
std::string NearestName(std::string_view name, const std::vector<std::string>& known);

/// "; did you mean X?" or nothing.
std::string DidYouMean(std::string_view name, const std::vector<std::string>& known);

}  // namespace calve::app
