#include "iceberg/metadata_json.h"

#include <fmt/format.h>

#include <limits>
#include <utility>
#include <vector>

namespace calve::iceberg {

const Json* FindMember(const Json& object, std::string_view key) {
  if (!object.is_object()) return nullptr;
  const auto it = object.find(std::string(key));
  return it == object.end() || it->is_null() ? nullptr : &*it;
}

Result<const Json*> FindArray(const Json& object, std::string_view key) {
  const Json* member = FindMember(object, key);
  if (member != nullptr && !member->is_array()) {
    return Err(ErrorKind::kCorrupt, fmt::format("field '{}' is not an array", key));
  }
  return member;
}

Result<std::optional<int>> FindInt32(const Json& object, std::string_view key) {
  CALVE_ASSIGN_OR_RETURN(const std::optional<int64_t> wide, JsonFind<int64_t>(object, key));
  if (!wide) return std::optional<int>();
  if (!std::in_range<int>(*wide)) {
    return Err(ErrorKind::kCorrupt, fmt::format("field '{}' is out of the range of a 32-bit integer: {}", key, *wide));
  }
  return std::optional<int>(static_cast<int>(*wide));
}

Result<int> GetInt32(const Json& object, std::string_view key) {
  CALVE_ASSIGN_OR_RETURN(const std::optional<int> value, FindInt32(object, key));
  if (!value) return Err(ErrorKind::kCorrupt, fmt::format("field '{}' is missing", key));
  return *value;
}

Result<std::map<std::string, std::string>> ToStringMap(const Json& object, std::string_view what) {
  if (!object.is_object()) return Err(ErrorKind::kCorrupt, fmt::format("{} is not a JSON object", what));
  std::map<std::string, std::string> map;
  for (const auto& [key, value] : object.items()) {
    if (!value.is_string()) return Err(ErrorKind::kCorrupt, fmt::format("{}: '{}' is not a string", what, key));
    map[key] = value.get_ref<const std::string&>();
  }
  return map;
}

void SetMember(Json& object, std::string_view key, Json value) { object[std::string(key)] = std::move(value); }

Status CheckTextDepth(std::string_view text, std::string_view what) {
  int depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') {
        ++i;
      } else if (c == '"') {
        in_string = false;
      }
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth > kMaxJsonDepth) {
        return Err(ErrorKind::kCorrupt, fmt::format("{}: JSON nested deeper than {} levels", what, kMaxJsonDepth));
      }
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return {};
}

Status CheckValueDepth(const Json& value, std::string_view what) {
  std::vector<std::pair<const Json*, int>> open{{&value, 1}};
  while (!open.empty()) {
    const auto [node, depth] = open.back();
    open.pop_back();
    if (!node->is_structured()) continue;
    if (depth > kMaxJsonDepth) {
      return Err(ErrorKind::kCorrupt, fmt::format("{}: JSON nested deeper than {} levels", what, kMaxJsonDepth));
    }
    for (const Json& child : *node) open.emplace_back(&child, depth + 1);
  }
  return {};
}

Result<std::string> DumpJson(const Json& value, std::string_view what) {
  try {
    return value.dump();
  } catch (const Json::exception& e) {
    return Err(ErrorKind::kInvalidArgument, fmt::format("{} cannot be written as JSON: {}", what, e.what()));
  }
}

}  // namespace calve::iceberg
