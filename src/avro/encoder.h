// Avro binary encoding ("Binary Encoding"): values to bytes under a schema.
#pragma once

#include <cstdint>
#include <string>

#include "avro/object_container.h"
#include "avro/schema.h"
#include "base/error.h"

namespace calve::avro {

/// Appends `value` as a zigzag varint.
void EncodeLong(int64_t value, std::string& out);

/// Appends a length-prefixed byte string.
void EncodeBytes(std::string_view value, std::string& out);

/// Appends `value` under `node`. Of a union the first branch that takes the value is used. kInternal when it does not
/// fit.
Status EncodeValue(const Node& node, const Value& value, std::string& out);

}  // namespace calve::avro
