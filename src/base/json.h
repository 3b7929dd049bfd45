// JSON text to values and typed access, without exceptions leaving this file pair.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace calve {

/// Keys keep their order, so that what we patch stays readable beside what was there.
using Json = nlohmann::ordered_json;

/// Parses `text`; kCorrupt with `what` and the byte position on bad JSON.
Result<Json> ParseJson(std::string_view text, std::string_view what);

/// The value as text; `indent` -1: on one line. Strings are made valid UTF-8: other bytes become U+FFFD.
std::string JsonText(const Json& value, int indent = -1);

/// `object[key]` as T (std::string, int64_t, uint64_t, double, bool, Json); kCorrupt, naming `key`, when it is absent,
/// null or of another type. Integers must be integral and in range.
template <typename T>
Result<T> JsonGet(const Json& object, std::string_view key);

/// The same, nullopt when absent or null; still kCorrupt when of another type.
template <typename T>
Result<std::optional<T>> JsonFind(const Json& object, std::string_view key);

}  // namespace calve
