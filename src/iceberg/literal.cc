#include "iceberg/literal.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <type_traits>

namespace calve::iceberg {
namespace {

template <typename T>
std::string LittleEndianBytes(T value) {
  using Bits = std::conditional_t<sizeof(T) == 4, uint32_t, uint64_t>;
  const Bits bits = std::bit_cast<Bits>(value);
  std::string bytes;
  for (size_t i = 0; i < sizeof bits; ++i) bytes.push_back(static_cast<char>(bits >> (8 * i) & 0xffU));
  return bytes;
}

template <typename T>
T FromLittleEndian(std::string_view bytes) {
  using Bits = std::conditional_t<sizeof(T) == 4, uint32_t, uint64_t>;
  Bits bits = 0;
  for (size_t i = 0; i < sizeof bits; ++i) bits |= static_cast<Bits>(static_cast<uint8_t>(bytes[i])) << (8 * i);
  return std::bit_cast<T>(bits);
}

std::unexpected<Error> Mismatch(const Type& type) {
  return Err(ErrorKind::kInternal, "a value that is not of type " + TypeToString(type) + " cannot be written as one");
}

template <typename T>
Result<std::string> SerializeAs(const Type& type, const Literal& value) {
  const T* typed = std::get_if<T>(&value);
  if (typed == nullptr) return Mismatch(type);
  return LittleEndianBytes(*typed);
}

}  // namespace

std::string DecimalToBytes(Int128 unscaled) {
  std::string bytes;
  // From the lowest byte up, until what is left is only the sign.
  while (true) {
    bytes.insert(bytes.begin(), static_cast<char>(static_cast<uint8_t>(unscaled)));
    const bool negative = (bytes[0] & 0x80) != 0;
    unscaled >>= 8;
    if (unscaled == (negative ? -1 : 0)) return bytes;
  }
}

std::optional<Int128> DecimalFromBytes(std::string_view bytes) {
  if (bytes.empty() || bytes.size() > 16) return std::nullopt;
  auto bits = static_cast<UInt128>((bytes[0] & 0x80) != 0 ? -1 : 0);
  for (const char byte : bytes) bits = bits << 8U | static_cast<uint8_t>(byte);
  return static_cast<Int128>(bits);
}

Result<std::string> SerializeLiteral(const Type& type, const Literal& value) {
  switch (type.id) {
    case TypeId::kBoolean:
      if (const auto* typed = std::get_if<bool>(&value)) return std::string(1, *typed ? '\x01' : '\0');
      return Mismatch(type);
    case TypeId::kInt:
    case TypeId::kDate:
      return SerializeAs<int32_t>(type, value);
    case TypeId::kLong:
    case TypeId::kTime:
    case TypeId::kTimestamp:
    case TypeId::kTimestampTz:
      return SerializeAs<int64_t>(type, value);
    case TypeId::kFloat:
      return SerializeAs<float>(type, value);
    case TypeId::kDouble:
      return SerializeAs<double>(type, value);
    case TypeId::kDecimal:
      if (const auto* typed = std::get_if<DecimalValue>(&value)) return DecimalToBytes(typed->unscaled);
      return Mismatch(type);
    case TypeId::kString:
    case TypeId::kBinary:
    case TypeId::kUuid:
    case TypeId::kFixed: {
      const auto* typed = std::get_if<std::string>(&value);
      if (typed == nullptr || (type.id == TypeId::kUuid && typed->size() != 16) ||
          (type.id == TypeId::kFixed && typed->size() != static_cast<size_t>(type.length))) {
        return Mismatch(type);
      }
      return *typed;
    }
    default:
      return Mismatch(type);
  }
}

Result<Literal> DeserializeLiteral(const Type& type, std::string_view bytes) {
  switch (type.id) {
    case TypeId::kBoolean:
      if (bytes.size() == 1) return Literal(bytes[0] != 0);
      break;
    case TypeId::kInt:
    case TypeId::kDate:
      if (bytes.size() == 4) return Literal(FromLittleEndian<int32_t>(bytes));
      break;
    case TypeId::kLong:
      // Written when the column was still an int.
      if (bytes.size() == 4) return Literal(int64_t{FromLittleEndian<int32_t>(bytes)});
      [[fallthrough]];
    case TypeId::kTime:
    case TypeId::kTimestamp:
    case TypeId::kTimestampTz:
      if (bytes.size() == 8) return Literal(FromLittleEndian<int64_t>(bytes));
      break;
    case TypeId::kFloat:
      if (bytes.size() == 4) return Literal(FromLittleEndian<float>(bytes));
      break;
    case TypeId::kDouble:
      // Written when the column was still a float.
      if (bytes.size() == 4) return Literal(double{FromLittleEndian<float>(bytes)});
      if (bytes.size() == 8) return Literal(FromLittleEndian<double>(bytes));
      break;
    case TypeId::kDecimal:
      if (const auto unscaled = DecimalFromBytes(bytes)) return Literal(DecimalValue{*unscaled});
      break;
    case TypeId::kUuid:
      if (bytes.size() == 16) return Literal(std::string(bytes));
      break;
    case TypeId::kFixed:
      if (bytes.size() == static_cast<size_t>(type.length)) return Literal(std::string(bytes));
      break;
    case TypeId::kString:
    case TypeId::kBinary:
      return Literal(std::string(bytes));
    default:
      break;
  }
  return Err(ErrorKind::kCorrupt, std::to_string(bytes.size()) + " bytes are no value of type " + TypeToString(type));
}

}  // namespace calve::iceberg
