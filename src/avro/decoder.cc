#include "avro/decoder.h"

#include <bit>
#include <limits>

namespace calve::avro {
namespace {

constexpr int kMaxDepth = 64;

template <typename Bits>
Bits LittleEndian(std::string_view bytes) {
  Bits bits = 0;
  for (size_t i = 0; i < sizeof bits; ++i) bits |= static_cast<Bits>(static_cast<uint8_t>(bytes[i])) << (8 * i);
  return bits;
}

}  // namespace

std::unexpected<Error> Decoder::Bad(std::string_view why) const {
  return Err(ErrorKind::kCorrupt, std::string(why) + " at offset " + std::to_string(pos_));
}

Result<int64_t> Decoder::Long() {
  uint64_t zigzag = 0;
  for (unsigned shift = 0; shift < 70; shift += 7) {
    if (pos_ >= bytes_.size()) return Bad("number ends early");
    const auto byte = static_cast<uint8_t>(bytes_[pos_++]);
    if (shift == 63 && byte > 1) return Bad("number longer than 64 bits");
    zigzag |= static_cast<uint64_t>(byte & 0x7fU) << shift;
    if ((byte & 0x80U) == 0) return static_cast<int64_t>(zigzag >> 1U) ^ -static_cast<int64_t>(zigzag & 1U);
  }
  return Bad("number longer than 64 bits");
}

Result<std::string_view> Decoder::Take(uint64_t size) {
  if (size > remaining()) return Bad("a length of " + std::to_string(size) + " bytes where fewer are left");
  const std::string_view taken = bytes_.substr(pos_, size);
  pos_ += size;
  return taken;
}

Result<std::string_view> Decoder::Bytes() {
  CALVE_ASSIGN_OR_RETURN(const int64_t size, Long());
  if (size < 0) return Bad("a negative length");
  return Take(static_cast<uint64_t>(size));
}

template <typename AddItem>
Status Decoder::Blocks(AddItem add_item) {
  while (true) {
    CALVE_ASSIGN_OR_RETURN(int64_t count, Long());
    if (count == 0) return {};
    size_t end = 0;
    const bool sized = count < 0;
    if (sized) {
      // A negative count is followed by the block's size in bytes, for readers that skip it.
      if (count == std::numeric_limits<int64_t>::min()) return Bad("a block count out of range");
      count = -count;
      CALVE_ASSIGN_OR_RETURN(const int64_t size, Long());
      if (size < 0 || static_cast<uint64_t>(size) > remaining()) return Bad("a block size out of range");
      end = pos_ + static_cast<size_t>(size);
    }
    if (static_cast<uint64_t>(count) > values_left_) return Bad("a block count out of range");
    for (int64_t i = 0; i < count; ++i) CALVE_RETURN_IF_ERROR(add_item());
    if (sized && pos_ != end) return Bad("a block whose size is not what it says");
  }
}

Result<Value> Decoder::Decode(const Node& node, int depth) {
  if (depth > kMaxDepth) return Bad("values nested too deeply");
  if (values_left_ == 0) return Bad("more values than bytes can stand for");
  --values_left_;
  switch (node.kind) {
    case Kind::kNull:
      return Value{};
    case Kind::kBoolean: {
      CALVE_ASSIGN_OR_RETURN(const std::string_view byte, Take(1));
      if (static_cast<uint8_t>(byte[0]) > 1) return Bad("a boolean that is neither 0 nor 1");
      return Value{byte[0] == 1};
    }
    case Kind::kInt: {
      CALVE_ASSIGN_OR_RETURN(const int64_t value, Long());
      if (value != static_cast<int32_t>(value)) return Bad("an int out of range");
      return Value{value};
    }
    case Kind::kLong: {
      CALVE_ASSIGN_OR_RETURN(const int64_t value, Long());
      return Value{value};
    }
    case Kind::kFloat: {
      CALVE_ASSIGN_OR_RETURN(const std::string_view bytes, Take(4));
      return Value{std::bit_cast<float>(LittleEndian<uint32_t>(bytes))};
    }
    case Kind::kDouble: {
      CALVE_ASSIGN_OR_RETURN(const std::string_view bytes, Take(8));
      return Value{std::bit_cast<double>(LittleEndian<uint64_t>(bytes))};
    }
    case Kind::kBytes:
    case Kind::kString: {
      CALVE_ASSIGN_OR_RETURN(const std::string_view bytes, Bytes());
      return Value{std::string(bytes)};
    }
    case Kind::kFixed: {
      CALVE_ASSIGN_OR_RETURN(const std::string_view bytes, Take(node.size_bytes));
      return Value{std::string(bytes)};
    }
    case Kind::kEnum: {
      CALVE_ASSIGN_OR_RETURN(const int64_t index, Long());
      if (index < 0 || static_cast<uint64_t>(index) >= node.symbols.size()) return Bad("an enum symbol out of range");
      return Value{node.symbols[static_cast<size_t>(index)]};
    }
    case Kind::kUnion: {
      CALVE_ASSIGN_OR_RETURN(const int64_t index, Long());
      if (index < 0 || static_cast<uint64_t>(index) >= node.branches.size()) return Bad("a union branch out of range");
      return Decode(*node.branches[static_cast<size_t>(index)], depth + 1);
    }
    case Kind::kArray: {
      Array array;
      CALVE_RETURN_IF_ERROR(Blocks([&]() -> Status {
        CALVE_ASSIGN_OR_RETURN(Value item, Decode(*node.items, depth + 1));
        array.push_back(std::move(item));
        return {};
      }));
      return Value{std::move(array)};
    }
    case Kind::kMap: {
      auto map = std::make_shared<Map>();
      CALVE_RETURN_IF_ERROR(Blocks([&]() -> Status {
        CALVE_ASSIGN_OR_RETURN(const std::string_view key, Bytes());
        CALVE_ASSIGN_OR_RETURN(Value item, Decode(*node.items, depth + 1));
        map->emplace_back(std::string(key), std::move(item));
        return {};
      }));
      return Value{std::move(map)};
    }
    case Kind::kRecord: {
      Record record;
      if (node.fields.size() > values_left_) return Bad("more values than bytes can stand for");
      record.reserve(node.fields.size());
      for (const RecordField& field : node.fields) {
        CALVE_ASSIGN_OR_RETURN(Value value, Decode(*field.node, depth + 1));
        record.emplace_back(field.name, std::move(value));
      }
      return Value{std::move(record)};
    }
  }
  return Bad("an unknown type");
}

}  // namespace calve::avro
