#include "iceberg/data_file.h"

#include <fmt/format.h>

#include <bit>
#include <charconv>
#include <limits>
#include <span>

#include "base/hash.h"
#include "iceberg/literal_utf8.h"

namespace calve::iceberg {
namespace {

std::string ToHex(std::string_view bytes) {
  return Hex(std::span(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()));
}

Result<std::string> BytesFromHex(std::string_view text) {
  auto bytes = FromHex(text);
  if (!bytes) return Err(ErrorKind::kCorrupt, "'" + std::string(text) + "' is not hexadecimal text");
  return *std::move(bytes);
}

template <typename T>
Result<T> ParseNumber(std::string_view text, int base) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end != text.data() + text.size()) {
    return Err(ErrorKind::kCorrupt, "'" + std::string(text) + "' is not a number of the expected size");
  }
  return value;
}

/// {"int": 5}, {"double": "<bits in hexadecimal>"}, {"decimal": "<unscaled>"} ...: the tag is the literal's
/// alternative.
Json LiteralToJson(const Literal& value) {
  struct Visitor {
    Json operator()(std::monostate) const { return nullptr; }
    Json operator()(bool v) const { return {{"boolean", v}}; }
    Json operator()(int32_t v) const { return {{"int", v}}; }
    Json operator()(int64_t v) const { return {{"long", v}}; }
    Json operator()(float v) const { return {{"float", fmt::format("{:08x}", std::bit_cast<uint32_t>(v))}}; }
    Json operator()(double v) const { return {{"double", fmt::format("{:016x}", std::bit_cast<uint64_t>(v))}}; }
    Json operator()(const DecimalValue& v) const { return {{"decimal", ToHex(DecimalToBytes(v.unscaled))}}; }
    Json operator()(const std::string& v) const {
      // JSON text is UTF-8: everything else goes as bytes.
      if (CodePointPrefixBytes(v, v.size()) == v.size()) return {{"string", v}};
      return {{"bytes", ToHex(v)}};
    }
  };
  return std::visit(Visitor{}, value);
}

Result<Literal> LiteralFromJson(const Json& json) {
  if (json.is_null()) return Literal();
  if (!json.is_object() || json.size() != 1)
    return Err(ErrorKind::kCorrupt, "a partition value must be null or {type: value}");
  const std::string tag = json.begin().key();
  if (tag == "boolean") {
    CALVE_ASSIGN_OR_RETURN(const bool value, JsonGet<bool>(json, tag));
    return Literal(value);
  }
  if (tag == "int" || tag == "long") {
    CALVE_ASSIGN_OR_RETURN(const int64_t value, JsonGet<int64_t>(json, tag));
    if (tag == "long") return Literal(value);
    if (value != static_cast<int32_t>(value)) return Err(ErrorKind::kCorrupt, "an int partition value is out of range");
    return Literal(static_cast<int32_t>(value));
  }
  CALVE_ASSIGN_OR_RETURN(std::string text, JsonGet<std::string>(json, tag));
  if (tag == "string") return Literal(std::move(text));
  if (tag == "float") {
    CALVE_ASSIGN_OR_RETURN(const auto bits, ParseNumber<uint32_t>(text, 16));
    return Literal(std::bit_cast<float>(bits));
  }
  if (tag == "double") {
    CALVE_ASSIGN_OR_RETURN(const auto bits, ParseNumber<uint64_t>(text, 16));
    return Literal(std::bit_cast<double>(bits));
  }
  CALVE_ASSIGN_OR_RETURN(std::string bytes, BytesFromHex(text));
  if (tag == "bytes") return Literal(std::move(bytes));
  const auto unscaled = DecimalFromBytes(bytes);
  if (tag != "decimal" || !unscaled) return Err(ErrorKind::kCorrupt, "'" + tag + "' is no partition value");
  return Literal(DecimalValue{*unscaled});
}

/// An object by column id; of very many columns a list of pairs, for an ordered JSON object is searched from its start
/// at each insertion.
template <typename T, typename Convert>
Json MapToJson(const std::map<int, T>& map, Convert convert) {
  constexpr size_t kMaxKeys = 500;
  const bool object = map.size() <= kMaxKeys;
  Json json = object ? Json::object() : Json::array();
  for (const auto& [id, value] : map) {
    if (object) {
      json.emplace(std::to_string(id), convert(value));
    } else {
      json.push_back(Json::array({id, convert(value)}));
    }
  }
  return json;
}

Json CountsToJson(const std::map<int, int64_t>& counts) {
  return MapToJson(counts, [](int64_t count) { return Json(count); });
}

Json BoundsToJson(const std::map<int, std::string>& bounds) {
  return MapToJson(bounds, [](const std::string& bytes) { return Json(ToHex(bytes)); });
}

/// Both forms; each value through `parse`.
template <typename T, typename Parse>
Status MapFromJson(const Json& json, std::string_view key, std::map<int, T>& map, Parse parse) {
  const auto found = json.find(key);
  if (found == json.end() || found->is_null()) return {};
  const auto corrupt = [&](std::string_view what) {
    return Err(ErrorKind::kCorrupt, fmt::format("field '{}' {}", key, what));
  };
  if (found->is_object()) {
    for (const auto& [id, value] : found->items()) {
      CALVE_ASSIGN_OR_RETURN(const int column, ParseNumber<int>(id, 10));
      CALVE_ASSIGN_OR_RETURN(map[column], parse(value));
    }
    return {};
  }
  if (!found->is_array() || found->empty()) return corrupt("is no object");
  for (const Json& pair : *found) {
    if (!pair.is_array() || pair.size() != 2 || !pair[0].is_number_integer()) return corrupt("holds no pairs");
    const auto id = pair[0].get<int64_t>();
    if (id != static_cast<int>(id)) return corrupt("has an id out of range");
    CALVE_ASSIGN_OR_RETURN(map[static_cast<int>(id)], parse(pair[1]));
  }
  return {};
}

