// The human-readable path of a partition tuple, as the reference implementation spells it.
#include <fmt/format.h>

#include "base/base64.h"
#include "iceberg/literal_time.h"
#include "iceberg/partition.h"

namespace calve::iceberg {
namespace {

/// A path's component may not be longer than 255 bytes on common file systems; longer ones are cut and made different
/// by a hash.
constexpr size_t kMaxComponentBytes = 200;

/// application/x-www-form-urlencoded: letters, digits and .-*_ stand, a space is a plus, all else is %XX.
std::string UrlEncode(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
                       c == '-' || c == '*' || c == '_';
    if (plain) {
      out.push_back(c);
    } else if (c == ' ') {
      out.push_back('+');
    } else {
      out += fmt::format("%{:02X}", static_cast<uint8_t>(c));
    }
  }
  return out;
}

std::string HumanYear(int64_t year) { return year < 0 ? fmt::format("-{:04}", -year) : fmt::format("{:04}", year); }

std::string HumanInt(const Transform& transform, const Type& type, int32_t value) {
  switch (transform.kind) {
    case TransformKind::kYear:
      return HumanYear(int64_t{1970} + value);
    case TransformKind::kMonth:
      return HumanYear(1970 + FloorDiv(value, 12)) + fmt::format("-{:02}", FloorMod(value, 12) + 1);
    case TransformKind::kHour:
      return FormatDays(FloorDiv(value, 24)) + fmt::format("-{:02}", FloorMod(value, 24));
    default:
      return type.id == TypeId::kDate ? FormatDays(value) : std::to_string(value);
  }
}

std::string HumanLong(const Type& type, int64_t value) {
  switch (type.id) {
    case TypeId::kTime:
      return FormatTimeOfDay(value);
    case TypeId::kTimestamp:
      return FormatTimestamp(value);
    case TypeId::kTimestampTz:
      return FormatTimestamp(value) + "Z";
    default:
      return std::to_string(value);
  }
}

/// `type` is the transform's result type.
std::string Human(const Transform& transform, const Type& type, const Literal& value) {
  struct Visitor {
    const Transform& transform;
    const Type& type;
    std::string operator()(std::monostate) const { return "null"; }
    std::string operator()(bool v) const { return v ? "true" : "false"; }
    std::string operator()(int32_t v) const { return HumanInt(transform, type, v); }
    std::string operator()(int64_t v) const { return HumanLong(type, v); }
    std::string operator()(float v) const { return fmt::format("{}", v); }
    std::string operator()(double v) const { return fmt::format("{}", v); }
    std::string operator()(const DecimalValue& v) const { return DecimalToText(v.unscaled, type.scale); }
    std::string operator()(const std::string& v) const {
      if (type.id == TypeId::kUuid) return UuidToText(v);
      return type.id == TypeId::kString ? v : Base64(v);
    }
  };
  return std::visit(Visitor{transform, type}, value);
}

std::string Component(const std::string& name, const std::string& text) {
  std::string component = UrlEncode(name) + "=" + UrlEncode(text);
  if (component.size() <= kMaxComponentBytes) return component;
  const uint32_t hash = Murmur3_32(component);
  size_t end = kMaxComponentBytes - 9;
  while (end > 0 && component.substr(end - 1, 1) == "%") --end;
  while (end > 1 && component[end - 2] == '%') end -= 2;
  component.resize(end);
  return component + fmt::format("-{:08x}", hash);
}

}  // namespace

std::string PartitionPath(const PartitionSpec& spec, const Schema& schema, const std::vector<Literal>& tuple) {
  std::string path;
  for (size_t i = 0; i < spec.fields.size() && i < tuple.size(); ++i) {
    const PartitionField& field = spec.fields[i];
    const Field* source = schema.FindById(field.source_id);
    const Type unknown;
    auto type = TransformResultType(field.transform, source == nullptr ? unknown : source->type);
    const Type shown = type ? *std::move(type) : unknown;
    if (!path.empty()) path += '/';
    path += Component(field.name, Human(field.transform, shown, tuple[i]));
  }
  return path;
}

}  // namespace calve::iceberg
