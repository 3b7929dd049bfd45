#include "base/json.h"

#include <limits>

namespace calve {
namespace {

template <typename T>
std::optional<T> As(const Json& value) {
  if constexpr (std::is_same_v<T, std::string>) {
    if (value.is_string()) return value.get<std::string>();
  } else if constexpr (std::is_same_v<T, bool>) {
    if (value.is_boolean()) return value.get<bool>();
  } else if constexpr (std::is_same_v<T, int64_t>) {
    if (value.is_number_unsigned() && value.get<uint64_t>() > uint64_t{std::numeric_limits<int64_t>::max()}) return {};
    if (value.is_number_integer()) return value.get<int64_t>();
  } else if constexpr (std::is_same_v<T, uint64_t>) {
    if (value.is_number_unsigned()) return value.get<uint64_t>();
  } else if constexpr (std::is_same_v<T, double>) {
    if (value.is_number()) return value.get<double>();
  } else {
    return value;
  }
  return std::nullopt;
}

}  // namespace

Result<Json> ParseJson(std::string_view text, std::string_view what) {
  try {
    return Json::parse(text);
  } catch (const Json::exception& e) {
    return Err(ErrorKind::kCorrupt, std::string(what) + " is not valid JSON: " + e.what());
  }
}

std::string JsonText(const Json& value, int indent) {
  return value.dump(indent, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace);
}

template <typename T>
Result<std::optional<T>> JsonFind(const Json& object, std::string_view key) {
  if (!object.is_object())
    return Err(ErrorKind::kCorrupt, "expected a JSON object with field '" + std::string(key) + "'");
  const auto it = object.find(std::string(key));
  if (it == object.end() || it->is_null()) return std::optional<T>();
  std::optional<T> value = As<T>(*it);
  if (!value) return Err(ErrorKind::kCorrupt, "field '" + std::string(key) + "' has an unexpected type or range");
  return value;
}

template <typename T>
Result<T> JsonGet(const Json& object, std::string_view key) {
  CALVE_ASSIGN_OR_RETURN(std::optional<T> value, JsonFind<T>(object, key));
  if (!value) return Err(ErrorKind::kCorrupt, "field '" + std::string(key) + "' is missing");
  return *std::move(value);
}

template Result<std::string> JsonGet<std::string>(const Json&, std::string_view);
template Result<int64_t> JsonGet<int64_t>(const Json&, std::string_view);
template Result<uint64_t> JsonGet<uint64_t>(const Json&, std::string_view);
template Result<double> JsonGet<double>(const Json&, std::string_view);
template Result<bool> JsonGet<bool>(const Json&, std::string_view);
template Result<Json> JsonGet<Json>(const Json&, std::string_view);
template Result<std::optional<std::string>> JsonFind<std::string>(const Json&, std::string_view);
template Result<std::optional<int64_t>> JsonFind<int64_t>(const Json&, std::string_view);
template Result<std::optional<uint64_t>> JsonFind<uint64_t>(const Json&, std::string_view);
template Result<std::optional<double>> JsonFind<double>(const Json&, std::string_view);
template Result<std::optional<bool>> JsonFind<bool>(const Json&, std::string_view);
template Result<std::optional<Json>> JsonFind<Json>(const Json&, std::string_view);

}  // namespace calve
