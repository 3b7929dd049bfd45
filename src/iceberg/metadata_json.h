// Helpers for reading the JSON of table metadata, private to this module: no exception, no copy, errors that name the
// field.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/json.h"

namespace calve::iceberg {

/// Documents nested deeper than this are refused before they are parsed: copying and printing JSON is recursive.
inline constexpr int kMaxJsonDepth = 200;

/// The member, or null when `object` is no object, or the member is absent or JSON null.
const Json* FindMember(const Json& object, std::string_view key);

/// The member as an array, or null when it is absent or null; kCorrupt when it is something else.
Result<const Json*> FindArray(const Json& object, std::string_view key);

/// Like JsonGet and JsonFind, for 32-bit integers.
Result<int> GetInt32(const Json& object, std::string_view key);
Result<std::optional<int>> FindInt32(const Json& object, std::string_view key);

/// An object whose values are all strings; kCorrupt, naming `what`, otherwise.
Result<std::map<std::string, std::string>> ToStringMap(const Json& object, std::string_view what);

/// Sets a member at the end, or in place when it is there. `object` must be a JSON object.
void SetMember(Json& object, std::string_view key, Json value);

/// kCorrupt when the brackets of `text` nest deeper than kMaxJsonDepth.
Status CheckTextDepth(std::string_view text, std::string_view what);
/// The same for a parsed value.
Status CheckValueDepth(const Json& value, std::string_view what);

/// The value as JSON text; kInvalidArgument when a string in it is not UTF-8.
Result<std::string> DumpJson(const Json& value, std::string_view what);

}  // namespace calve::iceberg