Status CountsFromJson(const Json& json, std::string_view key, std::map<int, int64_t>& counts) {
  return MapFromJson(json, key, counts, [](const Json& value) -> Result<int64_t> {
    if (!value.is_number_integer()) return Err(ErrorKind::kCorrupt, "a column's count is no integer");
    return value.get<int64_t>();
  });
}

Status BoundsFromJson(const Json& json, std::string_view key, std::map<int, std::string>& bounds) {
  return MapFromJson(json, key, bounds, [](const Json& value) -> Result<std::string> {
    if (!value.is_string()) return Err(ErrorKind::kCorrupt, "a column's bound is no text");
    return BytesFromHex(value.get_ref<const std::string&>());
  });
}

Result<int> IntFromJson(const Json& json, std::string_view key) {
  CALVE_ASSIGN_OR_RETURN(const int64_t value, JsonGet<int64_t>(json, key));
  if (value != static_cast<int>(value))
    return Err(ErrorKind::kCorrupt, "field '" + std::string(key) + "' is out of range");
  return static_cast<int>(value);
}

}  // namespace

Json DataFileToJson(const DataFile& file) {
  Json json;
  json["content"] = static_cast<int>(file.content);
  json["file-path"] = file.file_path;
  json["file-format"] = file.file_format;
  json["spec-id"] = file.spec_id;
  json["partition"] = Json::array();
  for (const Literal& value : file.partition) json["partition"].push_back(LiteralToJson(value));
  json["record-count"] = file.record_count;
  json["file-size-bytes"] = file.file_size_bytes;
  json["column-sizes"] = CountsToJson(file.column_sizes_bytes);
  json["value-counts"] = CountsToJson(file.value_counts);
  json["null-value-counts"] = CountsToJson(file.null_value_counts);
  json["nan-value-counts"] = CountsToJson(file.nan_value_counts);
  json["lower-bounds"] = BoundsToJson(file.lower_bounds);
  json["upper-bounds"] = BoundsToJson(file.upper_bounds);
  json["split-offsets"] = file.split_offsets;
  if (file.sort_order_id) json["sort-order-id"] = *file.sort_order_id;
  return json;
}

Result<DataFile> DataFileFromJson(const Json& json) {
  DataFile file;
  CALVE_ASSIGN_OR_RETURN(const int content, IntFromJson(json, "content"));
  if (content < 0 || content > 2) return Err(ErrorKind::kCorrupt, "field 'content' is unknown");
  file.content = static_cast<FileContent>(content);
  CALVE_ASSIGN_OR_RETURN(file.file_path, JsonGet<std::string>(json, "file-path"));
  CALVE_ASSIGN_OR_RETURN(file.file_format, JsonGet<std::string>(json, "file-format"));
  CALVE_ASSIGN_OR_RETURN(file.spec_id, IntFromJson(json, "spec-id"));
  CALVE_ASSIGN_OR_RETURN(const Json partition, JsonGet<Json>(json, "partition"));
  if (!partition.is_array()) return Err(ErrorKind::kCorrupt, "field 'partition' is not an array");
  for (const Json& item : partition) {
    CALVE_ASSIGN_OR_RETURN(Literal value, LiteralFromJson(item));
    file.partition.push_back(std::move(value));
  }
  CALVE_ASSIGN_OR_RETURN(file.record_count, JsonGet<int64_t>(json, "record-count"));
  CALVE_ASSIGN_OR_RETURN(file.file_size_bytes, JsonGet<int64_t>(json, "file-size-bytes"));
  if (file.record_count < 0 || file.file_size_bytes < 0) return Err(ErrorKind::kCorrupt, "a negative count or size");
  CALVE_RETURN_IF_ERROR(CountsFromJson(json, "column-sizes", file.column_sizes_bytes));
  CALVE_RETURN_IF_ERROR(CountsFromJson(json, "value-counts", file.value_counts));
  CALVE_RETURN_IF_ERROR(CountsFromJson(json, "null-value-counts", file.null_value_counts));
  CALVE_RETURN_IF_ERROR(CountsFromJson(json, "nan-value-counts", file.nan_value_counts));
  CALVE_RETURN_IF_ERROR(BoundsFromJson(json, "lower-bounds", file.lower_bounds));
  CALVE_RETURN_IF_ERROR(BoundsFromJson(json, "upper-bounds", file.upper_bounds));
  CALVE_ASSIGN_OR_RETURN(const Json offsets, JsonGet<Json>(json, "split-offsets"));
  if (!offsets.is_array()) return Err(ErrorKind::kCorrupt, "field 'split-offsets' is not an array");
  for (const Json& offset : offsets) {
    CALVE_ASSIGN_OR_RETURN(const int64_t value, JsonGet<int64_t>(Json{{"offset", offset}}, "offset"));
    file.split_offsets.push_back(value);
  }
  CALVE_ASSIGN_OR_RETURN(const std::optional<int64_t> sort_order, JsonFind<int64_t>(json, "sort-order-id"));
  if (sort_order) {
    CALVE_ASSIGN_OR_RETURN(file.sort_order_id, IntFromJson(json, "sort-order-id"));
  }
  return file;
}

}  // namespace calve::iceberg
