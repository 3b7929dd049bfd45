#include "format_parquet/page_header.h"

namespace calve::format_parquet {
namespace {

/// Element types of the compact protocol.
enum Type : uint8_t {
  kStop = 0,
  kTrue = 1,
  kFalse = 2,
  kByte = 3,
  kI16 = 4,
  kI32 = 5,
  kI64 = 6,
  kDouble = 7,
  kBinary = 8,
  kList = 9,
  kSet = 10,
  kMap = 11,
  kStruct = 12,
};

constexpr int kMaxDepth = 16;  // Statistics in a data page's header is 2 deep.

/// Stops at the first byte that is lacking or cannot be; what it gives from then on means nothing.
class Compact {
 public:
  explicit Compact(std::string_view bytes) : bytes_(bytes) {}

  bool ok() const { return !short_ && !bad_; }
  bool bad() const { return bad_; }
  size_t at() const { return at_; }

  uint8_t Byte() {
    if (at_ >= bytes_.size()) short_ = true;
    return ok() ? static_cast<uint8_t>(bytes_[at_++]) : 0;
  }

  uint64_t Varint() {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const uint8_t byte = Byte();
      value |= static_cast<uint64_t>(byte & 0x7fU) << shift;
      if ((byte & 0x80U) == 0) return value;
    }
    bad_ = true;
    return 0;
  }

  int64_t Integer() {
    const uint64_t zigzag = Varint();
    return static_cast<int64_t>(zigzag >> 1U) ^ -static_cast<int64_t>(zigzag & 1U);
  }

  /// An i32 that cannot be negative.
  uint64_t Count() {
    const int64_t value = Integer();
    if (value < 0 || value > INT32_MAX) bad_ = true;
    return static_cast<uint64_t>(value);
  }

  /// Calls `field(id, type)` for each field of a struct; what it does not read, it skips (Skip).
  template <typename Field>
  void Struct(Field field) {
    int64_t id = 0;
    while (ok()) {
      const uint8_t head = Byte();
      if (!ok() || (head & 0x0fU) == kStop) return;
      id = (head >> 4U) != 0 ? id + (head >> 4U) : Integer();
      if (ok()) field(id, static_cast<Type>(head & 0x0fU));
    }
  }

  void Skip(Type type, int depth = 0) {
    if (depth > kMaxDepth) bad_ = true;
    if (!ok()) return;
    switch (type) {
      case kTrue:
      case kFalse:
        return;
      case kByte:
        Byte();
        return;
      case kI16:
      case kI32:
      case kI64:
        Varint();
        return;
      case kDouble:
        SkipBytes(8);
        return;
      case kBinary:
        SkipBytes(Varint());
        return;
      case kList:
      case kSet: {
        const uint8_t head = Byte();
        const uint64_t count = (head >> 4U) == 15 ? Varint() : head >> 4U;
        SkipElements(count, {static_cast<Type>(head & 0x0fU)}, depth);
        return;
      }
      case kMap: {
        const uint64_t count = Varint();
        if (count == 0 || !ok()) return;
        const uint8_t types = Byte();
        SkipElements(count, {static_cast<Type>(types >> 4U), static_cast<Type>(types & 0x0fU)}, depth);
        return;
      }
      case kStruct:
        Struct([&](int64_t /*id*/, Type inner) { Skip(inner, depth + 1); });
        return;
      case kStop:
        break;
    }
    bad_ = true;
  }

 private:
  void SkipBytes(uint64_t count) {
    if (!ok()) return;
    if (count > bytes_.size() - at_) {
      short_ = true;
    } else {
      at_ += count;
    }
  }

  /// In collections a truth value is a byte.
  void SkipElements(uint64_t count, std::initializer_list<Type> types, int depth) {
    for (uint64_t i = 0; i < count && ok(); ++i) {
      for (const Type type : types) Skip(type == kTrue || type == kFalse ? kByte : type, depth + 1);
    }
  }

  std::string_view bytes_;
  size_t at_ = 0;
  bool short_ = false;
  bool bad_ = false;
};

PageHeader::Kind KindOf(uint64_t type) {
  switch (type) {
    case 0:
      return PageHeader::Kind::kData;
    case 1:
      return PageHeader::Kind::kIndex;
    case 2:
      return PageHeader::Kind::kDictionary;
    case 3:
      return PageHeader::Kind::kDataV2;
    default:
      return PageHeader::Kind::kOther;
  }
}

}  // namespace

Result<std::optional<PageHeader>> ReadPageHeader(std::string_view bytes) {
  Compact compact(bytes);
  PageHeader header;
  bool has_type = false;
  bool has_size = false;
  std::optional<uint64_t> values;
  compact.Struct([&](int64_t id, Type type) {
    if (id == 1 && type == kI32) {
      header.kind = KindOf(compact.Count());
      has_type = true;
    } else if (id == 3 && type == kI32) {
      header.page_bytes = compact.Count();
      has_size = true;
    } else if (id == 4 && type == kI32) {
      header.crc = static_cast<uint32_t>(compact.Integer());
    } else if ((id == 5 || id == 8) && type == kStruct) {  // DataPageHeader, DataPageHeaderV2
      compact.Struct([&](int64_t inner, Type of) {
        if (inner == 1 && of == kI32) {
          values = compact.Count();
        } else {
          compact.Skip(of);
        }
      });
    } else {
      compact.Skip(type);
    }
  });
  if (compact.bad()) return Err(ErrorKind::kBadData, "it is no page header");
  if (!compact.ok()) return std::optional<PageHeader>();
  if (!has_type || !has_size) return Err(ErrorKind::kBadData, "its header lacks the page's type or size");
  if (header.is_data() && !values) return Err(ErrorKind::kBadData, "its header does not say how many values it has");
  header.values = values.value_or(0);
  header.header_bytes = compact.at();
  return std::optional(header);
}

}  // namespace calve::format_parquet
