// Avro object container files (Avro 1.11 specification, "Object Container Files"), as far as Iceberg manifests need
// them.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "base/rng.h"

namespace calve::avro {

struct Value;
struct NamedValue;
using Record = std::vector<NamedValue>;  ///< In the schema's field order.
using Array = std::vector<Value>;
using Map = std::vector<NamedValue>;

/// Any Avro value. Union values stand as the branch's value itself (null = monostate). Bytes, fixed and string are all
/// std::string; int and long are int64_t; enums are their symbol.
struct Value {
  std::variant<std::monostate, bool, int64_t, float, double, std::string, Record, Array, std::shared_ptr<Map>> v;
};

/// A record's field or a map's entry. A struct of its own: std::pair cannot be made of a type that is not complete yet.
struct NamedValue {
  std::string first;
  Value second;
};

enum class Codec { kNull, kDeflate };

/// Encodes `records` under `schema` (JSON; custom attributes such as "field-id" are written out as given) with
/// `metadata` in the header next to avro.schema and avro.codec. kInternal when a value does not fit the schema.
Result<std::string> WriteContainer(const Json& schema, const std::map<std::string, std::string>& metadata,
                                   const std::vector<Value>& records, Codec codec, Rng& rng);

struct Container {
  Json schema;
  std::map<std::string, std::string> metadata;
  std::vector<Value> records;
};

/// Decodes a whole file (null, deflate; zstandard and snappy when built in, else a clear kInvalidArgument). Bounded:
/// never allocates more than a fixed multiple of the input's plausible content. kCorrupt, with the byte position, on
/// anything that is not a well-formed file.
Result<Container> ReadContainer(std::string_view bytes, std::string_view what);

}  // namespace calve::avro
