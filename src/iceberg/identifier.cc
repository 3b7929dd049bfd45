#include <fmt/format.h>
#include <fmt/ranges.h>

#include "iceberg/catalog.h"

namespace calve::iceberg {

Result<TableIdentifier> TableIdentifier::Parse(std::string_view text) {
  const auto fail = [&](std::string_view why) {
    return Err(ErrorKind::kInvalidArgument,
               fmt::format("'{}' is not a table name: {}; write it as namespace.table", text, why));
  };
  std::vector<std::string> parts;
  size_t begin = 0;
  while (true) {
    const size_t dot = text.find('.', begin);
    const std::string_view part = text.substr(begin, dot == std::string_view::npos ? dot : dot - begin);
    if (part.empty()) return fail("a part of it is empty");
    for (const char c : part) {
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return fail("it has a control character");
    }
    parts.emplace_back(part);
    if (dot == std::string_view::npos) break;
    begin = dot + 1;
  }
  if (parts.size() < 2) return fail("it has no namespace");
  TableIdentifier identifier;
  identifier.name = std::move(parts.back());
  parts.pop_back();
  identifier.ns = std::move(parts);
  return identifier;
}

std::string TableIdentifier::ToString() const {
  return ns.empty() ? name : fmt::format("{}.{}", fmt::join(ns, "."), name);
}

}  // namespace calve::iceberg
