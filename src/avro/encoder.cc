#include "avro/encoder.h"

#include <algorithm>
#include <bit>
#include <limits>

namespace calve::avro {
namespace {

std::unexpected<Error> Misfit(const Node& node, std::string_view why) {
  return Err(ErrorKind::kInternal, "Avro: value does not fit " + std::string(KindName(node.kind)) +
                                       (node.name.empty() ? "" : " " + node.name) + ": " + std::string(why));
}

template <typename T>
const T* As(const Value& value) {
  return std::get_if<T>(&value.v);
}

bool InInt(int64_t value) {
  return value >= std::numeric_limits<int32_t>::min() && value <= std::numeric_limits<int32_t>::max();
}

/// Whether `value` has the shape of `node`: enough to choose a union's branch.
bool Fits(const Node& node, const Value& value) {
  switch (node.kind) {
    case Kind::kNull:
      return As<std::monostate>(value) != nullptr;
    case Kind::kBoolean:
      return As<bool>(value) != nullptr;
    case Kind::kInt:
      return As<int64_t>(value) != nullptr && InInt(*As<int64_t>(value));
    case Kind::kLong:
      return As<int64_t>(value) != nullptr;
    case Kind::kFloat:
      return As<float>(value) != nullptr;
    case Kind::kDouble:
      return As<double>(value) != nullptr;
    case Kind::kBytes:
    case Kind::kString:
      return As<std::string>(value) != nullptr;
    case Kind::kFixed:
      return As<std::string>(value) != nullptr && As<std::string>(value)->size() == node.size_bytes;
    case Kind::kEnum:
      return As<std::string>(value) != nullptr && std::ranges::count(node.symbols, *As<std::string>(value)) > 0;
    case Kind::kArray:
      return As<Array>(value) != nullptr;
    case Kind::kMap:
      return As<std::shared_ptr<Map>>(value) != nullptr && *As<std::shared_ptr<Map>>(value) != nullptr;
    case Kind::kRecord: {
      const Record* record = As<Record>(value);
      return record != nullptr &&
             std::ranges::equal(
                 *record, node.fields, {}, [](const auto& entry) -> const std::string& { return entry.first; },
                 [](const RecordField& field) -> const std::string& { return field.name; });
    }
    case Kind::kUnion:
      return std::ranges::any_of(node.branches, [&](const Node* branch) { return Fits(*branch, value); });
  }
  return false;
}

template <typename Bits>
void EncodeLittleEndian(Bits bits, std::string& out) {
  for (size_t i = 0; i < sizeof bits; ++i) out.push_back(static_cast<char>(bits >> (8 * i) & 0xffU));
}

}  // namespace

void EncodeLong(int64_t value, std::string& out) {
  uint64_t zigzag = static_cast<uint64_t>(value) << 1U ^ static_cast<uint64_t>(value >> 63);
  while (zigzag >= 0x80) {
    out.push_back(static_cast<char>(zigzag | 0x80U));
    zigzag >>= 7U;
  }
  out.push_back(static_cast<char>(zigzag));
}

void EncodeBytes(std::string_view value, std::string& out) {
  EncodeLong(static_cast<int64_t>(value.size()), out);
  out.append(value);
}

Status EncodeValue(const Node& node, const Value& value, std::string& out) {
  if (node.kind == Kind::kUnion) {
    for (size_t i = 0; i < node.branches.size(); ++i) {
      if (!Fits(*node.branches[i], value)) continue;
      EncodeLong(static_cast<int64_t>(i), out);
      return EncodeValue(*node.branches[i], value, out);
    }
    return Misfit(node, "no branch takes it");
  }
  if (!Fits(node, value)) return Misfit(node, "another type, size, symbol or list of fields");
  switch (node.kind) {
    case Kind::kNull:
    case Kind::kUnion:
      break;
    case Kind::kBoolean:
      out.push_back(*As<bool>(value) ? 1 : 0);
      break;
    case Kind::kInt:
    case Kind::kLong:
      EncodeLong(*As<int64_t>(value), out);
      break;
    case Kind::kFloat:
      EncodeLittleEndian(std::bit_cast<uint32_t>(*As<float>(value)), out);
      break;
    case Kind::kDouble:
      EncodeLittleEndian(std::bit_cast<uint64_t>(*As<double>(value)), out);
      break;
    case Kind::kBytes:
    case Kind::kString:
      EncodeBytes(*As<std::string>(value), out);
      break;
    case Kind::kFixed:
      out.append(*As<std::string>(value));
      break;
    case Kind::kEnum:
      EncodeLong(std::ranges::find(node.symbols, *As<std::string>(value)) - node.symbols.begin(), out);
      break;
    case Kind::kArray: {
      const Array& array = *As<Array>(value);
      if (!array.empty()) EncodeLong(static_cast<int64_t>(array.size()), out);
      for (const Value& item : array) CALVE_RETURN_IF_ERROR(EncodeValue(*node.items, item, out));
      EncodeLong(0, out);
      break;
    }
    case Kind::kMap: {
      const Map& map = **As<std::shared_ptr<Map>>(value);
      if (!map.empty()) EncodeLong(static_cast<int64_t>(map.size()), out);
      for (const auto& [key, item] : map) {
        EncodeBytes(key, out);
        CALVE_RETURN_IF_ERROR(EncodeValue(*node.items, item, out));
      }
      EncodeLong(0, out);
      break;
    }
    case Kind::kRecord: {
      const Record& record = *As<Record>(value);
      for (size_t i = 0; i < record.size(); ++i) {
        if (Status status = EncodeValue(*node.fields[i].node, record[i].second, out); !status) {
          return WithContext(std::move(status).error(), "field " + record[i].first);
        }
      }
      break;
    }
  }
  return {};
}

}  // namespace calve::avro
