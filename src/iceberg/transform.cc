// Partition transforms: their text, their result types, their values.
#include <limits>
#include <optional>

#include "base/whole_number.h"
#include "iceberg/literal_time.h"
#include "iceberg/literal_utf8.h"
#include "iceberg/partition.h"

namespace calve::iceberg {
namespace {

constexpr std::string_view kKnownTransforms = "identity, bucket[N], truncate[W], year, month, day, hour, void";

/// "name[123]": the number, when `text` has that form.
std::optional<int> Parameter(std::string_view text, std::string_view name) {
  if (!text.starts_with(name) || !text.substr(name.size()).starts_with('[') || !text.ends_with(']'))
    return std::nullopt;
  const std::string_view digits = text.substr(name.size() + 1, text.size() - name.size() - 2);
  const auto value = WholeNumber<int>(digits);
  return value && *value > 0 ? value : std::nullopt;
}

bool IsTimestamp(const Type& type) { return type.id == TypeId::kTimestamp || type.id == TypeId::kTimestampTz; }

bool Takes(TransformKind kind, const Type& source) {
  if (source.is_nested() || source.id == TypeId::kOther) return kind == TransformKind::kVoid;
  switch (kind) {
    case TransformKind::kIdentity:
    case TransformKind::kVoid:
      return true;
    case TransformKind::kBucket:
      return source.id != TypeId::kBoolean && source.id != TypeId::kFloat && source.id != TypeId::kDouble;
    case TransformKind::kTruncate:
      return source.id == TypeId::kInt || source.id == TypeId::kLong || source.id == TypeId::kDecimal ||
             source.id == TypeId::kString || source.id == TypeId::kBinary;
    case TransformKind::kYear:
    case TransformKind::kMonth:
    case TransformKind::kDay:
      return source.id == TypeId::kDate || IsTimestamp(source);
    case TransformKind::kHour:
      return IsTimestamp(source);
    case TransformKind::kUnknown:
      return false;
  }
  return false;
}

std::unexpected<Error> WrongValue(const Transform& transform, const Type& source) {
  return Err(ErrorKind::kInternal, "transform " + TransformToString(transform) +
                                       " was given a value that is not of type " + TypeToString(source));
}

/// The bytes that a value's bucket hash is taken of: whole numbers of any kind as 8 bytes little-endian, so that an int
/// and a long hash the same.
std::optional<std::string> HashBytes(const Literal& value) {
  int64_t number = 0;
  if (const auto* i = std::get_if<int32_t>(&value)) {
    number = *i;
  } else if (const auto* l = std::get_if<int64_t>(&value)) {
    number = *l;
  } else if (const auto* d = std::get_if<DecimalValue>(&value)) {
    return DecimalToBytes(d->unscaled);
  } else if (const auto* s = std::get_if<std::string>(&value)) {
    return *s;
  } else {
    return std::nullopt;
  }
  std::string bytes;
  for (unsigned shift = 0; shift < 64; shift += 8) {
    bytes.push_back(static_cast<char>(static_cast<uint64_t>(number) >> shift & 0xffU));
  }
  return bytes;
}

/// The greatest multiple of `width` that is not above `value`; wraps around below the lowest value, as two's complement
/// does.
Int128 FloorToWidth(Int128 value, int width) {
  Int128 rest = value % width;
  if (rest < 0) rest += width;
  return static_cast<Int128>(static_cast<UInt128>(value) - static_cast<UInt128>(rest));
}

Result<Literal> Truncate(const Transform& transform, const Type& source, const Literal& value) {
  if (const auto* i = std::get_if<int32_t>(&value))
    return Literal(static_cast<int32_t>(FloorToWidth(*i, transform.param)));
  if (const auto* l = std::get_if<int64_t>(&value))
    return Literal(static_cast<int64_t>(FloorToWidth(*l, transform.param)));
  if (const auto* d = std::get_if<DecimalValue>(&value))
    return Literal(DecimalValue{FloorToWidth(d->unscaled, transform.param)});
  if (const auto* s = std::get_if<std::string>(&value)) {
    const auto width = static_cast<size_t>(transform.param);
    return Literal(s->substr(0, source.id == TypeId::kString ? CodePointPrefixBytes(*s, width) : width));
  }
  return WrongValue(transform, source);
}

Result<Literal> TruncateTime(const Transform& transform, const Type& source, const Literal& value) {
  int64_t days = 0;
  int64_t hours = 0;
  if (const auto* date = std::get_if<int32_t>(&value); date != nullptr && source.id == TypeId::kDate) {
    days = *date;
  } else if (const auto* micros = std::get_if<int64_t>(&value); micros != nullptr && IsTimestamp(source)) {
    days = FloorDiv(*micros, kMicrosPerDay);
    hours = FloorDiv(*micros, kMicrosPerHour);
  } else {
    return WrongValue(transform, source);
  }
  int64_t result = days;
  if (transform.kind == TransformKind::kHour) {
    result = hours;
  } else if (transform.kind != TransformKind::kDay) {
    const CivilDate date = CivilFromDays(days);
    result = date.year - 1970;
    if (transform.kind == TransformKind::kMonth) result = result * 12 + date.month - 1;
  }
  if (result != static_cast<int32_t>(result)) {
    return Err(ErrorKind::kBadData,
               "a timestamp too far from 1970 for the partition transform " + TransformToString(transform));
  }
  return Literal(static_cast<int32_t>(result));
}

}  // namespace

Transform ParseTransform(std::string_view text) {
  Transform transform{TransformKind::kUnknown, 0, std::string(text)};
  constexpr std::pair<std::string_view, TransformKind> kPlain[] = {
      {"identity", TransformKind::kIdentity}, {"year", TransformKind::kYear}, {"month", TransformKind::kMonth},
      {"day", TransformKind::kDay},           {"hour", TransformKind::kHour}, {"void", TransformKind::kVoid}};
  for (const auto& [name, kind] : kPlain) {
    if (text == name) transform.kind = kind;
  }
  if (const auto buckets = Parameter(text, "bucket")) {
    transform.kind = TransformKind::kBucket;
    transform.param = *buckets;
  } else if (const auto width = Parameter(text, "truncate")) {
    transform.kind = TransformKind::kTruncate;
    transform.param = *width;
  }
  return transform;
}

std::string TransformToString(const Transform& transform) {
  switch (transform.kind) {
    case TransformKind::kIdentity:
      return "identity";
    case TransformKind::kBucket:
      return "bucket[" + std::to_string(transform.param) + "]";
    case TransformKind::kTruncate:
      return "truncate[" + std::to_string(transform.param) + "]";
    case TransformKind::kYear:
      return "year";
    case TransformKind::kMonth:
      return "month";
    case TransformKind::kDay:
      return "day";
    case TransformKind::kHour:
      return "hour";
    case TransformKind::kVoid:
      return "void";
    case TransformKind::kUnknown:
      return transform.text;
  }
  return transform.text;
}

Result<Type> TransformResultType(const Transform& transform, const Type& source) {
  if (transform.kind == TransformKind::kUnknown) {
    return Err(ErrorKind::kInvalidArgument, "partition transform \"" + transform.text + "\" is not known; known are " +
                                                std::string(kKnownTransforms));
  }
  if (!Takes(transform.kind, source)) {
    return Err(ErrorKind::kInvalidArgument, "partition transform " + TransformToString(transform) +
                                                " does not take the type " + TypeToString(source));
  }
  switch (transform.kind) {
    case TransformKind::kBucket:
    case TransformKind::kYear:
    case TransformKind::kMonth:
    case TransformKind::kHour:
      return Type{.id = TypeId::kInt, .fields = {}, .other = {}};
    case TransformKind::kDay:
      return Type{.id = TypeId::kDate, .fields = {}, .other = {}};
    default:
      return source;
  }
}

Result<Literal> ApplyTransform(const Transform& transform, const Type& source, const Literal& value) {
  CALVE_ASSIGN_OR_RETURN([[maybe_unused]] const Type result, TransformResultType(transform, source));
  if (std::holds_alternative<std::monostate>(value)) return value;
  switch (transform.kind) {
    case TransformKind::kIdentity:
      return value;
    case TransformKind::kVoid:
      return Literal();
    case TransformKind::kBucket: {
      const auto bytes = HashBytes(value);
      if (!bytes) return WrongValue(transform, source);
      const uint32_t hash = Murmur3_32(*bytes) & static_cast<uint32_t>(std::numeric_limits<int32_t>::max());
      return Literal(static_cast<int32_t>(hash % static_cast<uint32_t>(transform.param)));
    }
    case TransformKind::kTruncate:
      return Truncate(transform, source, value);
    default:
      return TruncateTime(transform, source, value);
  }
}

}  // namespace calve::iceberg
